// A network as a text, read and written as rdfia_core/models/cnn/blocks.py does; a test compares them.
// A block: {kind, ...}, kind being the first word of its text, or ACTIVATION with a name.

export const ACTIVATION = "activation";
export const ACTIVATIONS = ["relu", "leaky", "gelu", "tanh", "sigmoid"];
const WORDS = 8;

const FORMS = {
  conv: "conv C kK [sS] [pP]", pool: "pool K [sS] [pP] [up]", avgpool: "avgpool K [sS] [pP] [up]", gap: "gap",
  bn: "bn", res: "res C [sS]", fc: "fc N", dropout: "dropout P",
  ...Object.fromEntries(ACTIVATIONS.map((name) => [name, name])),
};

/** Why a text is no network: its message goes on after "must have". */
export class TextError extends Error {
  constructor(expected, received) {
    super(`${expected}. Got ${received}.`);
  }
}

const READERS = {
  conv: (reader, { channels, kernel, stride }) => {
    const block = { kind: "conv", channels: reader.integer("channels", 1, channels),
      kernel: reader.option("k", "a kernel size k", 1, kernel, 0) };
    if (!block.kernel) throw reader.wrong(`a kernel size k1 to k${kernel}`, "");
    block.stride = reader.option("s", "a stride s", 1, stride, 1);
    return { ...block, padding: reader.option("p", "a padding p", 0, kernel, 0) };
  },
  pool: (reader, limits, kind) => {
    const kernel = reader.integer("a window", 1, limits.kernel);
    const stride = reader.option("s", "a stride s", 1, limits.stride, usualStride(kernel, limits));
    const padding = reader.option("p", "a padding p, at most half the window,", 0, mostPadding(kernel), 0);
    return { kind, kernel, stride, padding, up: reader.flag("up") };
  },
  res: (reader, { channels, stride }) => ({ kind: "res", channels: reader.integer("channels", 1, channels),
    stride: reader.option("s", "a stride s", 1, stride, 1) }),
  fc: (reader, limits) => ({ kind: "fc", units: reader.integer(`units`, 1, limits.units) }),
  dropout: (reader, limits) => ({ kind: "dropout", p: reader.fraction("a probability", limits.dropout) }),
};
READERS.avgpool = READERS.pool;

/** Stride of a pooling whose text names none. */
export const usualStride = (kernel, limits) => Math.min(kernel, limits.stride);

/** Padding that a pooling may have. */
export const mostPadding = (kernel) => Math.floor(kernel / 2);

/**
 * The blocks of a text, or of the name of one of the known networks. Throws a TextError.
 * @param limits the largest {blocks, channels, kernel, stride, units, dropout}
 * @param known [{name, text}]
 */
export function readBlocks(text, limits, known) {
  const word = text.trim().toLowerCase();
  const words = (known.find(({ name }) => name === word)?.text ?? text).toLowerCase();
  const parts = words.split(",").map((part) => part.trim());
  if (parts.length > limits.blocks) throw new TextError(`at most ${limits.blocks} blocks`, `${parts.length}`);
  if (parts.length === 1 && !parts[0]) return [];
  return parts.map((part, i) => readBlock(i + 1, part, limits));
}

function readBlock(number, part, limits) {
  const [word, ...rest] = part.split(/\s+/).slice(0, WORDS);
  if (!Object.hasOwn(FORMS, word)) {
    throw new TextError(`blocks of the forms ${Object.values(FORMS).join(", ")}`, `${quoted(part.slice(0, 40))} as block ${number}`);
  }
  const reader = new Reader(number, part, rest);
  const plain = ACTIVATIONS.includes(word) ? { kind: ACTIVATION, name: word } : { kind: word };
  const block = READERS[word]?.(reader, limits, word) ?? plain;
  reader.finish(FORMS[word]);
  return block;
}

/** The words of one block after its name. */
class Reader {
  constructor(number, part, words) {
    Object.assign(this, { number, part, words });
  }

  integer(what, low, high) {
    return this.checked(this.words.shift() ?? "", what, low, high);
  }

  option(letter, what, low, high, usual) {
    const i = this.words.findIndex((word) => new RegExp(`^${letter}(\\d|-)`).test(word));
    return i < 0 ? usual : this.checked(this.words.splice(i, 1)[0].slice(1), what, low, high);
  }

  flag(word) {
    const i = this.words.indexOf(word);
    if (i >= 0) this.words.splice(i, 1);
    return i >= 0;
  }

  fraction(what, high) {
    const word = this.words.shift() ?? "";
    if (!/^\d*\.?\d+$/.test(word) || Number(word) > high) throw this.wrong(`${what} from 0 to ${high}`, word);
    return Number(word);
  }

  finish(form) {
    if (this.words.length) throw this.wrong(`the form ${form}`, this.words[0]);
  }

  checked(word, what, low, high) {
    if (!/^\d{1,9}$/.test(word) || Number(word) < low || Number(word) > high) {
      throw this.wrong(`${what} from ${low} to ${high}`, word);
    }
    return Number(word);
  }

  wrong(expected, word) {
    const received = word ? quoted(word.slice(0, 20)) : "nothing";
    return new TextError(`in block ${this.number} (${this.part.slice(0, 40)}) ${expected}`, received);
  }
}

const quoted = (text) => (text.includes("'") && !text.includes('"') ? `"${text}"` : `'${text}'`);

/** The one spelling of a block. */
export function blockText(block) {
  const { kind } = block;
  const extra = (usual) => (block.stride === usual ? "" : ` s${block.stride}`) + (block.padding ? ` p${block.padding}` : "");
  if (kind === "conv") return `conv ${block.channels} k${block.kernel}${extra(1)}`;
  if (kind === "res") return `res ${block.channels}${extra(1)}`;
  if (kind === "fc") return `fc ${block.units}`;
  if (kind === "dropout") return `dropout ${Number(block.p.toFixed(6))}`;
  if (kind === ACTIVATION) return block.name;
  return "kernel" in block ? `${kind} ${block.kernel}${extra(block.kernel)}${block.up ? " up" : ""}` : kind;
}

export const blocksText = (blocks) => blocks.map(blockText).join(", ");
