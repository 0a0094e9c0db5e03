// The sweep view: cells that fill as runs end, their legend, and all cells as a table.

const version = new URL(import.meta.url).search;
const load = (name) => import(`./${name}.js${version}`);
const [{ el, setText }, { readTheme }, { SweepCells }, { SweepTable }, { heatStops }] =
  await Promise.all(["dom", "theme", "sweep_cells", "sweep_table", "sweep_colors"].map(load));

export class SweepView {
  constructor(parent) {
    this.title = el("h3");
    this.cells = new SweepCells((key) => this.pick(key));
    this.low = el("span");
    this.high = el("span");
    this.colors = el("span", { class: "rl-colorbar rl-sweep-scale" }, this.low,
      el("span", { class: "rl-gradient", style: `background: linear-gradient(to right, ${heatStops().join(", ")})` }), this.high);
    this.legend = el("div", { class: "rl-row rl-sweep-legend" }, this.colors,
      mark("rl-sweep-some", "✕ 1 of 3", "some runs diverged: left out of the mean"),
      mark("rl-sweep-all", "✕", "every run diverged"),
      mark("rl-sweep-waiting", "", "nothing has ended yet"));
    this.table = new SweepTable((key) => this.pick(key));
    this.root = el("div", { class: "rdfia-live rdfia-sweep" }, el("div", { class: "rl-probe", "aria-hidden": "true" }),
      el("section", { class: "rl-card", "aria-label": "Heat map of the sweep" }, this.title, this.cells.node, this.legend),
      this.table.node);
    parent.append(this.root);
    this.clock = setInterval(() => this.checkTheme(), 1000);
    this.checkTheme();
  }

  /** Called at each change of `data` (docs/live.md). */
  update(component) {
    const data = component.data ?? {};
    const key = JSON.stringify(data);
    if (key === this.key) return;   // a poll that brought nothing new draws nothing
    this.key = key;
    setText(this.title, data.title ?? "");
    this.colors.hidden = !data.scale;
    setText(this.low, data.scale?.low ?? "");
    setText(this.high, data.scale?.high ?? "");
    this.cells.update(data);
    this.table.update(data.table, data.chosen);
    this.root.dataset.filled = String((data.cells ?? []).filter((cell) => cell.tone !== null).length);
    this.root.dataset.draws = String(Number(this.root.dataset.draws ?? 0) + 1);
  }

  pick(cell) {
    this.outbox.post({ type: "pick", cell });
  }

  checkTheme() {
    this.root.dataset.theme = readTheme(this.root).dark ? "dark" : "light";
  }

  destroy() {
    clearInterval(this.clock);
    this.root.remove();
  }
}

function mark(cls, text, words) {
  return el("span", { class: "rl-key" }, el("span", { class: `rl-sweep-mark ${cls}`, text, "aria-hidden": "true" }), el("span", { text: words }));
}
