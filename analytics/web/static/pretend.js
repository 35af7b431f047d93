// One click: a pretend audience is filmed, if it was not yet, and shown live.

import { post } from "/static/post.js";

const button = document.querySelector("#pretend");
const said = document.querySelector("#pretend-said");
const poll_ms = 500;

function show({ state, seconds, message, address }) {
  if (address) return location.assign(address);
  if (state === "failed") {
    said.textContent = message;
    button.disabled = false;
    return;
  }
  said.textContent = state === "filming" ? `Filming the audience, half a minute or so, the first time only: ${seconds} s` : `Starting: ${seconds} s`;
  setTimeout(() => fetch("/pretend").then((answer) => answer.json()).then(show, lost), poll_ms);
}

function lost(error) {
  said.textContent = `It could not be begun: ${error.message}`;
  button.disabled = false;
}

button?.addEventListener("click", () => {
  button.disabled = true;
  post("/pretend").then(show, lost);
});
