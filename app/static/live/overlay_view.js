// Curves of several runs in one figure: a colour a run, a dash a part of the data.

const version = new URL(import.meta.url).search;
const load = (name) => import(`./${name}.js${version}`);
const [{ el, num, setText, toggle }, { readTheme }, { drawPlot, loadPlotly }, { OverlayRun },
  { smoothed, logTicks, curveLayout, curveAxis, CONFIG }] =
  await Promise.all(["dom", "theme", "plotly", "overlay_runs", "curve_lines"].map(load));

const LAPSE = 250;       // ms between two drawings at least
const HEIGHT = 460;
const PARTS = { train: ["Training", "solid"], val: ["Validation", "dot"], test: ["Test", "dash"] };
const WORDS = { solid: "solid", dash: "dashed", dot: "dotted" };
const OVER = { epoch: "Epoch", step: "Update" };
// Okabe and Ito's colours and two of Tol's, which stay apart under colour blindness; paler in the dark.
const COLORS = {
  light: ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#b07d00", "#56a8d9", "#332288", "#882255", "#6b6b6b", "#44730b"],
  dark: ["#56b4e9", "#ff8a4c", "#2fd6a5", "#f2a5cb", "#f5c04a", "#b7e0ff", "#a79bff", "#e8709f", "#c9c9c9", "#b9e769"],
};

export class OverlayView {
  constructor(parent) {
    this.runs = [];
    this.state = { metric: "", over: "epoch", log: false, smooth: 0, hidden: new Set() };
    this.build(parent);
    this.theme = readTheme(this.root);
    this.sizes = new ResizeObserver(() => this.redraw());
    this.sizes.observe(this.root);
    this.clock = setInterval(() => this.checkTheme(), 1000);
  }

  build(parent) {
    const set = (change) => { Object.assign(this.state, change); this.redraw(); };
    this.metric = el("select", { "aria-label": "What is drawn", on: { change: () => set({ metric: this.metric.value }) } });
    this.over = el("select", { "aria-label": "Over", on: { change: () => set({ over: this.over.value }) } },
      Object.entries(OVER).map(([value, text]) => el("option", { value, text: `over ${text.toLowerCase()}s` })));
    this.parts = Object.fromEntries(Object.entries(PARTS).map(([part, [name, dash]]) => [part,
      toggle(`${name} (${WORDS[dash]})`, true, (on) => { this.state.hidden[on ? "delete" : "add"](part); this.redraw(); })]));
    this.amount = el("output", { class: "rl-amount", text: "0" });
    const slider = el("input", { type: "range", min: 0, max: 0.99, step: 0.01, value: 0, "aria-label": "Smoothing",
      on: { input: () => { setText(this.amount, num(Number(slider.value))); set({ smooth: Number(slider.value) }); } } });
    this.plot = el("div", { class: "rl-overlay-plot" });
    this.wait = el("p", { class: "rl-plot-wait", text: "Loading the curves" });
    this.frame = el("div", { class: "rl-figure-frame", role: "figure" }, this.plot, this.wait);
    this.line = el("p", { class: "rl-muted", role: "status" });
    this.root = el("div", { class: "rdfia-live rdfia-overlay" }, el("div", { class: "rl-probe", "aria-hidden": "true" }),
      el("div", { class: "rl-card" },
        el("div", { class: "rl-row" }, this.metric, this.over, Object.values(this.parts).map((part) => part.node),
          toggle("Log scale", false, (on) => set({ log: on })).node,
          el("label", { class: "rl-slider", title: "Moving average: 0 draws the values as they are" },
            el("span", { text: "Smoothing" }), slider, this.amount)),
        this.frame, this.line));
    parent.append(this.root);
  }

  /** Called at each change of `data` (docs/live.md). */
  async update(component) {
    const data = component.data ?? {};
    const key = JSON.stringify((data.runs ?? []).map(({ id }) => id));
    if (key !== this.key) this.open(key, data.runs ?? []);
    this.runs.forEach((run, i) => { run.name = data.runs[i].name; });
    if (this.noRoutes) for (const run of this.runs) run.takePacket(data.packets?.[run.id]);
    try {
      this.plotly ??= await loadPlotly();
    } catch (error) {
      setText(this.wait, "The curves could not be loaded. Reload the page to try again.");
      return;
    }
    this.redraw();
  }

  open(key, runs) {
    this.close();
    this.key = key;
    this.runs = runs.map((run, i) => new OverlayRun(run, i, () => this.redraw(), () => this.withoutRoutes()));
  }

  withoutRoutes() {
    if (this.noRoutes) return;
    this.noRoutes = true;
    this.outbox.post({ type: "route", ok: false });
  }

  redraw() {
    if (this.timer || this.gone) return;
    const wait = Math.max(0, Math.max(LAPSE, 5 * (this.cost ?? 0)) - (performance.now() - (this.drawn ?? -Infinity)));
    this.timer = setTimeout(() => { this.timer = null; this.draw(); }, wait);
  }

  draw() {
    const width = Math.floor(this.frame.clientWidth);
    if (!this.plotly || !width || this.gone) return;
    this.drawn = performance.now();
    this.offer();
    const traces = this.traces();
    Object.assign(this.root.dataset, { runs: this.runs.length, live: this.runs.filter((run) => run.isLive).length,
      points: this.runs.reduce((sum, run) => sum + run.count, 0), lines: traces.length });
    this.say();
    setText(this.wait, this.runs.length ? "The curves appear here once there are any." : "No run is chosen.");
    this.wait.hidden = traces.length > 0;
    const layout = this.layout(width, traces);
    this.frame.style.height = `${layout.height}px`;
    const isFirst = !this.plot.data;
    drawPlot(this.plot, traces, layout, CONFIG);
    if (!isFirst) this.cost = performance.now() - this.drawn;
  }

  /** Offers the metrics that any run has, those of the most runs first, and the parts of the chosen one. */
  offer() {
    const found = new Map();
    for (const { rows } of this.runs) for (const name of new Set(Object.keys(rows).map(metricOf))) {
      if (name) found.set(name, (found.get(name) ?? 0) + 1);
    }
    const rank = (name) => (name === "loss" ? 0 : name === "accuracy" ? 1 : 2);
    const names = [...found.keys()].sort((a, b) => rank(a) - rank(b) || found.get(b) - found.get(a) || a.localeCompare(b));
    if (names.length && !names.includes(this.state.metric)) [this.state.metric] = names;
    const key = names.join();
    if (key !== this.offered) {
      this.offered = key;
      this.metric.replaceChildren(...names.map((value) => el("option", { value, text: title(value) })));
    }
    this.metric.value = this.state.metric;
    this.metric.disabled = names.length < 2;
    for (const [part, { node }] of Object.entries(this.parts)) {
      node.hidden = !this.runs.some(({ rows }) => rows[`${part}_${this.state.metric}`]);
    }
  }

  say() {
    const live = this.runs.filter((run) => run.isLive).length;
    const missing = this.runs.filter((run) => run.state === "missing").length;
    const parts = [];
    if (live) parts.push(`${live} of ${this.runs.length} ${live === 1 ? "is" : "are"} still at work: the curves grow.`);
    if (missing) parts.push(`${missing} cannot be shown (any more).`);
    parts.push("Drag to zoom, double-click to zoom out, click a name to hide its curves.");
    setText(this.line, parts.join(" "));
  }

  traces() {
    const { metric, hidden } = this.state;
    const traces = [];
    for (const run of this.runs) {
      const keys = Object.keys(PARTS).filter((part) => !hidden.has(part)).map((part) => [`${part}_${metric}`, PARTS[part]]);
      const shown = [...keys, [metric, ["", "solid"]]].filter(([key]) => run.rows[key]);
      shown.forEach(([key, [part, dash]], i) => traces.push(this.trace(run, key, part, dash, i === 0)));
    }
    return traces;
  }

  trace(run, key, part, dash, hasLegend) {
    const { smooth, over } = this.state;
    const x = [];
    const y = [];
    run.rows[key].forEach((value, i) => { if (value !== null) { x.push(run.rows[over][i]); y.push(value); } });
    const color = COLORS[this.theme.dark ? "dark" : "light"][run.index % COLORS.light.length];
    // Smoothing replaces the values here: raw ones of ten runs beneath would hide all.
    return { type: "scatter", mode: x.length === 1 ? "markers" : "lines", uid: `${run.id}-${key}`, x,
      y: smooth > 0 ? smoothed(y, smooth) : y, name: plain(run.name), legendgroup: run.id, showlegend: hasLegend,
      line: { color, dash, width: 2.2 }, marker: { color, size: 7 },
      hovertemplate: `%{fullData.name}${part ? `, ${part.toLowerCase()}` : ""}: <b>%{y:${this.isShare ? ".1%" : ".4~g"}}</b><extra></extra>` };
  }

  get isShare() {
    return this.state.metric === "accuracy" || this.state.metric.startsWith("saturation");
  }

  layout(width, traces) {
    const { metric, over, log } = this.state;
    const axis = curveAxis(this.theme);
    // The legend stands below, a row a run: names of what differs are long.
    const rows = this.runs.length;
    const below = 22 * rows + 16;
    return { ...curveLayout(this.theme, width, HEIGHT + below), uirevision: `${this.key}-${metric}-${over}`,
      margin: { l: 58, r: 12, t: 26, b: 48 + below }, hoverlabel: { ...curveLayout(this.theme).hoverlabel, namelength: -1 },
      legend: { orientation: "v", x: 0, xanchor: "left", y: -52 / (HEIGHT - 74), yanchor: "top", bgcolor: "rgba(0,0,0,0)" },
      xaxis: { ...axis, title: { ...axis.title, text: OVER[over] }, rangemode: "tozero",
        unifiedhovertitle: { text: `<b>${OVER[over]} %{x}</b>` } },
      yaxis: { ...axis, title: { ...axis.title, text: title(metric) }, type: log ? "log" : "linear",
        uirevision: `${this.key}-${metric}-${log}`, tickformat: this.isShare ? ".0%" : "", ...(log ? logTicks(traces) : {}) } };
  }

  checkTheme() {
    const theme = readTheme(this.root);
    if (theme.key === this.theme.key) return;
    this.theme = theme;
    this.redraw();
  }

  close() {
    for (const run of this.runs) run.stop();
    this.runs = [];
  }

  destroy() {
    this.gone = true;
    this.close();
    clearTimeout(this.timer);
    clearInterval(this.clock);
    this.sizes.disconnect();
    this.plotly?.purge(this.plot);
    this.root.remove();
  }
}

/** The metric that a column belongs to: test_loss to loss, learning_rate to itself; "" for none. */
function metricOf(column) {
  if (column === "step" || column === "epoch") return "";
  return column.match(/^(?:train|val|test)_(loss|accuracy)$/)?.[1] ?? column;
}

function title(name) {
  const words = name.replace(/^grad_norm_(\d+)$/, "gradient norm, layer $1").replaceAll("_", " ");
  return words ? words[0].toUpperCase() + words.slice(1) : "";
}

/** A name as Plotly shows it: its pseudo-HTML would make markup, and links, of what somebody has written. */
function plain(text) {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
