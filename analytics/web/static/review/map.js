// The room as the camera sees it: seats, faces at the cursor, what opted out, the film's picture.

const SVG = "http://www.w3.org/2000/svg";

function make(name, attributes, text) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  if (text !== undefined) element.textContent = text;
  return element;
}

export class RoomMap {
  // `choose(viewers, region)` is told what was clicked or dragged over.
  constructor(svg, choose) {
    this.svg = svg;
    this.choose = choose;
    this.layers = {};
    for (const name of ["picture", "outs", "seats", "boxes", "drag"]) {
      this.layers[name] = make("g", {});
      svg.append(this.layers[name]);
    }
    svg.addEventListener("pointerdown", (event) => this.begin(event));
    svg.addEventListener("pointermove", (event) => this.drag(event));
    svg.addEventListener("pointerup", (event) => this.end(event));
    svg.addEventListener("pointercancel", () => this.stop());
  }

  draw(review) {
    this.seats = review.viewers.filter((each) => each.seat !== null && !each.brief);
    this.boxes = [];
    this.size(review.width, review.height);
    const em = this.em;
    this.layers.seats.replaceChildren(
      ...this.seats.map(({ viewer, seat: [x, y, width] }) => {
        const group = make("g", { class: "seat", "data-viewer": viewer });
        group.append(make("circle", { cx: x, cy: y, r: width / 2 }));
        group.append(make("text", { x, y: y + em * 0.35, "font-size": em }, viewer));
        return group;
      }),
    );
    const outs = review.corrections.filter((each) => each.kind === "opt-out" && each.holds);
    this.layers.outs.replaceChildren(
      ...outs.map(({ box: [x1, y1, x2, y2] }) =>
        make("rect", { x: x1, y: y1, width: x2 - x1, height: y2 - y1 }),
      ),
    );
  }

  size(width, height) {
    const [right, bottom] = [Math.max(width, 16), Math.max(height, 9)];
    this.svg.setAttribute("viewBox", `0 0 ${right} ${bottom}`);
    this.em = right / 40;
  }

  showBoxes(boxes) {
    this.boxes = boxes;
    // A number stands at the face, or where nobody is seen at the seat.
    const there = new Set(boxes.map((each) => String(each.viewer)));
    for (const seat of this.layers.seats.children) {
      seat.classList.toggle("taken", there.has(seat.dataset.viewer));
    }
    this.layers.boxes.replaceChildren(
      ...boxes.map(({ viewer, box: [x1, y1, x2, y2] }) => {
        const group = make("g", { class: "box", "data-viewer": viewer });
        group.append(make("rect", { x: x1, y: y1, width: x2 - x1, height: y2 - y1 }));
        group.append(make("text", { x: x1, y: y1 - this.em * 0.2, "font-size": this.em }, viewer));
        return group;
      }),
    );
    this.mark(this.marked ?? new Set());
  }

  showPicture(image) {
    const [width, height] = [image.naturalWidth, image.naturalHeight];
    this.size(width, height);
    this.layers.picture.replaceChildren(make("image", { href: image.src, width, height }));
  }

  mark(chosen) {
    this.marked = chosen;
    for (const each of this.svg.querySelectorAll("[data-viewer]")) {
      each.classList.toggle("chosen", chosen.has(Number(each.dataset.viewer)));
    }
  }

  at(event) {
    const point = new DOMPoint(event.clientX, event.clientY);
    const { x, y } = point.matrixTransform(this.svg.getScreenCTM().inverse());
    return [x, y];
  }

  begin(event) {
    if (event.button !== 0) return;
    this.from = this.at(event);
    this.svg.setPointerCapture(event.pointerId);
    event.preventDefault();
  }

  drag(event) {
    if (!this.from) return;
    const [x1, y1, x2, y2] = this.region(event);
    const shape = { x: x1, y: y1, width: x2 - x1, height: y2 - y1 };
    this.layers.drag.replaceChildren(make("rect", shape));
  }

  region(event) {
    const [[x, y], [u, v]] = [this.from, this.at(event)];
    return [Math.min(x, u), Math.min(y, v), Math.max(x, u), Math.max(y, v)].map(Math.round);
  }

  end(event) {
    if (!this.from) return;
    const region = this.region(event);
    const [x1, y1, x2, y2] = region;
    this.stop();
    if (Math.max(x2 - x1, y2 - y1) < this.em / 3) {
      const viewer = this.nearest((x1 + x2) / 2, (y1 + y2) / 2);
      if (viewer !== null) this.choose([viewer], null);
      return;
    }
    const within = this.seats.filter(
      ({ seat: [x, y] }) => x >= x1 && x < x2 && y >= y1 && y < y2,
    );
    this.choose(within.map((each) => each.viewer), region);
  }

  stop() {
    this.from = null;
    this.layers.drag.replaceChildren();
  }

  // The viewer whose box at the cursor, or else whose seat, is there.
  nearest(x, y) {
    const face = this.boxes.find(
      ({ box: [x1, y1, x2, y2] }) => x >= x1 && x < x2 && y >= y1 && y < y2,
    );
    if (face) return face.viewer;
    const far = ({ seat: [u, v, width] }) => Math.hypot(x - u, y - v) / width;
    const seat = this.seats.filter((each) => far(each) <= 0.6).sort((a, b) => far(a) - far(b))[0];
    return seat ? seat.viewer : null;
  }
}
