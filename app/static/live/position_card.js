// How alike the positional embeddings of the patches are (as in A. Dosovitskiy et al., An image is worth
// 16x16 words, ICLR 2021, figure 7): a small map for each patch, and one of them large.

const version = new URL(import.meta.url).search;
const load = (name) => import(`./${name}.js${version}`);
const [{ el, num, setText }, { PatchBoard }, { paint }, { patchName }, { signedTable }] =
  await Promise.all(["dom", "patch_board", "pixels", "attention_data", "theme"].map(load));

const ABSENT = "This network has no positional embedding: it cannot tell where a patch was.";
const TOO_MANY = "Not drawn: there are too many patches to compare each with each.";
const GAP = 1;   // pixels between two small maps

export class PositionCard {
  constructor(theme) {
    this.table = signedTable(theme);
    this.chosen = null;
    this.pointed = this.read = null;
    this.words = el("p", { class: "rl-muted" });
    this.all = new PatchBoard("Patch whose map is shown large", {
      onLook: (patch) => { this.pointed = patch; this.show(); },
      onPick: (patch) => { this.chosen = patch; this.pointed = null; this.show(); },
    }, { class: "rl-patch-board rl-position-all" });
    this.one = new PatchBoard("Patch compared with", {
      onLook: (patch) => { this.read = patch; this.show(); },
      onPick: (patch) => { this.read = patch; this.show(); },
    });
    this.name = el("figcaption");
    this.reading = el("p", { class: "rl-muted" });
    this.body = el("div", { class: "rl-positions" },
      el("figure", {}, el("figcaption", { text: "A map for each patch" }), this.all.node),
      el("figure", {}, this.name, this.one.node, this.reading));
    this.node = el("section", { class: "rl-card", "aria-label": "Positional embedding" },
      el("h3", { text: "Does it know where a patch was?" }), this.words, this.body);
  }

  /** `similarity` may be absent; `hasEmbedding` then tells why. */
  draw(similarity, { rows, columns }, hasEmbedding) {
    this.body.hidden = !similarity;
    setText(this.words, similarity
      ? "Each small map compares one patch's positional embedding with all others (cosine): green alike, pale unrelated, "
        + "purple opposite. Neighbours that are alike: the network knows where a patch was."
      : hasEmbedding ? TOO_MANY : ABSENT);
    this.similarity = similarity;
    if (!similarity) return;
    this.grid = { rows, columns, width: 1 / columns, height: 1 / rows };
    this.chosen = Math.min(this.chosen ?? Math.floor(rows / 2) * columns + Math.floor(columns / 2), rows * columns - 1);
    if (this.read >= rows * columns) this.read = null;
    for (const board of [this.all, this.one]) board.setGrid(this.grid);
    this.drawAll();
    this.show();
  }

  drawAll() {
    const { rows, columns } = this.grid;
    const { data } = this.similarity;
    const N = rows * columns;
    const [height, width] = [rows * (rows + GAP), columns * (columns + GAP)];
    const { canvas } = this.all;
    if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
    const context = canvas.getContext("2d");
    const picture = context.createImageData(width, height);
    for (let i = 0; i < N; i++) {
      const [top, left] = [Math.floor(i / columns) * (rows + GAP), (i % columns) * (columns + GAP)];
      for (let j = 0; j < N; j++) {
        const at = 4 * ((top + Math.floor(j / columns)) * width + left + (j % columns));
        for (let c = 0; c < 3; c++) picture.data[at + c] = this.table[3 * data[i * N + j] + c];
        picture.data[at + 3] = 255;
      }
    }
    context.putImageData(picture, 0, 0);
  }

  show() {
    const { grid, read } = this;
    const { data } = this.similarity;
    const N = grid.rows * grid.columns;
    const patch = this.pointed ?? this.chosen;
    const name = patchName(patch, grid);
    paint(this.one.canvas, data, patch * N, grid.rows, grid.columns, 1, this.table);
    this.all.show(patch);
    setText(this.name, `Of ${name}`);
    const value = read === null ? null : (data[patch * N + read] - 127) / 127;
    this.one.show(read, read === null ? "none" : `${patchName(read, grid)}: ${num(value, 2)}`);
    setText(this.reading, read === null ? "Point at it for a number." : `${name} and ${patchName(read, grid)}: ${num(value, 2)}`);
    Object.assign(this.node.dataset, { patch, value: value ?? "" });
  }

  setTheme(theme) {
    this.table = signedTable(theme);
    if (!this.similarity) return;
    this.drawAll();
    this.show();
  }
}
