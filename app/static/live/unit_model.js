// The network as a frame shows it: sizes, weights, and a small picture of every unit over the plane.

const version = new URL(import.meta.url).search;
const { binaryTable, multiColor, nanColor, signedTable } = await import(`./theme.js${version}`);

const INPUT_SIDE = 24;
const OUTPUT_SIDE = 40;

// Input features that we can draw, by name. Others are shown by name only.
const FEATURES = {
  x: (x) => x, y: (x, y) => y, "x^2": (x) => x * x, "y^2": (x, y) => y * y, xy: (x, y) => x * y,
  "sin(x)": (x) => Math.sin(x), "sin(y)": (x, y) => Math.sin(y), "cos(x)": (x) => Math.cos(x),
  "cos(y)": (x, y) => Math.cos(y), "x^2+y^2": (x, y) => x * x + y * y,
};

function featureOf(name) {
  const plain = name.toLowerCase().replace(/\s|·|\*(?!\*)/g, "").replaceAll("**", "^").replaceAll("²", "^2")
    .replace(/x_?[1₁]/g, "x").replace(/x_?[2₂]/g, "y").replace(/^(sin|cos)([xy])$/, "$1($2)");
  return FEATURES[plain];
}

export class UnitModel {
  constructor() {
    this.clear();
  }

  clear() {
    Object.assign(this, { layers: null, inputs: [], weights: null, units: null, scale: null, probs: null,
      extent: [-1, 1, -1, 1], starts: [] });
  }

  /** Takes over what the frame holds; what it lacks stays. Returns whether the sizes changed. */
  setFrame({ info, arrays }) {
    const before = JSON.stringify([this.layers, this.inputs]);
    if (info.layers) this.layers = info.layers;
    if (info.inputs) this.inputs = info.inputs;
    if (info.extent) this.extent = info.extent;
    if (arrays.weights) this.weights = arrays.weights.data;
    if (arrays.units) [this.units, this.scale] = [arrays.units, arrays.unit_scale?.data ?? null];
    if (arrays.probs) this.probs = arrays.probs;
    if (JSON.stringify([this.layers, this.inputs]) === before) return false;
    this.starts = [0];
    const sizes = this.layers ?? [];
    for (let l = 1; l < sizes.length; l++) this.starts.push(this.starts[l - 1] + sizes[l] * (sizes[l - 1] + 1));
    return true;
  }

  get depth() {
    return this.layers ? this.layers.length : 0;
  }

  kind(layer) {
    return layer === 0 ? "input" : layer === this.depth - 1 ? "output" : "hidden";
  }

  /** Weight into unit `to` of `layer` from unit `from` of the layer before, or null. */
  weight(layer, to, from) {
    if (!this.weights) return null;
    return this.weights[this.starts[layer - 1] + to * this.layers[layer - 1] + from] ?? null;
  }

  bias(layer, to) {
    if (!this.weights || layer === 0) return null;
    const [fan, size] = [this.layers[layer - 1], this.layers[layer]];
    return this.weights[this.starts[layer - 1] + size * fan + to] ?? null;
  }

  /** Short name beside a node. */
  label(layer, index) {
    if (layer === 0) return this.inputs[index] ?? (this.layers[0] === 2 ? ["x", "y"][index] : `input ${index + 1}`);
    if (this.kind(layer) === "output") return this.layers[layer] === 1 ? "class 1" : `class ${index}`;
    return `unit ${index + 1}`;
  }

  /** Full name. */
  title(layer, index) {
    if (layer === 0) return `Input ${this.label(0, index)}`;
    if (this.kind(layer) === "output") return `Output, ${this.label(layer, index)}`;
    return `Hidden layer ${layer}, unit ${index + 1}`;
  }

  /** Row of a hidden unit in `units`, or -1 without a picture. */
  row(layer, index) {
    let row = index;
    for (let l = 1; l < layer; l++) row += this.layers[l];
    return this.kind(layer) === "hidden" && this.units && row < this.units.shape[0] ? row : -1;
  }

  /** Largest value of a unit's picture, null where there is none; outputs are probabilities. */
  scaleOf(layer, index) {
    const row = this.row(layer, index);
    return row >= 0 && this.scale ? this.scale[row] : null;
  }

  /** Value of a hidden unit at (u, v), both 0..1 from the top left; null where unknown. */
  valueAt(layer, index, u, v) {
    const row = this.row(layer, index);
    if (row < 0) return null;
    const g = this.units.shape[1];
    const byte = this.units.data[row * g * g + Math.min(g - 1, Math.floor(v * g)) * g + Math.min(g - 1, Math.floor(u * g))];
    return byte === 255 ? NaN : ((byte - 127) / 127) * (this.scale?.[row] ?? 1);
  }

  /** Draws a unit's picture on `canvas`, `fine` times as many pixels a side as it has samples.
   * Returns false where there is nothing to draw. */
  picture(canvas, layer, index, theme, fine = 1) {
    const kind = this.kind(layer);
    if (kind === "output") return this.probs ? this.outputPicture(canvas, index, theme) : false;
    if (kind === "input") return this.inputPicture(canvas, index, theme);
    const row = this.row(layer, index);
    if (row < 0) return false;
    const g = this.units.shape[1];
    const table = tableFor(theme);
    const start = row * g * g;
    const n = g * fine;
    const { data } = this.units;
    return paint(canvas, n, (r, c, out, at) => {
      const byte = fine === 1 ? data[start + r * g + c] : between(data, start, g, (r + 0.5) / fine - 0.5, (c + 0.5) / fine - 0.5);
      if (byte === 255) out.set(nanColor(theme, r, c, 4 * fine), at);
      else put(out, at, table, Math.round(byte));
    });
  }

  inputPicture(canvas, index, theme) {
    const feature = featureOf(this.label(0, index));
    if (!feature) return false;
    const [x0, x1, y0, y1] = this.extent;
    const n = INPUT_SIDE;
    const values = [];
    for (let r = 0; r < n; r++) {
      for (let c = 0; c < n; c++) values.push(feature(x0 + ((c + 0.5) / n) * (x1 - x0), y1 - ((r + 0.5) / n) * (y1 - y0)));
    }
    const top = Math.max(...values.map(Math.abs)) || 1;
    const table = tableFor(theme);
    return paint(canvas, n, (r, c, out, at) => put(out, at, table, Math.round(127 + (127 * values[r * n + c]) / top)));
  }

  outputPicture(canvas, index, theme) {
    const [K, G] = this.probs.shape;
    const n = Math.min(G, OUTPUT_SIDE);
    const table = binaryTable(theme, false);
    const flip = K === 1 && index === 0 && this.layers[this.depth - 1] > 1;
    return paint(canvas, n, (r, c, out, at) => {
      const cell = Math.floor(((r + 0.5) * G) / n) * G + Math.floor(((c + 0.5) * G) / n);
      const byte = this.probs.data[(K === 1 ? 0 : index) * G * G + cell];
      if (byte === 255) out.set(nanColor(theme, r, c, 4), at);
      // Alone, a class is drawn from paper (0) to its colour (1).
      else if (K > 1 || this.layers[this.depth - 1] > 1) multiColor(theme, index, (flip ? 254 - byte : byte) / 254, 1e9, false, out, at);
      else put(out, at, table, byte);
    });
  }
}

// Value between samples, bilinear; 255 (not a number) where one of them is.
function between(data, start, g, row, col) {
  row = Math.min(g - 1, Math.max(0, row));
  col = Math.min(g - 1, Math.max(0, col));
  const i = Math.min(g - 2, Math.floor(row));
  const j = Math.min(g - 2, Math.floor(col));
  const at = start + i * g + j;
  const [a, b, c, d] = [data[at], data[at + 1], data[at + g], data[at + g + 1]];
  if (a === 255 || b === 255 || c === 255 || d === 255) return 255;
  const top = a + (b - a) * (col - j);
  return top + (c + (d - c) * (col - j) - top) * (row - i);
}

let cached = { key: null, table: null };

function tableFor(theme) {
  if (cached.key !== theme.key) cached = { key: theme.key, table: signedTable(theme) };
  return cached.table;
}

function put(out, at, table, i) {
  out[at] = table[i * 3];
  out[at + 1] = table[i * 3 + 1];
  out[at + 2] = table[i * 3 + 2];
}

function paint(canvas, n, color) {
  if (canvas.width !== n || canvas.height !== n) canvas.width = canvas.height = n;
  const c = canvas.getContext("2d");
  const pixels = c.createImageData(n, n);
  for (let r = 0, at = 0; r < n; r++) {
    for (let col = 0; col < n; col++, at += 4) {
      color(r, col, pixels.data, at);
      pixels.data[at + 3] = 255;
    }
  }
  c.putImageData(pixels, 0, 0);
  return true;
}
