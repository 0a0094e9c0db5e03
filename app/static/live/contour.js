// Sampled functions: smoothing, reading between samples, and the line where one changes sign
// (marching squares: W. Lorensen and H. Cline, "Marching cubes", SIGGRAPH 1987, in the plane).

// For each of the 16 sign patterns (bits: top left, top right, bottom right, bottom left), the
// pairs of cell edges to join: 0 top, 1 right, 2 bottom, 3 left.
const CASES = [
  [], [3, 0], [0, 1], [3, 1], [1, 2], [3, 0, 1, 2], [0, 2], [3, 2],
  [2, 3], [2, 0], [0, 1, 2, 3], [2, 1], [1, 3], [1, 0], [0, 3], [],
];

/**
 * Adds the zero line of `values` (size x size, row by row) to `path`.
 * @param place maps a (column, row) position in the grid to [x, y] in the drawing.
 */
export function zeroLine(values, size, path, place) {
  segments(values, size, (from, to) => {
    path.moveTo(...place(...from));
    path.lineTo(...place(...to));
  });
}

/** The same in long strokes, for lines that are dashed. */
export function zeroStrokes(values, size, path, place) {
  const ends = new Map();    // each place on a cell's edge belongs to two segments at most
  const all = [];
  segments(values, size, (from, to) => {
    const segment = { from, to, used: false };
    all.push(segment);
    for (const end of [from, to]) {
      const key = end.join();
      if (ends.has(key)) ends.get(key).push(segment);
      else ends.set(key, [segment]);
    }
  });
  const next = (place) => ends.get(place.join()).find((segment) => !segment.used);
  const follow = (start, add) => {
    for (let at = start, segment = next(at); segment; segment = next(at)) {
      segment.used = true;
      at = segment.from.join() === at.join() ? segment.to : segment.from;
      add(at);
    }
  };
  for (const segment of all) {
    if (segment.used) continue;
    segment.used = true;
    const stroke = [segment.from, segment.to];
    follow(segment.to, (place) => stroke.push(place));
    follow(segment.from, (place) => stroke.unshift(place));
    path.moveTo(...place(...stroke[0]));
    for (const point of stroke.slice(1)) path.lineTo(...place(...point));
  }
}

/** Calls `add(from, to)` with the ends of the zero line's piece in each cell. */
function segments(values, size, add) {
  for (let row = 0; row < size - 1; row++) {
    for (let col = 0; col < size - 1; col++) {
      const i = row * size + col;
      const a = values[i];
      const b = values[i + 1];
      const c = values[i + size + 1];
      const d = values[i + size];
      const pattern = (a > 0) | ((b > 0) << 1) | ((c > 0) << 2) | ((d > 0) << 3);
      if (pattern === 0 || pattern === 15 || !Number.isFinite(a + b + c + d)) continue;
      const edges = CASES[pattern];
      for (let e = 0; e < edges.length; e += 2) {
        add(crossing(edges[e], col, row, a, b, c, d), crossing(edges[e + 1], col, row, a, b, c, d));
      }
    }
  }
}

function crossing(edge, col, row, a, b, c, d) {
  if (edge === 0) return [col + a / (a - b), row];
  if (edge === 1) return [col + 1, row + b / (b - c)];
  if (edge === 2) return [col + d / (d - c), row + 1];
  return [col, row + a / (a - d)];
}

/**
 * `values` (size x size) averaged with their neighbours, weights 1 2 1 along rows and columns.
 * Probabilities come in steps of 1/254: where they are nearly flat, the steps would show as a jagged line.
 */
export function softened(values, size) {
  const rows = new Float32Array(values.length);
  const out = new Float32Array(values.length);
  const last = size - 1;
  for (let r = 0; r < size; r++) {
    for (let c = 0; c < size; c++) {
      const i = r * size + c;
      rows[i] = c === 0 || c === last ? values[i] : (values[i - 1] + 2 * values[i] + values[i + 1]) / 4;
    }
  }
  for (let r = 0; r < size; r++) {
    for (let c = 0; c < size; c++) {
      const i = r * size + c;
      out[i] = r === 0 || r === last ? rows[i] : (rows[i - size] + 2 * rows[i] + rows[i + size]) / 4;
    }
  }
  return out;
}

/** Reads `planes` (G x G samples each) at pixel (row, col) of n x n, bilinear between the centres. */
export function upsampled(planes, G, n) {
  return (k, row, col) => {
    const data = planes[k];
    const u = Math.min(G - 1, Math.max(0, ((col + 0.5) * G) / n - 0.5));
    const v = Math.min(G - 1, Math.max(0, ((row + 0.5) * G) / n - 0.5));
    const i = Math.min(G - 2, u | 0);
    const j = Math.min(G - 2, v | 0);
    const at = j * G + i;
    const top = data[at] + (data[at + 1] - data[at]) * (u - i);
    const bottom = data[at + G] + (data[at + G + 1] - data[at + G]) * (u - i);
    return top + (bottom - top) * (v - j);
  };
}
