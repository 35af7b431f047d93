// Pictures of a page saved as files: each as it is seen now, with its heading, key and times.
(function () {
  "use strict";
  var SVG = "http://www.w3.org/2000/svg", EDGE = 16, LINE = 20, SHARP = 2;

  function all(where, selector) { return Array.prototype.slice.call(where.querySelectorAll(selector)); }
  function draw(parent, name, attributes, text) {
    var made = document.createElementNS(SVG, name);
    Object.keys(attributes).forEach(function (key) { made.setAttribute(key, attributes[key]); });
    if (text !== undefined) { made.textContent = text; }
    parent.appendChild(made);
    return made;
  }
  function write(sheet, x, y, text, more) {
    var style = { x: x, y: y, fill: "#1f2937", "font-size": 12 };
    Object.keys(more || {}).forEach(function (key) { style[key] = more[key]; });
    return draw(sheet.root, "text", style, text.replace(/\s+/g, " ").trim());
  }

  // What stands beside a text of the key: a line, an area, or a scale of colours.
  function swatch(sheet, item, x, y) {
    var look = window.getComputedStyle(item), wide = 26;
    if (item.tagName.toLowerCase() === "svg") {
      var fill = item.querySelector("rect").getAttribute("fill");
      draw(sheet.root, "rect", { x: x, y: y - 10, width: wide, height: 12, fill: fill, stroke: "#94a3b8" });
    } else if (item.className === "scale") {
      var colors = look.backgroundImage.match(/rgba?\([^)]*\)/g), id = "scale" + sheet.scales;
      var scale = draw(sheet.defs, "linearGradient", { id: id });
      colors.forEach(function (color, k) {
        draw(scale, "stop", { offset: k / (colors.length - 1), "stop-color": color });
      });
      sheet.scales += 1;
      wide = item.getBoundingClientRect().width;
      draw(sheet.root, "rect", { x: x, y: y - 10, width: wide, height: 12, fill: "url(#" + id + ")" });
    } else if (item.className.indexOf("box") >= 0) {
      var known = { off: "url(#hatch)", absent: "url(#stripes)", unjudged: "url(#speckles)" };
      var pattern = known[item.className.split(" ")[1]] || look.backgroundColor;
      draw(sheet.root, "rect", { x: x, y: y - 10, width: wide, height: 12, fill: pattern, stroke: "#94a3b8" });
    } else {
      var dashes = { dashed: "6 3", dotted: "2 3" }[look.borderTopStyle] || "none";
      draw(sheet.root, "path", {
        d: "M" + x + " " + (y - 4) + "h" + wide, stroke: look.borderTopColor,
        "stroke-width": parseFloat(look.borderTopWidth), "stroke-dasharray": dashes
      });
    }
    return wide;
  }
  function key(sheet, list) {
    var x = EDGE;
    sheet.y += LINE;
    all(list, "li").forEach(function (item) {
      var wide = item.getBoundingClientRect().width + 18;
      if (x > EDGE && x + wide > sheet.wide) { x = EDGE; sheet.y += LINE; }
      var at = x;
      Array.prototype.slice.call(item.childNodes).forEach(function (part) {
        if (part.nodeType === 3 && part.textContent.trim()) {
          write(sheet, at, sheet.y, part.textContent);
          // As wide as it is on the page.
          var range = document.createRange();
          range.selectNodeContents(part);
          at += range.getBoundingClientRect().width + 7;
        } else if (part.nodeType === 1) {
          at += swatch(sheet, part, at, sheet.y) + 7;
        }
      });
      x += wide;
    });
  }

  function place(sheet, drawing, box, within) {
    var clip = draw(sheet.root, "svg", {
      x: EDGE + within.left - sheet.left, y: sheet.y + 8, width: within.width, height: within.height
    });
    drawing.setAttribute("x", box.left - within.left);
    drawing.setAttribute("y", box.top - within.top);
    drawing.setAttribute("width", box.width);
    drawing.setAttribute("height", box.height);
    clip.appendChild(drawing);
  }
  function chart(sheet, element) {
    var box = element.getBoundingClientRect(), size = { width: box.width, height: box.height };
    return Plotly.toImage(element, { format: "svg", width: size.width, height: size.height }).then(function (url) {
      var text = decodeURIComponent(url.slice(url.indexOf(",") + 1));
      var made = new DOMParser().parseFromString(text, "image/svg+xml").documentElement;
      place(sheet, document.importNode(made, true), box, box);
      // Meanwhile the page may have moved.
      var now = element.getBoundingClientRect(), left = EDGE + box.left - sheet.left;
      all(element.closest(".plot"), ".pin").forEach(function (pin) {
        var at = pin.getBoundingClientRect(), x = left + at.left - now.left + at.width / 2;
        var y = sheet.y + 8 + at.top - now.top + at.height / 2;
        draw(sheet.root, "circle", { cx: x, cy: y, r: 11, fill: "#fff", stroke: "#475569" });
        write(sheet, x, y + 4, pin.textContent, { "text-anchor": "middle", "font-weight": 600 });
      });
      sheet.y += box.height + 8;
    });
  }
  function canvas(sheet, element) {
    var box = element.getBoundingClientRect();
    var made = document.createElementNS(SVG, "image");
    made.setAttribute("href", element.toDataURL("image/png"));
    made.setAttribute("preserveAspectRatio", "none");
    place(sheet, made, box, box);
    all(element.parentNode, ".names span").forEach(function (name) {
      var at = name.getBoundingClientRect();
      write(sheet, EDGE + at.right - sheet.left, sheet.y + 8 + at.top + at.height / 2 - box.top + 3,
        name.textContent, { "text-anchor": "end", "font-size": 10 });
    });
    sheet.y += box.height + 8;
  }
  function vector(sheet, element) {
    var box = element.getBoundingClientRect(), clip = element.closest(".clip") || element;
    place(sheet, element.cloneNode(true), box, clip.getBoundingClientRect());
    sheet.y += box.height + 8;
  }
  function axis(sheet, element) {
    var box = element.getBoundingClientRect();
    sheet.y += LINE - 4;
    all(element, "span").forEach(function (tick) {
      var x = EDGE + box.left - sheet.left + parseFloat(tick.style.left) / 100 * box.width;
      write(sheet, x, sheet.y, tick.textContent, { "text-anchor": "middle" });
    });
  }

  // A white sheet with all of a figure, from top to bottom.
  function sheetOf(figure) {
    var box = figure.getBoundingClientRect(), section = figure.closest("section");
    var root = document.createElementNS(SVG, "svg");
    var sheet = { root: root, left: box.left, wide: box.width + 2 * EDGE, y: 0, scales: 0 };
    draw(root, "rect", { width: "100%", height: "100%", fill: "#fff" });
    draw(root, "style", {}, "text { font-family: system-ui, sans-serif } .map text { text-anchor: middle; font-weight: 600 }");
    sheet.defs = draw(root, "defs", {});
    all(document, "body > svg pattern").forEach(function (each) { sheet.defs.appendChild(each.cloneNode(true)); });
    sheet.y = 28;
    write(sheet, EDGE, sheet.y, document.querySelector("h1").textContent, { "font-size": 16, "font-weight": 700 });
    sheet.y += LINE;
    write(sheet, EDGE, sheet.y, section.querySelector("h2").textContent, { "font-weight": 600 });
    var parts = all(figure, ".key, .js-plotly-plot, canvas, svg.strip, svg.map, .axis, figcaption");
    return parts.reduce(function (before, part) {
      return before.then(function () {
        if (part.matches(".key")) { return key(sheet, part); }
        if (part.matches(".js-plotly-plot")) { return chart(sheet, part); }
        if (part.matches("canvas")) { return canvas(sheet, part); }
        if (part.matches(".axis")) { return axis(sheet, part); }
        if (part.matches("svg")) { return vector(sheet, part); }
        // A caption that is only a key is drawn as one.
        if (!part.querySelector(".key")) {
          sheet.y += LINE;
          write(sheet, EDGE, sheet.y, part.textContent, { "font-weight": 600 });
        }
      });
    }, Promise.resolve()).then(function () {
      root.setAttribute("xmlns", SVG);
      root.setAttribute("width", sheet.wide);
      root.setAttribute("height", sheet.y + EDGE);
      root.setAttribute("viewBox", "0 0 " + sheet.wide + " " + (sheet.y + EDGE));
      return root;
    });
  }

  function keep(blob, name) {
    var link = document.createElement("a");
    link.href = URL.createObjectURL(blob);
    link.download = name;
    link.click();
    window.setTimeout(function () { URL.revokeObjectURL(link.href); }, 60000);
  }
  function pixels(root, text, name) {
    var image = new Image();
    image.onload = function () {
      var paper = document.createElement("canvas");
      paper.width = SHARP * root.getAttribute("width");
      paper.height = SHARP * root.getAttribute("height");
      paper.getContext("2d").drawImage(image, 0, 0, paper.width, paper.height);
      paper.toBlob(function (blob) { keep(blob, name); }, "image/png");
    };
    image.src = "data:image/svg+xml;charset=utf-8," + encodeURIComponent(text);
  }
  document.addEventListener("click", function (event) {
    var button = event.target.closest ? event.target.closest("[data-save]") : null;
    if (!button) { return; }
    var figure = button.closest("figure"), form = button.dataset.save;
    var title = document.querySelector("h1").textContent + " " + figure.closest("section").id;
    var name = title.replace(/[^\p{L}\p{N}]+/gu, "-").replace(/^-|-$/g, "").slice(0, 80) + "." + form;
    sheetOf(figure).then(function (root) {
      var text = new XMLSerializer().serializeToString(root);
      if (form === "svg") { keep(new Blob([text], { type: "image/svg+xml" }), name); return; }
      pixels(root, text, name);
    });
  });

  // A table wider than the screen says so, and all rows are printed but those of single viewers.
  function cues() {
    all(document, ".scroll").forEach(function (each) {
      each.classList.toggle("wide", each.scrollWidth > each.clientWidth + 1);
    });
  }
  var opened = [];
  window.addEventListener("beforeprint", function () {
    opened = all(document, "section:not(#viewers) > details.more:not([open])");
    opened.forEach(function (each) { each.open = true; });
  });
  window.addEventListener("afterprint", function () { opened.forEach(function (each) { each.open = false; }); });
  window.addEventListener("resize", cues);
  document.addEventListener("toggle", cues, true);
  cues();
})();
