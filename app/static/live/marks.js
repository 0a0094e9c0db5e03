// What a support vector machine adds to the map: margin lines, and marks on its support vectors.

const version = new URL(import.meta.url).search;
const { el } = await import(`./dom.js${version}`);
const { levelPath } = await import(`./lines.js${version}`);
const { drawPoint } = await import(`./points.js${version}`);

export const FREE = 1;       // 0 < α < C: on the margin
export const BOUNDED = 2;    // α = C: inside the margin or across
const KEY = 18;              // px, side of a picture in the legend

/** Dashed lines where the score is one of `levels`; `scale` is the score of full colour. */
export function drawLevels(map, levels, scale) {
  if (!map.planes || map.grid.K !== 1) return;
  map.strokeInside((c) => {
    c.lineWidth = 1.3;
    c.setLineDash([7, 5]);
    c.strokeStyle = map.theme.line;
    for (const level of levels) {
      c.stroke(levelPath(map.planes[0], 127 + (127 * level) / scale, map.grid.G, map.places()));
    }
  });
}

/** A ring on a free support vector, a square on a bounded one; `share` is α / C, 0..1. */
export function drawSupport(c, kind, share, x, y, radius, theme) {
  if (kind !== FREE && kind !== BOUNDED) return;
  const reach = radius + (kind === FREE ? 1.4 + 2.8 * share : 1.2);
  c.beginPath();
  if (kind === FREE) c.arc(x, y, reach, 0, 2 * Math.PI);
  else c.rect(x - reach, y - reach, 2 * reach, 2 * reach);
  c.lineWidth = kind === FREE ? 2.2 : 1;
  c.strokeStyle = theme.line;
  c.globalAlpha = kind === FREE ? 1 : 0.75;
  c.stroke();
  c.globalAlpha = 1;
}

/** The legend's entries for both kinds. */
export function supportLegend(theme) {
  return [[FREE, 0.5, "Free support vector (on the margin)"], [BOUNDED, 0.5, "Bounded support vector (α = C)"]]
    .map(([kind, share, text]) => {
      const canvas = el("canvas", { width: 2 * KEY, height: 2 * KEY, "aria-hidden": "true" });
      const c = canvas.getContext("2d");
      c.scale(2, 2);
      drawPoint(c, KEY / 2, KEY / 2, 0, null, 3.6, theme);
      drawSupport(c, kind, share, KEY / 2, KEY / 2, 3.6, theme);
      return el("span", { class: "rl-key" }, canvas, el("span", { text }));
    });
}
