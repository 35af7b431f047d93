// Begins a session on a camera or stream of the server's machine.

import { post } from "../post.js";

const form = document.getElementById("start");
const said = document.getElementById("said");

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const values = Object.fromEntries(new FormData(form));
  const button = form.querySelector("button");
  button.disabled = true;
  said.textContent = "Starting: the camera is opened, which may take a few seconds.";
  try {
    const { path } = await post("/live/start", {
      ...values,
      media_offset_s: Number(values.media_offset_s || 0),
      picture: values.picture === "on",
    });
    location.assign(path);
  } catch (error) {
    said.textContent = error.message;
    button.disabled = false;
  }
});
