// The viewers, each with a box to choose them by and a bar that says when they were seen.

const SVG = "http://www.w3.org/2000/svg";
const WIDTH = 1000;

export function clock(seconds) {
  const tenths = Math.round(10 * seconds);
  const [minutes, rest] = [Math.floor(tenths / 600), tenths % 600];
  return `${minutes}:${String(Math.floor(rest / 10)).padStart(2, "0")}.${rest % 10}`;
}

export class ViewerList {
  // `changed()` is told when somebody was chosen or not; `moved(t_s)` when a bar was clicked.
  constructor(list, changed, moved) {
    this.list = list;
    this.changed = changed;
    this.moved = moved;
    this.chosen = new Set();
  }

  draw(review) {
    this.lengthS = Math.max(review.length_s, 0.1);
    const there = new Set(review.viewers.map((each) => each.viewer));
    this.chosen = new Set([...this.chosen].filter((each) => there.has(each)));
    this.list.replaceChildren(...review.viewers.map((each) => this.item(each)));
    this.place(this.cursorS ?? 0);
  }

  item(viewer) {
    const item = document.createElement("li");
    const label = document.createElement("label");
    const box = document.createElement("input");
    box.type = "checkbox";
    box.value = viewer.viewer;
    box.checked = this.chosen.has(viewer.viewer);
    box.addEventListener("change", () => {
      this.chosen[box.checked ? "add" : "delete"](viewer.viewer);
      this.changed();
    });
    label.append(box, ` ${viewer.viewer}`);
    const facts = document.createElement("span");
    facts.className = "small";
    facts.textContent = this.facts(viewer);
    item.append(label, facts, this.bar(viewer));
    return item;
  }

  facts({ viewer, spans, members, group, brief }) {
    const [first, last] = [spans[0][0], spans[spans.length - 1][1]];
    const said = [`${clock(first)} to ${clock(last)}`];
    if (spans.length > 1) said.push(`seen ${spans.length} times`);
    if (members.length > 1) said.push(`with ${members.filter((each) => each !== viewer).join(", ")}`);
    if (group) said.push(`group ${group}`);
    if (brief) said.push("too briefly to count");
    return said.join("; ");
  }

  bar({ spans }) {
    const bar = document.createElementNS(SVG, "svg");
    bar.setAttribute("viewBox", `0 0 ${WIDTH} 10`);
    bar.setAttribute("preserveAspectRatio", "none");
    bar.setAttribute("class", "bar");
    bar.setAttribute("aria-hidden", "true");
    for (const [start, end] of spans) {
      const span = document.createElementNS(SVG, "rect");
      span.setAttribute("x", (WIDTH * start) / this.lengthS);
      span.setAttribute("width", Math.max(1, (WIDTH * (end - start)) / this.lengthS));
      span.setAttribute("y", 1);
      span.setAttribute("height", 8);
      bar.append(span);
    }
    const line = document.createElementNS(SVG, "line");
    line.setAttribute("y1", 0);
    line.setAttribute("y2", 10);
    bar.append(line);
    bar.addEventListener("click", (event) => {
      const { left, width } = bar.getBoundingClientRect();
      this.moved((this.lengthS * (event.clientX - left)) / width);
    });
    return bar;
  }

  // Show where the cursor is.
  place(seconds) {
    this.cursorS = seconds;
    const x = (WIDTH * seconds) / this.lengthS;
    for (const line of this.list.querySelectorAll("line")) {
      line.setAttribute("x1", x);
      line.setAttribute("x2", x);
    }
  }

  choose(viewers) {
    this.chosen = new Set(viewers);
    for (const box of this.list.querySelectorAll("input")) {
      box.checked = this.chosen.has(Number(box.value));
    }
    this.changed();
  }
}
