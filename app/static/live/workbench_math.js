// One attention head (A. Vaswani et al., Attention is all you need, NeurIPS 2017, section 3.2.1).
// Matrices are lists of rows. n tokens of d numbers, h numbers in the head.

/** The products whose sum is one number of A B. */
export const termsOf = (a, b, row, column) => a[row].map((value, i) => [value, b[i][column]]);

export const sumOf = (terms) => terms.reduce((total, [left, right]) => total + left * right, 0);

export const multiply = (a, b) => a.map((_, row) => b[0].map((__, column) => sumOf(termsOf(a, b, row, column))));

export const transposed = (a) => a[0].map((_, column) => a.map((row) => row[column]));

/** Shares that sum to 1; the largest is taken off first, so that exp stays finite. */
export function softmax(row) {
  const most = Math.max(...row);
  const parts = row.map((value) => Math.exp(value - most));
  const total = parts.reduce((a, b) => a + b, 0);
  return parts.map((part) => part / total);
}

/** Every matrix on the way from the tokens `x` (n, d) to the outputs (n, h), by name. */
export function attend({ x, w_q, w_k, w_v }, isScaled) {
  const [q, k, v] = [w_q, w_k, w_v].map((weights) => multiply(x, weights));
  const k_t = transposed(k);
  const scores = multiply(q, k_t);
  const divisor = isScaled ? Math.sqrt(w_q[0].length) : 1;
  const scaled = scores.map((row) => row.map((score) => score / divisor));
  const weights = scaled.map(softmax);
  return { x, w_q, w_k, w_v, q, k, v, k_t, scores, scaled, weights, outputs: multiply(weights, v) };
}

/** The largest share of a row, averaged over the rows: 1/n for even attention, 1 for a single choice. */
export const sharpness = ({ weights }) => weights.reduce((total, row) => total + Math.max(...row), 0) / weights.length;

/** The largest difference between two matrices. */
export const farthest = (a, b) => Math.max(...a.flatMap((row, i) => row.map((value, j) => Math.abs(value - b[i][j]))));

/** Rows in another order. */
export const reordered = (rows, order) => order.map((i) => rows[i]);
