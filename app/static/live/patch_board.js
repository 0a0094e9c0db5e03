// A picture that is cut into patches, one of which can be chosen.

const version = new URL(import.meta.url).search;
const [{ el, setAttr }, { tile }, { patchName }] =
  await Promise.all(["dom", "pixels", "attention_data"].map((name) => import(`./${name}.js${version}`)));

const ARROWS = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };

/** Lines where the patches meet, laid over a picture. */
export class PatchLines {
  constructor() {
    this.node = el("div", { class: "rl-patch-lines", "aria-hidden": "true" });
  }

  /** `grid`: see imageGrid. */
  set(grid) {
    for (const name of ["rows", "columns", "width", "height"]) this.node.style.setProperty(`--${name}`, grid[name]);
  }
}

/** A canvas whose patches are pointed at (mouse), or chosen (click, tap, arrow keys). */
export class PatchBoard {
  /** `onLook(patch | null)` while the mouse is over one, `onPick(patch)` when one is chosen; `props` of the node. */
  constructor(name, { onLook = () => {}, onPick }, props = {}) {
    this.onLook = onLook;
    this.onPick = onPick;
    this.isActive = true;
    this.canvas = tile({ "aria-hidden": "true" });
    this.lines = new PatchLines();
    this.mark = el("div", { class: "rl-patch-mark", hidden: true, "aria-hidden": "true" });
    this.node = el("div", { class: "rl-patch-board", role: "slider", tabindex: 0, "aria-label": name, "aria-valuemin": 1, ...props,
      on: {
        pointermove: (event) => event.pointerType === "mouse" && this.look(this.patchAt(event)),
        pointerleave: () => this.look(null),
        click: (event) => this.pick(this.patchAt(event)),
        keydown: (event) => this.key(event),
      } }, this.canvas, this.lines.node, this.mark);
  }

  setGrid(grid) {
    this.grid = grid;
    for (const name of ["width", "height"]) this.node.style.setProperty(`--${name}`, grid[name]);
    this.lines.set(grid);
    setAttr(this.node, "aria-valuemax", grid.rows * grid.columns);
  }

  /** Without it the picture is only looked at. */
  setActive(isActive) {
    this.isActive = isActive;
    setAttr(this.node, "aria-disabled", isActive ? null : "true");
    setAttr(this.node, "tabindex", isActive ? 0 : null);
  }

  /** Outlines a patch (null: none) and says `words` of it to those who do not see it. */
  show(patch, words = patch === null ? "none" : patchName(patch, this.grid)) {
    this.patch = patch;
    this.mark.hidden = patch === null;
    setAttr(this.node, "aria-valuenow", (patch ?? 0) + 1);
    setAttr(this.node, "aria-valuetext", words);
    if (patch === null) return;
    this.mark.style.setProperty("--row", Math.floor(patch / this.grid.columns));
    this.mark.style.setProperty("--column", patch % this.grid.columns);
  }

  patchAt(event) {
    const { left, top, width, height } = this.canvas.getBoundingClientRect();
    const row = Math.floor((event.clientY - top) / (height * this.grid.height));
    const column = Math.floor((event.clientX - left) / (width * this.grid.width));
    const isInside = Math.min(row, column) >= 0 && row < this.grid.rows && column < this.grid.columns;
    return isInside ? row * this.grid.columns + column : null;
  }

  look(patch) {
    if (!this.isActive || patch === this.looked) return;
    this.looked = patch;
    this.onLook(patch);
  }

  pick(patch) {
    if (this.isActive && patch !== null) this.onPick(patch);
  }

  key(event) {
    if (!this.isActive || !(event.key in ARROWS) || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    const { rows, columns } = this.grid;
    if (this.patch === null) {
      this.pick(0);
      return;
    }
    const [down, right] = ARROWS[event.key];
    const row = Math.floor(this.patch / columns) + down;
    const column = (this.patch % columns) + right;
    if (Math.min(row, column) >= 0 && row < rows && column < columns) this.pick(row * columns + column);
  }
}
