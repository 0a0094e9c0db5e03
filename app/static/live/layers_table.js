// What each layer makes of its input, as rdfia_core/models/cnn/layer_table.py says; a test compares them.

const version = new URL(import.meta.url).search;
const { ACTIVATION, blockText } = await import(`./layers_text.js${version}`);

const WITH_WEIGHTS = ["conv", "res", "fc"];

/** Why a layer cannot follow what is before it. */
class Impossible extends Error {}

/**
 * The blocks with what the switches of the side panel put in.
 * @returns [{block, origin, source}]; origin counts the given blocks and is null where `source`, a switch, put it in
 */
export function effective(blocks, { batchNorm, dropout }) {
  const found = blocks.flatMap((block, origin) => {
    const isBare = batchNorm && block.kind === "conv" && blocks[origin + 1]?.kind !== "bn";
    const norm = { block: { kind: "bn" }, origin: null, source: "batch_norm", after: origin };
    return [{ block, origin, source: "" }, ...(isBare ? [norm] : [])];
  });
  return dropout ? [...found, { block: { kind: "dropout", p: dropout }, origin: null, source: "dropout" }] : found;
}

/**
 * Follows one image through blocks and classifier.
 * @param shape {channels, size, classes} of the images
 * @param limits the most {weights, values} of a network
 * @returns {layers, names, error, errorNumber}: the layers up to the first impossible one, names of all
 */
export function layerTable(blocks, shape, limits) {
  const all = [...blocks, { kind: "fc", units: shape.classes }];
  const names = namesOf(all);
  const layers = [];
  let layer = { name: "input", channels: shape.channels, size: shape.size, field: 1, jump: 1 };
  for (const [number, block] of all.entries()) {
    const begun = { ...layer, name: names[number], block: blockText(block), number, weights: 0, work: 0 };
    try {
      layer = withValues(follow(block, layer, begun));
      layers.push(layer);
      checkSize(layers, limits);
    } catch (reason) {
      if (!(reason instanceof Impossible)) throw reason;
      return { layers, names, error: `${begun.name}: ${reason.message}`, errorNumber: number };
    }
  }
  return { layers, names, error: "", errorNumber: -1 };
}

/** Sums over the layers: weights, multiply-adds (`work`) and values. */
export function totals(layers) {
  const sum = (name) => layers.reduce((total, layer) => total + layer[name], 0);
  return { weights: sum("weights"), work: sum("work"), values: sum("values") };
}

export const thousands = (value) => value.toLocaleString("en-US");

function namesOf(blocks) {
  let weighted = 0;
  const taken = new Set();
  return blocks.map((block) => {
    weighted += WITH_WEIGHTS.includes(block.kind);
    const name = `${blockText(block).split(" ")[0]}${Math.max(1, weighted)}`;
    let found = name;
    for (let again = 2; taken.has(found); again++) found = `${name}_${again}`;
    taken.add(found);
    return found;
  });
}

const withValues = (layer) => ({ ...layer, values: layer.channels * Math.max(1, layer.size) ** 2 });

function checkSize(layers, limits) {
  const { weights, values } = totals(layers);
  if (weights > limits.weights) {
    throw new Impossible(`${thousands(weights)} weights so far, more than ${thousands(limits.weights)}; make a layer `
      + "smaller, or pool before the first fully connected one");
  }
  if (values > limits.values) {
    throw new Impossible(`one image takes ${thousands(values)} numbers so far, more than ${thousands(limits.values)}; `
      + "use fewer channels, a stride, or pool earlier");
  }
}

function follow(block, before, after) {
  const { kind, kernel, channels, stride } = block;
  if (kind === "conv") {
    const size = windows(before, kernel, stride, block.padding);
    const weights = channels * before.channels * kernel ** 2;
    return { ...seen(after, kernel, stride), channels, size, weights: weights + channels, work: weights * size ** 2 };
  }
  if (kind === "pool" || kind === "avgpool") {
    const size = windows(before, kernel, stride, block.padding, block.up);
    return { ...seen(after, kernel, stride), size };
  }
  if (kind === "res") return followResidual(before, after, channels, stride);
  if (kind === "gap") {
    needMaps(before);
    return { ...seen(after, before.size, before.size), size: 1 };
  }
  if (kind === "fc") {
    const inputs = before.channels * Math.max(1, before.size) ** 2;
    const { units } = block;
    return { ...seen(after, Math.max(1, before.size), 1), channels: units, size: 0, jump: 0,
      weights: (inputs + 1) * units, work: inputs * units };
  }
  if (kind === "bn") return { ...after, weights: 2 * before.channels };
  console.assert(kind === ACTIVATION || kind === "dropout", kind);
  return after;
}

function followResidual(before, after, channels, stride) {
  const size = windows(before, 3, stride, 1);
  const [first, second] = [9 * before.channels * channels, 9 * channels ** 2];
  const shortcut = stride > 1 || channels !== before.channels ? before.channels * channels : 0;
  const norms = 2 * channels * (shortcut ? 3 : 2);
  return { ...seen(seen(after, 3, stride), 3, 1), channels, size, weights: first + second + shortcut + norms,
    work: (first + second + shortcut) * size ** 2 };
}

// R + (k - 1) j, where j is the product of the strides before.
function seen(layer, kernel, stride) {
  return { ...layer, field: layer.field + (kernel - 1) * layer.jump, jump: layer.jump * stride };
}

function windows(before, kernel, stride, padding, up = false) {
  needMaps(before);
  const room = before.size + 2 * padding - kernel;
  if (room < 0) {
    const padded = padding ? ` (with padding ${padding}: ${before.size + 2 * padding})` : "";
    throw new Impossible(`a window of ${kernel} x ${kernel} does not fit into ${before.size} x ${before.size}${padded}; `
      + "use a smaller one, more padding, or pool less before");
  }
  const size = (up ? Math.ceil(room / stride) : Math.floor(room / stride)) + 1;
  // A window that would begin in the padding behind the last pixel is left out, as PyTorch does.
  return up && (size - 1) * stride >= before.size + padding ? size - 1 : size;
}

function needMaps(before) {
  if (before.size) return;
  throw new Impossible(`${before.name} before it is fully connected: there are no rows and columns left; `
    + "move it before the first fc");
}
