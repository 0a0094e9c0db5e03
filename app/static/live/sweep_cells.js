// The cells of a sweep: a grid of two axes, or tiles along one. Nodes are kept while they fill.

const version = new URL(import.meta.url).search;
const load = (name) => import(`./${name}.js${version}`);
const [{ el, setAttr, setText }, { heat }] = await Promise.all(["dom", "sweep_colors"].map(load));

export class SweepCells {
  /** `pick(key)` is called when a cell is pressed. */
  constructor(pick) {
    this.pick = pick;
    this.grid = el("div", { class: "rl-sweep-grid" });
    this.scroll = el("div", { class: "rl-sweep-scroll" }, this.grid);
    this.across = el("p", { class: "rl-sweep-axis" });
    this.upwards = el("p", { class: "rl-sweep-axis" });
    this.node = el("div", {}, this.upwards, this.scroll, this.across);
    this.buttons = new Map();
  }

  update({ rows, columns, cells = [], chosen }) {
    const shape = JSON.stringify([rows, columns, cells.map((cell) => cell.key)]);
    if (shape !== this.shape) this.build(rows, columns, cells);
    this.shape = shape;
    for (const cell of cells) this.fill(this.buttons.get(cell.key), cell, cell.key === chosen);
  }

  build(rows, columns, cells) {
    this.buttons = new Map(cells.map((cell) => [cell.key, this.button(cell, rows === null)]));
    setText(this.upwards, rows ? `${rows.label} ↓` : "");
    setText(this.across, rows ? `${columns.label} →` : "");
    this.upwards.hidden = this.across.hidden = !rows;
    this.grid.classList.toggle("rl-sweep-tiles", !rows);
    this.grid.style.setProperty("--columns", rows ? columns.values.length : 1);
    const all = [...this.buttons.values()].map(({ node }) => node);
    if (!rows) { this.grid.replaceChildren(...all); return; }
    const head = (text, cls = "") => el("div", { class: `rl-sweep-head ${cls}`, text });
    this.grid.replaceChildren(
      ...rows.values.flatMap((text, row) => [head(text, "rl-sweep-row"),
        ...all.slice(row * columns.values.length, (row + 1) * columns.values.length)]),
      head("", "rl-sweep-row"), ...columns.values.map((text) => head(text)));
  }

  button({ key, place }, named) {
    const parts = {
      place: named ? el("span", { class: "rl-sweep-place", text: place }) : null,
      text: el("span", { class: "rl-sweep-text" }),
      spread: el("span", { class: "rl-sweep-spread" }),
      note: el("span", { class: "rl-sweep-note" }),
      done: el("span", { class: "rl-sweep-done" }),
    };
    const node = el("button", { type: "button", class: "rl-sweep-cell", "data-cell": key, on: { click: () => this.pick(key) } },
      Object.values(parts));
    return { node, ...parts };
  }

  fill({ node, text, spread, note, done }, cell, isChosen) {
    setText(text, cell.text);
    setText(spread, cell.spread);
    setText(note, cell.note);
    setAttr(node, "aria-label", cell.words);
    setAttr(node, "title", cell.words);
    setAttr(node, "aria-pressed", String(isChosen));
    setAttr(node, "data-diverged", cell.diverged);
    setAttr(node, "data-filled", String(cell.tone !== null));
    const { paper, ink } = cell.tone === null ? { paper: "", ink: "" } : heat(cell.tone);
    node.style.setProperty("--paper", paper);
    node.style.setProperty("--ink", ink);
    done.hidden = cell.share >= 1;
    done.style.setProperty("--share", cell.share.toFixed(3));
  }
}
