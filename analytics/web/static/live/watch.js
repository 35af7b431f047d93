// One session while it is recorded: what the server tells of it, as it tells it.

import { post } from "../post.js";
import { Curve, clock } from "./curve.js";
import { follow } from "./events.js";
import { healthFacts } from "./health.js";
import { drawSeats } from "./seats.js";

const at = (id) => document.getElementById(id);
const path = location.pathname;
const percent = (share) => (share === null ? "-" : `${Math.round(100 * share)} %`);
const STATES = { running: "recording", ended: "over", broken: "broke off", forgotten: "forgotten" };

let curve = null;
let withheld = false;
let now = null;
let marks = [];
let drawn = true;
let health = {};
let heardMs = 0;

function showFacts(facts) {
  at("title").textContent = facts.title || facts.session;
  document.title = `${facts.title || facts.session} - Laughtrack`;
  const state = at("state");
  state.className = `state ${facts.state === "broken" ? "failed" : facts.state}`;
  state.textContent = STATES[facts.state];
  at("said").textContent = facts.said;
  at("said").hidden = !facts.said;
  const running = facts.state === "running";
  for (const button of document.querySelectorAll("#controls button")) button.disabled = !running;
  at("done").hidden = facts.state !== "ended" && facts.state !== "broken";
  if (at("room")) at("room").hidden = !(running && facts.picture);
}

function showRows() {
  const last = curve.last();
  if (!last) return;
  at("second").textContent = withheld
    ? `At ${clock(last.t_s)}: ${last.visible} viewers in view, ${last.judged} judged.`
    : `At ${clock(last.t_s)}: ${percent(last.share_smiling)} of ${last.judged} judged viewers smiled` +
      (last.share_low === null
        ? "."
        : `; of many such viewers ${percent(last.share_low)} to ${percent(last.share_high)}.`);
}

function cells(row, values) {
  for (const value of values) row.insertCell().textContent = value;
}

function showPeaks(peaks) {
  const body = at("peaks").tBodies[0];
  body.replaceChildren();
  for (const peak of [...peaks].reverse().slice(0, 50)) {
    cells(body.insertRow(), [clock(peak.t_s), percent(peak.share_smiling), peak.viewers]);
  }
  at("no-peaks").hidden = peaks.length > 0;
}

function showMarks() {
  at("marks").replaceChildren(
    ...[...marks].reverse().map(({ t_s, text }) => {
      const item = document.createElement("li");
      item.textContent = `${clock(t_s)} ${text}`;
      return item;
    }),
  );
  curve?.setMarks(marks);
}

function draw() {
  drawn = true;
  if (!now) return;
  at("seen").textContent = now.seen;
  at("judged").textContent = now.judged;
  if (!withheld) {
    at("smiling").textContent = now.smiling;
    drawSeats(at("seats"), now.seats);
    at("seats").setAttribute("aria-label", `Seats: ${now.smiling} of ${now.judged} faces smile`);
  }
  // Last: what it says is on the screen then.
  at("now").dateTime = now.utc;
  at("now").textContent = clock(now.t_s);
}

function showNow(look) {
  now = "seen" in look ? look : null;
  if (drawn) {
    drawn = false;
    requestAnimationFrame(draw);
  }
}

function hear(found) {
  health = found;
  heardMs = performance.now();
  showHealth();
}

function showHealth() {
  if (!at("health") || !("device" in health)) return;
  const later = (performance.now() - heardMs) / 1000;
  const said_s = health.said_s === null ? null : health.said_s + later;
  at("health").replaceChildren(...healthFacts({ ...health, said_s }));
}

function say(text) {
  at("told").textContent = text;
}

async function tell(words, values) {
  try {
    say((await post(`${path}/${words}`, values)).said);
  } catch (error) {
    say(error.message);
  }
}

async function mark() {
  const field = at("mark-text");
  await tell("mark", { text: field.value.trim() || "mark" });
  field.value = "";
}

follow(
  `${path}/events`,
  {
    snapshot(all) {
      if (!curve) {
        withheld = all.withheld;
        curve = new Curve(at("curve"), withheld);
      }
      marks = all.marks;
      curve.set(all.seconds);
      showRows();
      showPeaks(all.peaks);
      showMarks();
      showFacts(all.facts);
      showNow(all.now);
      hear(all.health);
    },
    look: showNow,
    seconds(columns) {
      curve.add(columns);
      showRows();
    },
    peaks: ({ peaks }) => showPeaks(peaks),
    mark(found) {
      marks.push(found);
      showMarks();
    },
    facts: showFacts,
    health: hear,
  },
  (there) => (at("away").hidden = there),
);

at("mark-form").addEventListener("submit", (event) => {
  event.preventDefault();
  mark();
});
document.addEventListener("keydown", (event) => {
  const typing = event.target.closest("input, textarea, select, dialog");
  if (event.key.toLowerCase() !== "m" || event.ctrlKey || event.metaKey || event.altKey || typing) return;
  event.preventDefault();
  mark();
});
at("stop").addEventListener("click", () => at("sure").showModal());
at("sure").addEventListener("close", () => {
  if (at("sure").returnValue !== "stop") return;
  say("ending the session...");
  tell("stop");
});
at("show-room")?.addEventListener("click", () => {
  const picture = at("room-picture");
  const hidden = picture.hidden;
  picture.hidden = !hidden;
  // Without an address nothing is sent any more.
  if (hidden) picture.src = `${path}/picture`;
  else picture.removeAttribute("src");
  at("show-room").textContent = hidden ? "Hide the room's picture" : "Show the room's picture";
});
if (at("health")) setInterval(showHealth, 5000);
