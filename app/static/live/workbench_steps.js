// The steps of the workbench: which matrices they show, and how each number of a result is written out.

const version = new URL(import.meta.url).search;
const [{ shown }, { sumOf, termsOf }] =
  await Promise.all([import(`./kernel_math.js${version}`), import(`./workbench_math.js${version}`)]);

const THIN = "\u2009";

/** By name: symbol, what its rows and columns are, and whether it can be typed into. */
export const MATRICES = {
  x: { symbol: "X", title: "tokens", rows: "tokens", isEditable: true },
  w_q: { symbol: "Wq", title: "weights", isEditable: true },
  w_k: { symbol: "Wk", title: "weights", isEditable: true },
  w_v: { symbol: "Wv", title: "weights", isEditable: true },
  q: { symbol: "Q", title: "queries", rows: "tokens" },
  k: { symbol: "K", title: "keys", rows: "tokens" },
  v: { symbol: "V", title: "values", rows: "tokens" },
  k_t: { symbol: "Kᵀ", title: "keys, one a column", columns: "tokens" },
  scores: { symbol: "S", title: "scores", rows: "tokens", columns: "tokens" },
  scaled: { symbol: "S / √h", title: "scaled scores", rows: "tokens", columns: "tokens" },
  weights: { symbol: "A", title: "attention", rows: "tokens", columns: "tokens", hasSums: true },
  outputs: { symbol: "O", title: "outputs", rows: "tokens" },
};

/** Of what a result is made: a product of two matrices, or one matrix row by row. */
export const SOURCES = {
  q: ["x", "w_q"], k: ["x", "w_k"], v: ["x", "w_v"], scores: ["q", "k_t"], scaled: ["scores"], weights: ["scaled"],
  outputs: ["weights", "v"],
};

/** `equations` hold names of matrices, and signs between them; `say({h, isScaled})` explains the step. */
export const STEPS = [
  { name: "Tokens", equations: [["x"]],
    say: () => "Each row is one token, a word or a patch of an image, as a list of numbers: its embedding. Change any number; "
      + "all that follows is computed anew." },
  { name: "Q, K, V", equations: [["x"], ["·", "w_q", "=", "q"], ["·", "w_k", "=", "k"], ["·", "w_v", "=", "v"]],
    say: () => "Three learned matrices turn every token into a query (what it looks for), a key (what it can be found by) and "
      + "a value (what it hands over). Point at a number of Q, K or V to see what makes it." },
  { name: "Scores", equations: [["q", "·", "k_t", "=", "scores"]],
    say: () => "Every query meets every key: their product is the score. Rows are the tokens that look, columns those looked at." },
  { name: "Scale", equations: [["scores", "→", "scaled"]],
    say: ({ h, isScaled }) => (isScaled
      ? `Every score is divided by √h, here √${h} ≈ ${shown(Math.sqrt(h))}: sums of more products are larger, and that must not decide.`
      : "The scaling is switched off: the scores stay as they are.") },
  { name: "Softmax", equations: [["scaled", "→", "weights"]],
    say: () => "Softmax turns each row into shares that sum to 1: exp of each score, divided by the sum over its row." },
  { name: "Output", equations: [["weights", "·", "v", "=", "outputs"]],
    say: () => "Each token's output is the mean of all values, weighted by its row of A. That is self-attention." },
];

/** Three decimals for shares, two for anything else. */
export const written = (name, value) => (name === "weights" ? String(Math.round(1000 * value) / 1000) : shown(value));

/**
 * How one number comes about: {title, terms: texts to be added or shown one after the other, total}.
 * `all` are the matrices by name, `tokens` their names.
 */
export function explained(name, row, column, { all, tokens, h, isScaled }) {
  const total = all[name][row][column];
  const said = { title: titleOf(name, `“${tokens[row]}”`, `“${tokens[column]}”`, column + 1), total, totalText: written(name, total) };
  const sources = SOURCES[name];
  if (sources.length === 2) {
    const terms = termsOf(all[sources[0]], all[sources[1]], row, column);
    return { ...said, total: sumOf(terms), terms: terms.map(([left, right]) => `${written(sources[0], left)}${THIN}×${THIN}${bracketed(right)}`) };
  }
  if (name === "scaled") {
    const score = shown(all.scores[row][column]);
    return { ...said, terms: [isScaled ? `${score} / √${h}` : `${score}, as it is`] };
  }
  const scores = all.scaled[row];
  return { ...said, top: `exp(${shown(scores[column])})`, terms: scores.map((score) => `exp(${shown(score)})`) };
}

function titleOf(name, from, to, number) {
  if (name === "scores") return `Score: the query of ${from} with the key of ${to}`;
  if (name === "scaled") return `Scaled score of ${from} with ${to}`;
  if (name === "weights") return `Share of ${to} in what ${from} takes`;
  const what = { q: "Query", k: "Key", v: "Value", outputs: "Output" }[name];
  return `${what} of ${from}, number ${number}`;
}

/** Negative numbers in brackets, as one writes products. */
const bracketed = (value) => (value < 0 ? `(${shown(value)})` : shown(value));
