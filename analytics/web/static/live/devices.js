// The devices as they speak: each one's facts, and what it can be told.

import { post } from "../post.js";
import { follow } from "./events.js";
import { facts } from "./health.js";

const list = document.getElementById("devices");
const template = document.getElementById("device");
const told = document.getElementById("told");
const trouble = document.getElementById("trouble");
let heardMs = 0;
let last = [];

const keyOf = ({ site, device }) => `${site}/${device}`;

async function tell(device, action, text) {
  told.textContent = `${device.device}: asking...`;
  try {
    const path = `/devices/${encodeURIComponent(device.site)}/${encodeURIComponent(device.device)}/tell`;
    told.textContent = `${device.device}: ${(await post(path, { do: action, text })).said}`;
  } catch (error) {
    told.textContent = error.message;
  }
}

function make(device) {
  const item = template.content.firstElementChild.cloneNode(true);
  item.dataset.key = keyOf(device);
  item.querySelector("h2").textContent = device.device;
  item.querySelector(".site").textContent = `Site ${device.site}`;
  const field = item.querySelector("input");
  field.setAttribute("aria-label", `Mark, title or session's name for ${device.device}`);
  for (const button of item.querySelectorAll("button")) {
    button.setAttribute("aria-label", `${button.textContent}: ${device.device}`);
    button.addEventListener("click", async () => {
      await tell(device, button.dataset.do, button.dataset.do === "stop" ? "" : field.value.trim());
      field.value = "";
    });
  }
  return item;
}

function show(item, device) {
  item.classList.toggle("stale", device.state !== "online");
  const state = item.querySelector(".state");
  state.className = `state ${device.state === "online" ? "running" : "failed"}`;
  const all = facts(device);
  state.textContent = all.State;
  delete all.State;
  for (const button of item.querySelectorAll("button")) button.disabled = device.state === "offline";
  const watch = item.querySelector(".watch");
  watch.hidden = !device.session || device.state !== "online";
  watch.href = `/live/${encodeURIComponent(device.device)}/${encodeURIComponent(device.session)}`;
  watch.textContent = `Watch ${device.session}`;
  const places = item.querySelector("dl");
  if (!places.children.length) {
    places.append(
      ...Object.keys(all).flatMap((name) => {
        const term = document.createElement("dt");
        term.textContent = name;
        return [term, document.createElement("dd")];
      }),
    );
  }
  [...places.querySelectorAll("dd")].forEach((place, index) => {
    place.textContent = Object.values(all)[index];
  });
}

function showAll() {
  const later = (performance.now() - heardMs) / 1000;
  for (const device of last) {
    const item = list.querySelector(`[data-key="${CSS.escape(keyOf(device))}"]`) ?? make(device);
    if (!item.isConnected) list.append(item);
    show(item, { ...device, said_s: device.said_s === null ? null : device.said_s + later });
  }
  const keys = new Set(last.map(keyOf));
  for (const item of [...list.children]) if (!keys.has(item.dataset.key)) item.remove();
  document.getElementById("none").hidden = last.length > 0;
}

function take(found) {
  last = found.devices;
  heardMs = performance.now();
  trouble.textContent = found.trouble;
  trouble.hidden = !found.trouble;
  document.getElementById("remarks-of").hidden = !found.remarks.length;
  document.getElementById("remarks").replaceChildren(
    ...found.remarks.map((remark) => {
      const item = document.createElement("li");
      item.textContent = remark;
      return item;
    }),
  );
  showAll();
}

follow("/devices/events", { snapshot: take, devices: take }, (there) => {
  document.getElementById("away").hidden = there;
});
setInterval(showAll, 5000);
