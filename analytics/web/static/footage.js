// Choose a film or send one; and look how far those of the queue are.

import { csrfToken, post } from "/static/post.js";

const $ = (selector) => document.querySelector(selector);
const form = $("#add");
const poll_ms = 1000;
let folder = "";
let chosen = null;
let sending = null;

function element(name, values = {}, ...children) {
  const made = Object.assign(document.createElement(name), values);
  made.append(...children);
  return made;
}

function say(text, isError = false) {
  $("#said").textContent = text;
  $("#said").classList.toggle("notice", isError);
}

// Films on the server.

async function open(path) {
  const answer = await fetch(`/footage/files?${new URLSearchParams({ root: $("#root").value, path })}`);
  const there = await answer.json().catch(() => ({}));
  if (!answer.ok) return say("That folder cannot be read: it may have gone. Choose another.", true);
  folder = path;
  const parts = path.split("/").filter(Boolean);
  const above = parts.map((part, k) => [part, parts.slice(0, k + 1).join("/")]);
  $("#path").replaceChildren(...[["All", ""], ...above].map(([name, place]) =>
    element("li", {}, element("button", { type: "button", textContent: name, onclick: () => open(place) }))));
  const inner = (name) => (folder ? `${folder}/${name}` : name);
  const rows = there.folders.map((name) =>
    element("button", { type: "button", className: "folder", textContent: `${name}/`, onclick: () => open(inner(name)) }));
  rows.push(...there.films.map(([name, bytes]) => {
    const size = `${(bytes / 1e6).toFixed(bytes < 1e8 ? 1 : 0)} MB`;
    return element("button", { type: "button", onclick: () => choose(inner(name)) }, name, element("span", { className: "small", textContent: ` ${size}` }));
  }));
  if (!rows.length) rows.push(element("span", { className: "small", textContent: "no films here" }));
  if (there.left_out) rows.push(element("span", { className: "small", textContent: `${there.left_out} more are not shown` }));
  $("#files").replaceChildren(...rows.map((row) => element("li", {}, row)));
}

function choose(path) {
  chosen = { root: Number($("#root").value), path };
  $("#chosen").textContent = path;
  suggest(path.split("/").at(-1));
}

function suggest(name) {
  const title = $("#title");
  if (!title.value || title.dataset.suggested === title.value) {
    title.value = title.dataset.suggested = name.replace(/\.[^.]*$/, "").replaceAll("_", " ");
  }
}

// Adding one.

function told() {
  const values = new FormData(form);
  const words = Object.fromEntries(["title", "context", "session"].map((name) => [name, values.get(name).trim()]));
  const offset = Number(values.get("media_offset_s") || 0);
  return { ...words, media_offset_s: offset, preview: values.has("preview"), keep: values.has("keep") };
}

function send(file, values) {
  return new Promise((done, failed) => {
    const request = new XMLHttpRequest();
    sending = request;
    request.open("POST", `/footage/uploads?${new URLSearchParams({ ...values, name: file.name })}`);
    request.setRequestHeader("X-CSRF-Token", csrfToken);
    request.setRequestHeader("Content-Type", "application/octet-stream");
    request.responseType = "json";
    request.upload.onprogress = ({ loaded, total }) => {
      $("#sent").value = total ? loaded / total : 0;
      $("#sent-words").textContent = `${(loaded / 1e6).toFixed(0)} of ${(total / 1e6).toFixed(0)} MB`;
    };
    request.onload = () =>
      request.status < 300 ? done(request.response) : failed(new Error(request.response?.detail ?? `the server answered ${request.status}`));
    request.onerror = () => failed(new Error("the upload broke off: is the server there?"));
    request.onabort = () => failed(new Error("the upload was stopped"));
    request.send(file);
  });
}

async function add(event) {
  event.preventDefault();
  const from = new FormData(form).get("from");
  const file = $("#file")?.files[0];
  if (from === "server" && !chosen) return say("Choose a film first.", true);
  if (from === "upload" && !file) return say("Choose a file first.", true);
  const button = form.querySelector("button.main");
  button.disabled = true;
  say("");
  try {
    if (from === "server") await post("/footage/jobs", { ...told(), ...chosen });
    else {
      $("#sending").hidden = $("#stop").hidden = false;
      await send(file, told());
      $("#file").value = "";
    }
    say(`Added: ${from === "server" ? chosen.path : file.name}`);
    $("#title").value = $("#session").value = "";
  } catch (error) {
    say(error.message, true);
  }
  $("#sending").hidden = $("#stop").hidden = true;
  button.disabled = false;
  await look();
}

// The queue.

function act(job, what, words) {
  const name = element("span", { className: "unseen", textContent: ` ${job.name}` });
  return element("button", { type: "button", onclick: async () => {
    await post(`/footage/jobs/${job.id}/${what}`).then(() => say(""), (error) => say(error.message, true));
    await look();
  } }, words, name);
}

// What does not change while a film is scored: its row stays as it is, so that no click is lost.
function lasting(job) {
  const { share, done, speed, viewers, ...rest } = job;
  return JSON.stringify(rest);
}

function progress(row, job) {
  const bar = row.querySelector("progress");
  if (!bar) return;
  if (typeof job.share === "number") bar.value = job.share;
  row.querySelector(".progress").textContent = job.done ? `${job.done}, ${job.speed}, ${job.viewers} viewers now` : "begins";
}

function row(job) {
  const head = element("p", {}, element("strong", { textContent: job.title || job.name }), " ",
    element("span", { className: `state ${job.state}`, textContent: job.state }));
  const parts = [head, element("p", { className: "small", textContent: `${job.name}, ${job.context}` })];
  if (job.state === "running") {
    parts.push(element("progress", { max: 1, ariaLabel: `How far ${job.name} is` }), element("p", { className: "progress" }));
  }
  if (job.message) parts.push(element("p", { textContent: job.message }));
  if (job.uploaded) parts.push(element("p", { className: "small", textContent: "The upload is on the server." }));
  const ways = [];
  if (job.address) ways.push(element("a", { className: "button", href: job.address, textContent: "Open the session" }));
  if (job.preview) ways.push(element("a", { className: "button", href: job.preview, textContent: "Annotated film" }));
  if (["waiting", "running"].includes(job.state)) ways.push(act(job, "cancel", "Cancel"));
  else {
    if (job.state !== "done") ways.push(act(job, "retry", "Carry on"));
    ways.push(act(job, "remove", "Remove from the list"));
  }
  const made = element("li", { id: `job-${job.id}` }, ...parts, element("div", { className: "buttons" }, ...ways));
  made.dataset.lasting = lasting(job);
  return made;
}

async function look() {
  const answer = await fetch("/footage/jobs").catch(() => null);
  if (!answer?.ok) return;
  const jobs = await answer.json();
  const there = new Map([...document.querySelectorAll("#queue li")].map((each) => [each.id, each]));
  const focused = document.activeElement?.closest("#queue li")?.id;
  const rows = jobs.map((job) => {
    const before = there.get(`job-${job.id}`);
    const now = before?.dataset.lasting === lasting(job) ? before : row(job);
    progress(now, job);
    return now;
  });
  $("#empty").hidden = jobs.length > 0;
  const old = [...$("#queue").children];
  if (rows.length === old.length && rows.every((each, k) => each === old[k])) return;
  $("#queue").replaceChildren(...rows);
  // Whoever acted by keyboard goes on where they were.
  if (focused && document.activeElement === document.body) $(`#${focused} button`)?.focus();
}

form.addEventListener("submit", add);
form.addEventListener("change", () => {
  const from = new FormData(form).get("from");
  if ($("#server")) $("#server").hidden = from !== "server";
  if ($("#upload")) $("#upload").hidden = from !== "upload";
});
$("#root")?.addEventListener("change", () => open(""));
$("#file")?.addEventListener("change", ({ target }) => target.files[0] && suggest(target.files[0].name));
$("#stop").addEventListener("click", () => sending?.abort());
if ($("#root")) open("");
look();
setInterval(() => document.hidden || look(), poll_ms);
