// What a frame says of attention, as numbers. L blocks, H heads, R rows, T tokens, N patches.

/** Where patches lie in a picture: {rows, columns, width, height}, the last two as parts of the picture. */
export function imageGrid({ grid: [rows, columns], patch_size: patch, image_size: size }) {
  return { rows, columns, width: patch / size, height: patch / size };
}

/** The query that stands for the whole image: the class token, or the mean of all patches. */
export const SUMMARY = -1;

export class Attention {
  /** Of a frame; `frame.arrays.attention` must be there. */
  constructor({ arrays, info }) {
    const { attention, attention_scale: scale, attention_distance: distance, rollout } = arrays;
    const { class_token: hasClassToken, patch_size: patch } = info.attention;
    [this.numBlocks, this.numHeads, this.numRows, this.numTokens] = attention.shape;
    Object.assign(this, { codes: attention.data, scale: scale.data, distance: distance.data, rollout: rollout.data,
      hasClassToken, patch, grid: imageGrid(info.attention) });
    this.offset = hasClassToken ? 1 : 0;
    this.numPatches = this.grid.rows * this.grid.columns;
  }

  get hasAllQueries() {
    return this.numRows === this.numTokens;
  }

  get summaryName() {
    return this.hasClassToken ? "the class token" : "all patches on average";
  }

  nameOf(query) {
    return query === SUMMARY ? this.summaryName : patchName(query, this.grid);
  }

  /** Probabilities (T) of one query of a head over all tokens. */
  row(block, head, query) {
    const { numTokens: T, numRows: R } = this;
    const first = (block * this.numHeads + head) * R;
    const unit = this.scale[block * this.numHeads + head] / 255;
    const isMean = query === SUMMARY && !this.hasClassToken && this.hasAllQueries;
    const rows = isMean ? [...Array(R).keys()] : [query === SUMMARY ? 0 : this.offset + query];
    const out = new Float64Array(T);
    for (const r of rows) {
      const at = (first + r) * T;
      for (let t = 0; t < T; t++) out[t] += (this.codes[at + t] * unit) / rows.length;
    }
    return out;
  }

  /** What the patches get of a row (or of the rollout) over all tokens. */
  patchesOf(row) {
    return row.subarray(this.offset);
  }

  /** What the class token gets of it, null where there is none. */
  classTokenOf(row) {
    return this.hasClassToken ? row[0] : null;
  }

  distanceOf(block, head) {
    return this.distance[block * this.numHeads + head];
  }

  /** The mean distance in pixels if every patch attended to all patches alike. */
  get evenDistance() {
    const { rows, columns } = this.grid;
    let total = 0;
    for (let down = 1 - rows; down < rows; down++) {
      for (let right = 1 - columns; right < columns; right++) {
        total += (rows - Math.abs(down)) * (columns - Math.abs(right)) * Math.hypot(down, right);
      }
    }
    return (this.patch * total) / this.numPatches ** 2;
  }
}

/** Rows and columns count from 1. */
export function patchName(i, { columns }) {
  return `patch (${Math.floor(i / columns) + 1}, ${(i % columns) + 1})`;
}

export const sumOf = (values) => values.reduce((total, value) => total + value, 0);

export const argmax = (values) => values.reduce((best, value, i) => (value > values[best] ? i : best), 0);
