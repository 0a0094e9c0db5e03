// Data points: the shape tells the split, the colour the class.

const version = new URL(import.meta.url).search;
const { el } = await import(`./dom.js${version}`);
const { SPLITS } = await import(`./theme.js${version}`);

/** One data point. `split`: 0 filled circle, 1 triangle, 2 hollow diamond. A null label: no class. */
export function drawPoint(c, x, y, split, label, radius, theme) {
  const color = label === null ? theme.muted : theme.points[label % theme.points.length];
  const rim = theme.dark ? "#eef1f6" : "#ffffff";
  c.beginPath();
  if (split === 0) {
    c.arc(x, y, radius, 0, 2 * Math.PI);
  } else {
    const r = radius * (split === 1 ? 1.35 : 1.25);
    const turns = split === 1 ? 3 : 4;
    for (let i = 0; i < turns; i++) {
      const angle = -Math.PI / 2 + (2 * Math.PI * i) / turns;
      c.lineTo(x + r * Math.cos(angle), y + r * Math.sin(angle));
    }
    c.closePath();
  }
  if (split === 2) {
    c.fillStyle = rim;
    c.fill();
    c.lineWidth = 3.6;
    c.strokeStyle = rim;
    c.stroke();
    c.lineWidth = 1.8;
    c.strokeStyle = color;
    c.stroke();
  } else {
    c.lineWidth = 2.6;
    c.strokeStyle = rim;
    c.stroke();
    c.fillStyle = color;
    c.fill();
  }
}

export function ring(c, x, y, radius, theme) {
  c.beginPath();
  c.arc(x, y, radius, 0, 2 * Math.PI);
  c.lineWidth = 1.6;
  c.strokeStyle = theme.line;
  c.stroke();
}

const KEY = 16;   // px, side of a picture in the legend

/** Legend of the map: colours of the classes, shapes of the splits that occur. */
export function legend(points, theme) {
  const splits = [...new Set(points.split ?? [0])].sort();
  const items = [];
  for (let label = 0; label < (points.num_classes ?? 2); label++) items.push([0, label, `Class ${label}`, theme]);
  // The shapes take the colour of the text: a class colour would say more than is meant.
  if (splits.length > 1) for (const split of splits) items.push([split, null, SPLITS[split], theme]);
  return items.map(([split, label, text]) => {
    const canvas = el("canvas", { width: 2 * KEY, height: 2 * KEY, "aria-hidden": "true" });
    const c = canvas.getContext("2d");
    c.scale(2, 2);
    drawPoint(c, KEY / 2, KEY / 2, split, label, 4.6, theme);
    return el("span", { class: "rl-key" }, canvas, el("span", { text }));
  });
}
