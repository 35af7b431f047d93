// The list works without this: it searches while one types, and fills in figures as they are measured.

import { post } from "/static/post.js";

const form = document.querySelector("form.filters");
const pause_ms = 250;
let newest = 0;
let timer = 0;

function address() {
  return `${location.pathname}?${new URLSearchParams(new FormData(form))}`;
}

async function show(path) {
  const mine = ++newest;
  const answer = await fetch(path);
  if (!answer.ok) return location.assign(path);
  const text = await answer.text();
  // Of two that were asked for, the later one stays, whichever is answered first.
  if (mine !== newest) return;
  const there = new DOMParser().parseFromString(text, "text/html");
  document.querySelector("#found").replaceWith(there.querySelector("#found"));
  history.replaceState(null, "", path);
  fill();
}

function soon() {
  clearTimeout(timer);
  timer = setTimeout(() => show(address()), pause_ms);
}

async function fill() {
  const mine = newest;
  if (document.querySelector("#waiting")) setTimeout(() => mine === newest && show(location.href), 2000);
  const rows = [...document.querySelectorAll("#found tbody tr")];
  const missing = rows.filter((row) => row.querySelector('[data-figure="share"]').textContent === "...");
  if (!missing.length) return;
  const keys = missing.map((row) => [row.dataset.device, row.dataset.session]);
  const known = await post("/sessions/figures", { keys }).catch(() => []);
  known.forEach((figures, k) => {
    for (const [name, text] of Object.entries(figures)) {
      missing[k].querySelector(`[data-figure="${name}"]`).textContent = text;
    }
  });
  setTimeout(() => mine === newest && fill(), 1000);
}

if (form) {
  form.querySelector("#q").addEventListener("input", soon);
  form.addEventListener("change", soon);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    clearTimeout(timer);
    show(address());
  });
  fill();
}
