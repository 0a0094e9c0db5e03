// A kernel over an image: what deep learning calls a convolution, without turning the kernel over.
// n pixels a side, k kernel, s stride, p padding of zeros; all indices count from 0.

export const MAX_WEIGHT = 100;

/** Windows a side: ⌊(n + 2p − k) / s⌋ + 1. */
export function outputSize(n, k, s, p) {
  return Math.max(0, Math.floor((n + 2 * p - k) / s) + 1);
}

/** The image within a frame of p zeros, rows from the top. */
export function padded(image, p) {
  const n = image.length + 2 * p;
  return Array.from({ length: n }, (_, r) => Array.from({ length: n }, (_, c) => image[r - p]?.[c - p] ?? 0));
}

/** The products at one place of the output, k rows of [pixel, weight]. */
export function termsAt(framed, weights, s, row, column) {
  return weights.map((line, r) => line.map((weight, c) => [framed[row * s + r][column * s + c], weight]));
}

/** Their sum. */
export function sum(terms) {
  let total = 0;
  for (const line of terms) for (const [pixel, weight] of line) total += pixel * weight;
  return total;
}

/** The output map, rows from the top. */
export function slide(framed, weights, s) {
  const size = outputSize(framed.length, weights.length, s, 0);
  return Array.from({ length: size }, (_, r) =>
    Array.from({ length: size }, (_, c) => sum(termsAt(framed, weights, s, r, c))));
}

/** Which of the n + 2p rows (or columns) some window reads. */
export function readPlaces(size, k, s) {
  const windows = outputSize(size, k, s, 0);
  return Array.from({ length: size }, (_, x) =>
    Array.from({ length: windows }, (_, i) => x - i * s).some((offset) => offset >= 0 && offset < k));
}

/** A weight as typed, "0.5", "-2" or "1/9", as a number; null where it is none that is allowed. */
export function parseWeight(text) {
  const match = /^\s*([-−+]?\d*\.?\d+)\s*(?:\/\s*(\d*\.?\d+))?\s*$/.exec(text.replace(",", "."));
  if (!match) return null;
  const value = Number(match[1].replace("−", "-")) / (match[2] === undefined ? 1 : Number(match[2]));
  return Number.isFinite(value) && Math.abs(value) <= MAX_WEIGHT ? value : null;
}

/** A result for people: whole numbers as they are, others with two decimals, a real minus sign. */
export const shown = (value) => written(value, 100);

/** The same for a cell: one decimal, from a hundred on none. */
export const brief = (value) => written(value, Math.abs(value) < 100 ? 10 : 1);

function written(value, parts) {
  const rounded = Math.round(value * parts) / parts;
  return String(rounded === 0 ? 0 : rounded).replace("-", "−");
}
