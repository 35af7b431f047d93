// The page on which a person mends a session. All that it does goes through the API; what somebody
// else did meanwhile is told, and shown.

import { post } from "../post.js";
import { RoomMap } from "./map.js";
import { ViewerList, clock } from "./viewers.js";

const at = (id) => document.getElementById(id);
const { session, device, address, film } = at("review").dataset;
const api = `/api/v1/sessions/${encodeURIComponent(session)}`;
const whose = `device=${encodeURIComponent(device)}`;
const cursor = at("cursor");
let review = null;
let region = null;
let asked = 0;

const list = new ViewerList(at("viewers"), showChosen, moveCursor);
const map = new RoomMap(at("map"), (viewers, dragged) => {
  region = dragged;
  if (dragged !== null) list.choose(viewers);
  else list.choose(toggled(list.chosen, viewers[0]));
});

function toggled(chosen, viewer) {
  const left = [...chosen].filter((each) => each !== viewer);
  return chosen.has(viewer) ? left : [...left, viewer];
}

async function get(path) {
  const answer = await fetch(path, { headers: { Accept: "application/json" } });
  const said = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Error(said.detail ?? `the server answered ${answer.status}`);
  return said;
}

async function load() {
  review = await get(`${api}/review?${whose}`);
  cursor.max = Math.max(review.length_s, 0.1);
  at("nobody").hidden = review.viewers.length > 0;
  list.draw(review);
  map.draw(review);
  showChosen();
  showCorrections();
  await showMoment();
}

function tell(error) {
  at("trouble").textContent = error.message;
  at("trouble").hidden = false;
  at("done").textContent = "";
}

async function correct(values, words) {
  at("trouble").hidden = true;
  let refused = null;
  const more = { made_on: review.version, who: at("who").value.trim(), why: at("why").value.trim() };
  try {
    await post(`${api}/corrections?${whose}`, { ...more, ...values });
    at("done").textContent = words;
    at("why").value = "";
    region = null;
    remember();
  } catch (error) {
    refused = error;
  }
  try {
    await load();
  } catch (error) {
    refused ??= error;
  }
  if (refused) tell(refused);
}

// Chosen viewers in the order in which they were first seen: of a merge the first one's ID is kept.
function chosen() {
  return review.viewers.map((each) => each.viewer).filter((each) => list.chosen.has(each));
}

function showChosen() {
  const viewers = chosen();
  const count = viewers.length;
  const named = viewers.slice(0, 12).join(", ") + (count > 12 ? ` and ${count - 12} more` : "");
  const dragged = region && !count ? "A region of the room is chosen." : "Nobody is chosen.";
  at("chosen").textContent = count ? `Chosen: ${named}.` : dragged;
  at("merge").disabled = count < 2;
  at("split").disabled = count !== 1;
  at("none").disabled = !count && !region;
  at("opt-out").disabled = count !== 1 && !(region && !count);
  for (const form of ["group-form", "exclude-form"]) {
    at(form).querySelector("button:not([type])").disabled = !count;
  }
  map.mark(list.chosen);
}

function showCorrections() {
  const undo = (number) => () => correct({ kind: "undo", of: number }, `Correction ${number} is undone.`);
  const rows = review.corrections.map((each) => {
    const row = document.createElement("tr");
    row.classList.toggle("undone", !each.holds);
    const when = each.when_utc.slice(0, 19).replace("T", " ");
    for (const text of [each.number, each.what, each.why, each.who, when]) {
      row.insertCell().textContent = text;
    }
    row.cells[0].className = "number";
    const last = row.insertCell();
    if (each.holds) {
      const button = document.createElement("button");
      button.textContent = "Undo";
      button.setAttribute("aria-label", `Undo correction ${each.number}`);
      button.addEventListener("click", undo(each.number));
      last.append(button);
    } else last.textContent = "undone";
    return row;
  });
  at("corrections").tBodies[0].replaceChildren(...rows.reverse());
  at("no-corrections").hidden = rows.length > 0;
  at("undo").disabled = !review.corrections.some((each) => each.holds && each.kind !== "undo");
}

function moveCursor(seconds) {
  cursor.value = seconds;
  showMoment();
}

// What belongs to an earlier place of the cursor is not shown when it comes late.
async function showMoment() {
  const turn = ++asked;
  const seconds = Number(cursor.value);
  at("cursor-time").textContent = clock(seconds);
  cursor.setAttribute("aria-valuetext", clock(seconds));
  list.place(seconds);
  await new Promise((after) => setTimeout(after, 80));
  if (turn !== asked) return;
  try {
    const { boxes } = await get(`${api}/review/boxes?${whose}&t_s=${seconds}`);
    if (turn === asked) map.showBoxes(boxes);
  } catch (error) {
    tell(error);
  }
  if (film === undefined || turn !== asked) return;
  const image = new Image();
  image.src = `${address}/review/picture?t_s=${seconds}`;
  image.onload = () => turn === asked && map.showPicture(image);
}

function span() {
  const number = (id) => (at(id).value === "" ? null : Number(at(id).value));
  return { from_s: number("from"), to_s: number("to") };
}

function remember() {
  try {
    localStorage.setItem("laughtrack-who", at("who").value.trim());
  } catch {
    // A browser that keeps nothing asks again.
  }
}

at("merge").addEventListener("click", () => {
  const viewers = chosen();
  correct({ kind: "merge", viewers }, `${viewers.slice(1).join(", ")} merged into ${viewers[0]}.`);
});
at("split").addEventListener("click", () => {
  const [viewer] = chosen();
  const from_s = Number(cursor.value);
  correct({ kind: "split", viewers: [viewer], from_s }, `${viewer} is split at ${clock(from_s)}.`);
});
at("none").addEventListener("click", () => {
  region = null;
  list.choose([]);
});
at("group-form").addEventListener("submit", (event) => {
  event.preventDefault();
  const [viewers, name] = [chosen(), at("group").value.trim()];
  const words = name ? `${viewers.join(", ")} are the group ${name}.` : `${viewers.join(", ")} are in no group.`;
  correct({ kind: "group", viewers, name }, words);
});
at("exclude-form").addEventListener("submit", (event) => {
  event.preventDefault();
  const viewers = chosen();
  correct({ kind: "exclude", viewers, ...span() }, `${viewers.join(", ")} excluded.`);
});
at("opt-out").addEventListener("click", () => {
  const viewers = chosen();
  const where = viewers.length ? { viewers } : { box: region };
  correct({ kind: "opt-out", ...where, ...span() }, "The seat has opted out.");
});
at("undo").addEventListener("click", () => correct({ kind: "undo" }, "The last correction is undone."));
for (const id of ["from", "to"]) {
  at(`${id}-cursor`).addEventListener("click", () => {
    at(id).value = cursor.value;
  });
}
cursor.addEventListener("input", showMoment);
try {
  at("who").value = localStorage.getItem("laughtrack-who") ?? "";
} catch {
  // As above.
}
load().catch(tell);
