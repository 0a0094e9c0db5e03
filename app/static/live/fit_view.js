// The fit view: one map or several of the same points, with one legend and one set of switches.

const version = new URL(import.meta.url).search;
const load = (name) => import(`./${name}.js${version}`);
const [{ el, toggle }, { readTheme }, { FitMap }, { PointEditor }, { legend }, { supportLegend }] =
  await Promise.all(["dom", "theme", "fit_map", "edit", "points", "marks"].map(load));

const SWITCHES = [
  ["margin", "Margin lines", true, "Where the decision value is −1 and +1"],
  ["support", "Support vectors", true, "Ring the free ones, frame the bounded ones; the larger α, the larger the mark"],
  ["test", "Test points", false, "Show the points that the machine never sees"],
  ["hard", "Hard regions", false, "Colour each place by its winning class, however narrow the win"],
];

export class FitView {
  constructor(parent) {
    this.root = el("div", { class: "rdfia-live rdfia-fit" }, el("div", { class: "rl-probe", "aria-hidden": "true" }));
    parent.append(this.root);
    this.theme = readTheme(this.root);
    this.options = Object.fromEntries(SWITCHES.map(([name, , on]) => [name, on]));
    this.maps = [];
    this.grid = el("div", { class: "rl-fit-grid" });
    this.legend = el("div", { class: "rl-legend" });
    this.switches = SWITCHES.map(([name, text, on, title]) => {
      const made = toggle(text, on, (value) => this.setOption(name, value));
      made.node.title = title;
      return [name, made.node];
    });
    this.root.append(this.grid, this.legend, el("div", { class: "rl-row rl-toggles" }, this.switches.map(([, node]) => node)));
    this.sizes = new ResizeObserver(() => this.resize());
    this.sizes.observe(this.grid);
    this.clock = setInterval(() => this.checkTheme(), 1000);
    this.markTheme();
  }

  /** Called at each change of `data` (docs/live.md). */
  update(component) {
    const data = (this.data = component.data ?? {});
    const items = data.maps ?? [];
    while (this.maps.length > items.length) this.maps.pop().destroy();
    while (this.maps.length < items.length) this.addMap();
    this.root.dataset.maps = String(items.length);
    this.isMachine = !data.plain;
    this.setPoints(data.points, Boolean(data.editable));
    this.maps.forEach((map, i) => map.update(items[i]));
    this.checkTheme();
    this.resize();
  }

  addMap() {
    const map = new FitMap(this.theme, this.options);
    map.setOption("test", this.options.test);
    map.setOption("hard", this.options.hard);
    if (this.points) map.setPoints(this.points, this.points.extent);
    if (this.maps.length === 0) {
      this.editor = new PointEditor(map.map, (value) => this.send(value), (points) => this.edited(points));
      this.grid.before(this.editor.node);
    }
    this.maps.push(map);
    this.grid.append(map.node);
    this.sizes.observe(map.holder);
  }

  setPoints(points, editable) {
    this.editor?.setEnabled(editable);
    const key = JSON.stringify(points);
    if (!this.editor || key === this.key || !this.editor.receive(points)) return;
    this.key = key;
    this.points = points ?? { x: [], y: [], label: [], split: [] };
    for (const map of this.maps) map.setPoints(this.points, this.points.extent);
    this.drawLegend();
  }

  // The student's edit, before Python has heard of it.
  edited(points) {
    const shown = { ...points, extent: this.points?.extent, num_classes: Math.max(2, ...points.label.map((k) => k + 1)) };
    for (const map of this.maps) map.setPoints(shown, shown.extent);
  }

  send(value) {
    this.outbox.post({ type: "points", value });
  }

  setOption(name, value) {
    this.options[name] = value;
    for (const map of this.maps) map.setOption(name, value);
    if (name === "test") this.drawLegend();
  }

  drawLegend() {
    const { split = [], num_classes } = this.points ?? {};
    const shown = [...new Set(split)].filter((kind) => kind !== 2 || this.options.test);
    this.legend.replaceChildren(...legend({ num_classes, split: shown.length ? shown : [0] }, this.theme),
      ...(this.isMachine ? supportLegend(this.theme) : []));
    for (const [name, node] of this.switches) {
      node.hidden = name === "test" ? !split.includes(2) : ["margin", "support"].includes(name) && !this.isMachine;
    }
  }

  checkTheme() {
    const theme = readTheme(this.root);
    if (theme.key === this.theme.key) return;
    this.theme = theme;
    this.markTheme();
    for (const map of this.maps) map.map.setTheme(theme);
    this.drawLegend();
  }

  markTheme() {
    this.root.dataset.theme = this.theme.dark ? "dark" : "light";
    this.root.style.setProperty("--rl-on-accent", this.theme.onAccent);
  }

  resize() {
    for (const map of this.maps) map.resize();
  }

  destroy() {
    clearInterval(this.clock);
    this.sizes.disconnect();
    this.editor?.destroy();
    for (const map of this.maps) map.destroy();
    this.root.remove();
  }
}
