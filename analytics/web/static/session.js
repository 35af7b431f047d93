// What comes beside the report is added and taken away here, through the API; the report follows.

import { send } from "/static/post.js";

const said = document.querySelector("#said");

function parts() {
  return document.querySelector("#parts");
}

function address(path, query = {}) {
  const { api, device } = parts().dataset;
  const more = Object.entries(query).filter(([, value]) => value !== "");
  return `${api}/${path}?${new URLSearchParams([...new URLSearchParams(device), ...more])}`;
}

function say(words, isProblem = false) {
  said.textContent = words;
  said.className = isProblem ? "notice" : "";
}

// The rest of the page as the server has it now; what was open stays open.
async function refresh(id) {
  const answer = await fetch(location.href);
  if (!answer.ok) return location.reload();
  const there = new DOMParser().parseFromString(await answer.text(), "text/html");
  const open = [...document.querySelectorAll(".part[open]")].map((part) => part.id);
  parts().replaceWith(there.querySelector("#parts"));
  for (const part of open) document.getElementById(part).open = true;
  (document.getElementById(id) ?? document.querySelector("#beside > summary")).focus();
  document.querySelector("#report").contentWindow.location.reload();
}

async function change(method, path, values, words, focus) {
  say("Working ...");
  try {
    await send(method, path, { version: Number(parts().dataset.version), ...values });
    await refresh(focus);
    say(words);
  } catch (error) {
    say(error.message, true);
  }
}

function base64(file) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.addEventListener("load", () => resolve(reader.result.split(",")[1] ?? ""));
    reader.addEventListener("error", () => reject(new Error(`${file.name} cannot be read`)));
    reader.readAsDataURL(file);
  });
}

async function add(form) {
  const kind = form.dataset.kind;
  const file = form.elements.file.files[0];
  const values = { name: file.name, content: await base64(file) };
  for (const name of ["fps", "column"]) {
    if (form.elements[name]) values[name] = form.elements[name].value.trim();
  }
  await change("PUT", address(`inputs/${kind}`), values, `Added ${file.name}.`, `away-${kind}`);
}

function takeAway(form) {
  const kind = form.dataset.kind;
  const path = address(`inputs/${kind}`, { version: parts().dataset.version });
  return change("DELETE", path, {}, "Taken away.", `file-${kind}`);
}

function choose(form) {
  const { by, film, language, norms, norms_by: normsBy } = form.elements;
  const values = { by: by.value, language: language.value, norms: norms.checked };
  values.norms_by = normsBy.value.trim();
  if (film) values.film = film.value;
  return change("PATCH", address("inputs"), values, "Shown below.", "choose");
}

async function save(form) {
  const { form: kind, fps, start_timecode: start, top } = form.elements;
  const query = { top: top.disabled ? "" : top.value };
  if (!fps.disabled) query.fps = fps.value.trim();
  if (!start.disabled) query.start_timecode = start.value.trim();
  say("Working ...");
  const answer = await fetch(address(`exports/${kind.value}`, query));
  if (!answer.ok) {
    const problem = await answer.json().catch(() => ({}));
    return say(problem.detail ?? `the server answered ${answer.status}`, true);
  }
  const name = /filename="([^"]+)"/.exec(answer.headers.get("Content-Disposition"))[1];
  const link = document.createElement("a");
  link.href = URL.createObjectURL(await answer.blob());
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
  say(`Saved ${name}.`);
}

// What the chosen form has no use for cannot be filled in.
function fit() {
  const form = document.querySelector("#export");
  const { form: kind, fps, start_timecode: start, top } = form.elements;
  const isOfViewers = kind.selectedOptions[0].textContent.startsWith("Viewers");
  fps.disabled = !("frames" in kind.selectedOptions[0].dataset);
  start.disabled = fps.disabled || isOfViewers;
  top.disabled = isOfViewers;
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.id === "choices" || form.id === "export" || form.matches(".given")) event.preventDefault();
  if (form.id === "choices") choose(form);
  if (form.id === "export") save(form);
  if (form.matches(".given")) add(form);
});
document.addEventListener("click", (event) => {
  if (event.target.closest("button")?.name !== "away") return;
  event.preventDefault();
  takeAway(event.target.closest("form"));
});
document.addEventListener("change", (event) => {
  if (event.target.id === "form") fit();
});
fit();
