// The seat map: a box a face, where it is in the picture, filled the higher the more it smiles.
// Boxes and numbers are all that there is; no picture of anyone reaches the browser.

const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

export function drawSeats(canvas, seats) {
  const scale = devicePixelRatio || 1;
  const [width, height] = [canvas.clientWidth * scale, canvas.clientHeight * scale].map(Math.round);
  if (canvas.width !== width || canvas.height !== height) {
    canvas.width = width;
    canvas.height = height;
  }
  const pen = canvas.getContext("2d");
  pen.clearRect(0, 0, width, height);
  const [lit, line, quiet] = [colour("--accent"), colour("--quiet"), colour("--line")];
  pen.lineWidth = scale;
  for (const [, left, top, wide, high, smile] of seats) {
    const [x, y, w, h] = [left * width, top * height, wide * width, high * height];
    pen.setLineDash(smile === null ? [3 * scale, 3 * scale] : []);
    pen.strokeStyle = smile === null ? quiet : line;
    if (smile !== null) {
      pen.globalAlpha = 0.25 + 0.75 * smile;
      pen.fillStyle = lit;
      pen.fillRect(x, y + h * (1 - smile), w, h * smile);
      pen.globalAlpha = 1;
    }
    pen.strokeRect(x, y, w, h);
  }
}
