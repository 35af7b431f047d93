(function () {
  "use strict";
  var data = JSON.parse(document.getElementById("session-data").textContent);
  var film = document.getElementById("film"), slider = document.getElementById("moment");
  var calm = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
  var charts = all(".plotly-graph-div"), cursors = all(".cursor");
  var offset = data.offset || 0, at = 0, view = [0, data.length || 1];
  // Plotly's axis counts milliseconds from 1 January 2000.
  var midnight = 946684800000;

  function all(selector) { return Array.prototype.slice.call(document.querySelectorAll(selector)); }
  function clamp(value, low, high) { return Math.min(Math.max(value, low), high); }
  function part(t) { return (t - view[0]) / (view[1] - view[0]); }
  function clock(t) {
    var s = Math.floor(Math.abs(t) + 1e-6), h = Math.floor(s / 3600), m = Math.floor(s / 60) % 60;
    var two = function (n) { return (n < 10 ? "0" : "") + n; };
    return (t < 0 && s ? "\u2212" : "") + (h ? h + ":" + two(m) : m) + ":" + two(s % 60);
  }

  // A text of the page's language, with its places filled in.
  function fill(text, values) {
    return text.replace(/\{(\w+)\}/g, function (whole, name) {
      return values[name] === undefined ? whole : values[name];
    });
  }
  function decimals(x, digits) {
    var both = { minimumFractionDigits: digits, maximumFractionDigits: digits };
    return x.toLocaleString(document.documentElement.lang, both);
  }

  // The cursor.
  function words() {
    var k = clamp(Math.floor(at / data.step + 1e-6), 0, data.share.length - 1);
    var time = clock(at);
    if (data.offset !== null) { time = fill(data.said.film, { time: time, film: clock(at + offset) }); }
    if (!data.share.length) { return time; }
    var peak = data.peaks.map(function (t) { return Math.abs(t - at) < 0.05; }).indexOf(true);
    if (peak >= 0) { return fill(data.peak_texts[peak], { time: time }); }
    if (data.share[k] === null) { return fill(data.said.no_figure, { time: time }); }
    return fill(data.judged_of[data.judged[k]], { time: time, share: Math.round(100 * data.share[k]) });
  }
  function show() {
    var x = part(at), text = words();
    cursors.forEach(function (each) {
      each.style.left = 100 * x + "%";
      each.hidden = x < 0 || x > 1;
    });
    if (!slider) { return; }
    slider.value = at;
    slider.setAttribute("aria-valuetext", text);
    document.getElementById("readout").textContent = text;
  }
  var saying = 0;
  function say() {
    if (!slider) { return; }
    // Spoken once the cursor rests, not for every step on its way.
    window.clearTimeout(saying);
    saying = window.setTimeout(function () {
      document.getElementById("said").textContent = words();
    }, 600);
  }
  function jump(t) {
    at = clamp(t, 0, data.length);
    if (at < view[0] || at > view[1]) { look(at - (view[1] - view[0]) / 2, view[1] - view[0]); }
    if (film && !film.error) { film.currentTime = Math.max(at + offset, 0); }
    show();
    say();
  }
  function follow() {
    at = clamp(film.currentTime - offset, 0, data.length);
    if (at > view[1]) { look(at, view[1] - view[0]); }
    show();
  }
  function run() {
    follow();
    if (!film.paused && !film.ended) { window.requestAnimationFrame(run); }
  }
  if (film) {
    var lost = function () { document.getElementById("film-lost").hidden = false; film.hidden = true; };
    film.addEventListener("error", lost);
    if (film.error) { lost(); }
    // With each picture; for who wants less motion, a few times a second.
    if (!calm) { film.addEventListener("play", run); }
    film.addEventListener("timeupdate", follow);
    film.addEventListener("seeked", follow);
    // The session's beginning, where that is not the film's.
    if (offset > 0) { film.currentTime = offset; }
  }
  if (slider) {
    slider.addEventListener("input", function () { jump(Number(slider.value)); });
    all("[data-peak]").forEach(function (button) {
      var way = Number(button.dataset.peak);
      button.disabled = !data.peaks.length;
      button.addEventListener("click", function () {
        var next = data.peaks.filter(function (t) { return way * (t - at) > 0.05; });
        if (next.length) { jump(way > 0 ? Math.min.apply(null, next) : Math.max.apply(null, next)); }
      });
    });
    all("[data-zoom]").forEach(function (button) {
      button.addEventListener("click", function () {
        var wide = (view[1] - view[0]) * Number(button.dataset.zoom);
        look(at - wide / 2, wide);
      });
    });
  }
  document.addEventListener("click", function (event) {
    var button = event.target.closest ? event.target.closest(".jump, .pin") : null;
    if (button) { jump(Number(button.dataset.t)); }
  });
  var overs = all(".plot > .over");
  function timeAt(over, event) {
    var box = over.getBoundingClientRect();
    return view[0] + clamp((event.clientX - box.left) / box.width, 0, 1) * (view[1] - view[0]);
  }
  overs.forEach(function (over) {
    over.parentNode.addEventListener("click", function (event) {
      if (!event.target.closest(".pin")) { jump(timeAt(over, event)); }
    });
  });

  // Where all pictures have their ticks: as figures/axes.py, so that they agree.
  function ticks() {
    var steps = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 28800, 86400];
    var step = steps.filter(function (each) { return (view[1] - view[0]) / each <= 6; })[0] || 86400;
    var found = [], last = Math.floor(view[1] / step + 1e-6);
    for (var k = Math.ceil(view[0] / step - 1e-6); k <= last; k++) { found.push(k * step); }
    return found;
  }

  // What part of the session all pictures show.
  function look(from, wide) {
    wide = clamp(wide, Math.min(5, data.length), data.length);
    from = clamp(from, 0, data.length - wide);
    view = [from, from + wide];
    charts.forEach(function (chart) {
      var ms = function (t) { return midnight + 1000 * t; };
      Plotly.relayout(chart, { "xaxis.range": view.map(ms), "xaxis.tickvals": ticks().map(ms) });
    });
    seen();
  }
  function seen() {
    all(".strip").forEach(function (strip) {
      var wide = data.length / (view[1] - view[0]);
      strip.style.width = 100 * wide + "%";
      strip.style.marginLeft = -100 * wide * view[0] / data.length + "%";
    });
    all(".axis").forEach(function (axis) {
      axis.textContent = "";
      ticks().forEach(function (t) {
        var tick = document.createElement("span");
        tick.textContent = (data.length >= 3600 && t < 3600 ? (t < 600 ? "0:0" : "0:") : "") + clock(t);
        tick.style.left = 100 * part(t) + "%";
        axis.appendChild(tick);
      });
    });
    pins();
    paint();
    show();
  }
  charts.forEach(function (chart) {
    chart.on("plotly_relayout", function (change) {
      var range = change["xaxis.range"] || [change["xaxis.range[0]"], change["xaxis.range[1]"]];
      if (change["xaxis.autorange"]) { look(0, data.length); }
      if (typeof range[0] !== "string") { return; }
      var ends = range.map(function (text) {
        return (Date.parse(text.replace(" ", "T") + (text.length > 10 ? "Z" : "")) - midnight) / 1000;
      });
      look(ends[0], ends[1] - ends[0]);
    });
  });

  // Numbers of the first peaks, above the curve, where there is room.
  function pins() {
    all(".pins").forEach(function (box) {
      var wide = box.clientWidth, placed = [];
      while (box.firstChild) { box.removeChild(box.firstChild); }
      data.peaks.slice(0, 5).forEach(function (t, k) {
        var x = part(t);
        var room = placed.every(function (other) { return Math.abs(other - x) * wide > 26; });
        if (x < 0 || x > 1 || !room) { return; }
        placed.push(x);
        var pin = document.createElement("button");
        pin.type = "button";
        pin.className = "pin";
        pin.dataset.t = t;
        pin.style.left = 100 * x + "%";
        pin.textContent = k + 1;
        pin.setAttribute("aria-label", fill(data.said.go_to, { number: k + 1, time: clock(t) }));
        box.appendChild(pin);
      });
    });
  }

$heat
  function each(change) { charts.forEach(function (chart) { Plotly.relayout(chart, change); }); }
  all("[data-shows]").forEach(function (button) {
    button.addEventListener("click", function () {
      var on = button.getAttribute("aria-pressed") !== "true";
      button.setAttribute("aria-pressed", on);
      var chart = document.getElementById("curve");
      var chosen = chart.data.map(function (trace, k) { return trace.meta === button.dataset.shows ? k : -1; });
      Plotly.restyle(chart, { visible: on }, chosen.filter(function (k) { return k >= 0; }));
    });
  });
  // Dragging zooms with a mouse; under a finger it scrolls the page.
  if (window.matchMedia("(pointer: fine)").matches) { each({ dragmode: "zoom" }); }
  // The width of A4 and of letter paper between the margins.
  var heights = charts.map(function (chart) { return chart.layout.height; });
  function sized(change, part) {
    charts.forEach(function (chart, k) {
      change.height = heights[k] * part;
      chart.style.height = change.height + "px";
      Plotly.relayout(chart, change);
    });
    paint();
  }
  window.addEventListener("beforeprint", function () { sized({ width: 680 }, 0.56); });
  window.addEventListener("afterprint", function () { sized({ width: null, autosize: true }, 1); });
  window.addEventListener("resize", function () { pins(); paint(); });
  seen();
})();
