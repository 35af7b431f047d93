  // Viewers by time.
  var heat = data.heat, canvas = document.getElementById("viewers-by-time");
  var order = heat ? heat.seat : [], bytes = null, plain = null;
  function color(x) {
    var at = x * (heat.scale.length - 1), k = Math.min(Math.floor(at), heat.scale.length - 2);
    var ends = [heat.scale[k], heat.scale[k + 1]].map(function (hex) {
      return [1, 3, 5].map(function (n) { return parseInt(hex.substr(n, 2), 16); });
    });
    return ends[0].map(function (c, n) { return Math.round(c + (ends[1][n] - c) * (at - k)); });
  }
  function degree(code) { return code > 100 ? (code - 101) / 100 : code / 100; }
  function ready() {
    // One pixel a cell; what could not be judged stays clear.
    bytes = window.atob(heat.cells);
    plain = document.createElement("canvas");
    plain.width = heat.columns;
    plain.height = heat.viewers.length;
    var pen = plain.getContext("2d"), image = pen.createImageData(plain.width, plain.height);
    var colors = [];
    for (var x = 0; x <= 100; x++) { colors.push(color(x / 100)); }
    for (var k = 0; k < bytes.length; k++) {
      var code = bytes.charCodeAt(k);
      if (code > 201) { continue; }
      image.data.set(colors[Math.round(100 * degree(code))], 4 * k);
      image.data[4 * k + 3] = 255;
    }
    pen.putImageData(image, 0, 0);
  }
  // In pixels of the canvas: diagonals, dots, crossed diagonals.
  function pattern(pen, scale, draw) {
    var tile = document.createElement("canvas"), side = 6 * scale;
    tile.width = tile.height = side;
    var brush = tile.getContext("2d");
    brush.scale(scale, scale);
    draw(brush);
    return pen.createPattern(tile, "repeat");
  }
  function line(brush, x0, y0, x1, y1) {
    brush.beginPath();
    brush.moveTo(x0, y0);
    brush.lineTo(x1, y1);
    brush.stroke();
  }
  function fills(pen, scale) {
    return {
      253: pattern(pen, scale, function (brush) {
        brush.fillStyle = "#fbe3c3";
        brush.fillRect(0, 0, 6, 6);
        brush.fillStyle = "#a04600";
        brush.fillRect(0.5, 0.5, 1.5, 1.5);
        brush.fillRect(3.5, 3.5, 1.5, 1.5);
      }),
      254: pattern(pen, scale, function (brush) {
        brush.fillStyle = "#fff";
        brush.fillRect(0, 0, 6, 6);
        brush.strokeStyle = "#b6bfca";
        brush.lineWidth = 0.8;
        [-6, 0, 6].forEach(function (x) { line(brush, x, 6, x + 6, 0); });
      }),
      255: pattern(pen, scale, function (brush) {
        brush.fillStyle = "#cbd0d8";
        brush.fillRect(0, 0, 6, 6);
        brush.strokeStyle = "#64748b";
        brush.lineWidth = 0.8;
        line(brush, 0, 6, 6, 0);
        line(brush, 0, 0, 6, 6);
      })
    };
  }
  function paint() {
    if (!canvas || !heat) { return; }
    if (!plain) { ready(); }
    var rows = heat.viewers.length, high = heat.row_px, gap = high > 6 ? 1 : 0;
    canvas.style.height = rows * high + "px";
    var scale = Math.max(2, window.devicePixelRatio || 1), wide = canvas.clientWidth;
    canvas.width = wide * scale;
    canvas.height = rows * high * scale;
    var pen = canvas.getContext("2d"), look = fills(pen, scale);
    var first = view[0] / heat.step, many = (view[1] - view[0]) / heat.step;
    var begin = Math.floor(first), end = Math.min(Math.ceil(first + many), heat.columns);
    var each = canvas.width / many;
    pen.imageSmoothingEnabled = many > canvas.width;
    order.forEach(function (viewer, row) {
      var y = row * high * scale, h = (high - gap) * scale, base = viewer * heat.columns;
      for (var k = begin; k < end;) {
        var code = bytes.charCodeAt(base + k), from = k;
        while (k < end && bytes.charCodeAt(base + k) === code) { k++; }
        if (!look[code]) { continue; }
        pen.fillStyle = look[code];
        pen.fillRect((from - first) * each, y, (k - from) * each, h);
      }
      pen.drawImage(plain, begin, viewer, end - begin, 1, (begin - first) * each, y, (end - begin) * each, h);
    });
    names(high);
  }
  function names(high) {
    var box = canvas.parentNode.querySelector(".names");
    // Where rows are lower than writing, every so many have a number.
    var every = Math.ceil(11 / high);
    box.textContent = "";
    order.forEach(function (viewer, row) {
      if (row % every) { return; }
      var name = document.createElement("span");
      name.textContent = heat.viewers[viewer];
      name.style.top = (row + 0.5) * high + "px";
      box.appendChild(name);
    });
  }
  if (canvas && heat) {
    var tip = document.getElementById("tip");
    canvas.parentNode.addEventListener("mousemove", function (event) {
      var box = canvas.getBoundingClientRect(), high = heat.row_px;
      var viewer = order[Math.floor((event.clientY - box.top) / high)];
      var t = timeAt(canvas, event), k = Math.min(Math.floor(t / heat.step), heat.columns - 1);
      tip.hidden = viewer === undefined || event.clientX < box.left || event.clientX > box.right;
      if (tip.hidden) { return; }
      var code = bytes.charCodeAt(viewer * heat.columns + k);
      var name = { 253: "unjudged", 254: "absent", 255: "off" }[code];
      if (!name) { name = code > 100 ? "smiling" : "not_smiling"; }
      tip.textContent = fill(data.said[name], {
        viewer: heat.viewers[viewer], place: heat.places[viewer], time: clock(t), smile: decimals(degree(code), 2)
      });
      tip.style.left = Math.min(event.clientX + 14, window.innerWidth - tip.offsetWidth - 8) + "px";
      tip.style.top = event.clientY + 18 + "px";
    });
    canvas.parentNode.addEventListener("mouseleave", function () { tip.hidden = true; });
    all("[data-sort]").forEach(function (button) {
      button.addEventListener("click", function () {
        order = heat[button.dataset.sort];
        all("[data-sort]").forEach(function (other) { other.setAttribute("aria-pressed", other === button); });
        paint();
      });
    });
  }
