// Lines over the map: the boundary between classes, and where a score takes a given value.

const version = new URL(import.meta.url).search;
const { zeroLine, zeroStrokes } = await import(`./contour.js${version}`);

/** Maps a (column, row) of a G x G grid with a rim of copies around it to [x, y] in the drawing. */
export function gridPlaces(G, { left, top }, side) {
  const scale = side / G;
  // The samples are the centres of the cells. The rim takes the line to the very edge.
  return (col, row) => [left + (col - 0.5) * scale, top + (row - 0.5) * scale];
}

function rimmed(G, value) {
  const n = G + 2;
  const out = new Float32Array(n * n);
  const inside = (i) => Math.min(G - 1, Math.max(0, i - 1));
  for (let at = 0; at < n * n; at++) out[at] = value(inside(Math.floor(at / n)) * G + inside(at % n));
  return out;
}

/** Where two classes are equally likely; `planes` one a class, or one for two classes (0..254). */
export function boundaryPath(planes, K, G, place) {
  const path = new Path2D();
  for (let k = 0; k < K; k++) {
    const lead = rimmed(G, (i) => {
      let rival = K === 1 ? 127 : -Infinity;
      for (let j = 0; j < K; j++) if (j !== k) rival = Math.max(rival, planes[j][i]);
      return planes[k][i] - rival;
    });
    zeroLine(lead, G + 2, path, place);
  }
  return path;
}

/** Where one plane has the given value. */
export function levelPath(plane, level, G, place) {
  const path = new Path2D();
  zeroStrokes(rimmed(G, (i) => plane[i] - level), G + 2, path, place);
  return path;
}
