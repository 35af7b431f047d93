// The curve as it grows: the share smiling with its band, or numbers of viewers where shares are
// withheld. Its rows are the server's; nothing is worked out here.

const LEAST_S = 60;
const TICKS_S = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 14400];
const NAMES = ["t_s", "share_smiling", "share_low", "share_high", "visible", "judged"];

const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

export function clock(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  const [hours, minutes, rest] = [whole / 3600, (whole % 3600) / 60, whole % 60].map(Math.floor);
  const two = (number) => String(number).padStart(2, "0");
  return hours ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}

export class Curve {
  constructor(place, withheld) {
    this.place = place;
    this.withheld = withheld;
    this.rows = Object.fromEntries(NAMES.map((name) => [name, []]));
    this.marks = [];
    this.make();
    new ResizeObserver(() => this.plot.setSize(this.size())).observe(place);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.make());
  }

  size() {
    return { width: Math.max(260, this.place.clientWidth), height: 260 };
  }

  make() {
    this.plot?.destroy();
    const axis = { stroke: colour("--quiet"), grid: { stroke: colour("--line"), width: 1 } };
    const line = { stroke: colour("--accent"), width: 2, points: { show: false } };
    const hidden = { stroke: "transparent", width: 0, points: { show: false } };
    const shares = [{}, line, hidden, hidden];
    const numbers = [{}, line, { ...line, stroke: colour("--quiet"), dash: [4, 4] }];
    this.plot = new uPlot(
      {
        ...this.size(),
        cursor: { show: false },
        legend: { show: false },
        scales: {
          x: { time: false, range: (plot, low, high) => [0, Math.max(LEAST_S, high ?? 0)] },
          y: { range: (plot, low, high) => [0, this.withheld ? Math.max(5, high ?? 0) : 1] },
        },
        axes: [
          { ...axis, incrs: TICKS_S, values: (plot, ticks) => ticks.map(clock) },
          {
            ...axis,
            size: 58,
            values: (plot, ticks) =>
              this.withheld ? ticks : ticks.map((share) => `${Math.round(100 * share)} %`),
          },
        ],
        series: this.withheld ? numbers : shares,
        bands: this.withheld ? [] : [{ series: [3, 2], fill: this.bandColour() }],
        hooks: { draw: [(plot) => this.drawMarks(plot)] },
      },
      this.data(),
      this.place,
    );
  }

  bandColour() {
    return `color-mix(in srgb, ${colour("--accent")} 25%, transparent)`;
  }

  data() {
    const names = this.withheld ? ["t_s", "visible", "judged"] : NAMES.slice(0, 4);
    return names.map((name) => this.rows[name]);
  }

  drawMarks(plot) {
    const { ctx, bbox } = plot;
    ctx.save();
    ctx.strokeStyle = colour("--notice-line");
    ctx.lineWidth = devicePixelRatio;
    for (const { t_s } of this.marks) {
      const x = plot.valToPos(t_s, "x", true);
      ctx.beginPath();
      ctx.moveTo(x, bbox.top);
      ctx.lineTo(x, bbox.top + bbox.height);
      ctx.stroke();
    }
    ctx.restore();
  }

  set(columns) {
    for (const name of NAMES) this.rows[name] = [...columns[name]];
    this.plot.setData(this.data());
  }

  add(columns) {
    for (const name of NAMES) this.rows[name].push(...columns[name]);
    this.plot.setData(this.data());
  }

  setMarks(marks) {
    this.marks = marks;
    this.plot.redraw();
  }

  last() {
    const count = this.rows.t_s.length;
    return count ? Object.fromEntries(NAMES.map((name) => [name, this.rows[name][count - 1]])) : null;
  }
}
