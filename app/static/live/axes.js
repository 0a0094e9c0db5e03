// Axes of the map: a thin frame and ticks at round numbers.

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

function ticks(low, high, count) {
  const rough = (high - low) / Math.max(2, count);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((m) => m * power).find((s) => s >= rough);
  const values = [];
  for (let k = Math.ceil(low / step); k * step <= high + 1e-9; k++) values.push(Number((k * step).toFixed(10)));
  return values;
}
