// Axes of the map: a thin frame and ticks at round numbers; a tag over a place.

const version = new URL(import.meta.url).search;
const { num } = await import(`./dom.js${version}`);

/** Frame and ticks of the square of `side` px at (left, top) that shows `extent`. */
export function drawAxes(c, extent, { left, top, side }, theme) {
  const [x0, x1, y0, y1] = extent;
  c.strokeStyle = theme.grid;
  c.lineWidth = 1;
  c.strokeRect(left + 0.5, top + 0.5, side - 1, side - 1);
  c.fillStyle = theme.muted;
  c.font = `11px ${theme.font}`;
  for (const value of ticks(x0, x1, side / 80)) {
    const px = left + ((value - x0) / (x1 - x0)) * side;
    c.textAlign = "center";
    c.textBaseline = "top";
    c.fillText(num(value), px, top + side + 7);
    c.fillRect(px - 0.5, top + side, 1, 4);
  }
  for (const value of ticks(y0, y1, side / 80)) {
    const py = top + ((y1 - value) / (y1 - y0)) * side;
    c.textAlign = "right";
    c.textBaseline = "middle";
    c.fillText(num(value), left - 7, py);
    c.fillRect(left - 4, py - 0.5, 4, 1);
  }
}

/** A word over the place (u, v), 0..1 from the top left of the square, kept within it. */
export function drawTag(c, text, [u, v], { left, top, side }, theme) {
  c.font = `600 13px ${theme.font}`;
  const width = c.measureText(text).width + 16;
  const x = left + Math.min(side - width / 2, Math.max(width / 2, u * side));
  const y = top + Math.min(side - 14, Math.max(14, v * side));
  c.fillStyle = `rgb(${theme.paper.map(Math.round)})`;
  c.fillRect(x - width / 2, y - 12, width, 24);
  c.fillStyle = `rgb(${theme.text})`;
  c.textAlign = "center";
  c.textBaseline = "middle";
  c.fillText(text, x, y);
}

function ticks(low, high, count) {
  const rough = (high - low) / Math.max(2, count);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((m) => m * power).find((s) => s >= rough);
  const values = [];
  for (let k = Math.ceil(low / step); k * step <= high + 1e-9; k++) values.push(Number((k * step).toFixed(10)));
  return values;
}
