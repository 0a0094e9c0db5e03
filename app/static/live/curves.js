// Curves of a run, drawn by Plotly on nodes that are kept, so that zoom and hidden series survive.

const version = new URL(import.meta.url).search;
const { el, num, toggle } = await import(`./dom.js${version}`);
const { drawPlot, loadPlotly } = await import(`./plotly.js${version}`);
const { joined, smoothed, logTicks, curveLayout, curveAxis, CONFIG } = await import(`./curve_lines.js${version}`);
const { Zoom } = await import(`./curve_zoom.js${version}`);

const LAPSE = 220;     // ms between two drawings at least
const TABS = ["Loss and accuracy", "Gradient norm", "Learning rate", "Saturation"];
const AXES = ["Loss", "Gradient norm", "Value", "Share of flat activations"];
const SATURATION = 3;  // a tab for runs that record it
const SPLIT_STYLE = {
  train: { name: "Training", dash: "solid", width: 2.4 },
  val: { name: "Validation", dash: "dot", width: 2.4 },
  test: { name: "Test", dash: "dash", width: 2 },
  train_now: { name: "Training, after the epoch", dash: "solid", width: 2.4, color: 0 },
  batch: { name: "Batches", dash: "solid", width: 1, color: 5 },
};
// Curves that lie on top of one another are told apart by dash and by falling width.
const OTHER_DASH = ["solid", "dash", "dot", "dashdot", "longdash", "longdashdot"];
const OTHER_WIDTH = [6, 4, 3, 2.4, 2, 2];

// In linked views a double click must show all, not what another view had zoomed to.
const LINKED_CONFIG = { ...CONFIG, doubleClick: "autosize" };

export class Curves {
  /** `told(look)`: what linked views should follow, {tab, log, smooth} or {tab, zoom}. */
  constructor(theme, told = () => {}) {
    this.theme = theme;
    this.told = told;
    this.zoom = new Zoom();   // used where this view is linked to others
    this.smooth = 0;
    this.log = false;
    this.tab = 0;
    this.cut = Infinity;      // rows after this step are not drawn (a recording under way)
    this.mark = null;         // epoch of the vertical line
    this.range = null;        // fixed end of the x axis
    this.build();
    this.clear();
  }

  build() {
    this.tabs = TABS.map((text, i) => el("button", {
      type: "button", role: "tab", class: "rl-tab", text, "aria-selected": i === 0, tabindex: i === 0 ? 0 : -1,
      on: { click: () => { this.select(i); this.tell(); }, keydown: (event) => this.tabKey(event, i) },
    }));
    this.plots = TABS.map((text, i) => el("div", { class: "rl-plot", role: "tabpanel", "aria-label": text, hidden: i !== 0 }));
    this.wait = el("p", { class: "rl-plot-wait" });
    const log = this.logToggle = toggle("Log scale for loss", false, (on) => { this.log = on; this.redraw(); this.tell(); });
    this.amount = el("output", { class: "rl-amount", text: "0" });
    const slider = this.slider = el("input", { type: "range", min: 0, max: 0.99, step: 0.01, value: 0, "aria-label": "Smoothing",
      on: { input: () => { this.setSmooth(Number(slider.value)); this.tell(); } } });
    this.node = el("section", { class: "rl-card rl-curves", "aria-label": "Curves" },
      el("div", { class: "rl-tabs", role: "tablist", "aria-label": "Curves" }, this.tabs),
      el("div", { class: "rl-plots" }, this.plots, this.wait),
      el("div", { class: "rl-row" }, log.node,
        el("label", { class: "rl-slider", title: "Moving average: 0 draws the values as they are" },
          el("span", { text: "Smoothing" }), slider, this.amount)));
  }

  clear() {
    this.rows = {};
    this.count = 0;
    this.mark = null;
    this.range = null;
    this.cut = Infinity;
    this.run = (this.run || 0) + 1;
    this.offer();
    this.placeholder("The curves appear here once training starts.");
    for (const plot of this.plots) {
      if (plot.data) window.Plotly.purge(plot);
      plot.replaceChildren();
    }
  }

  placeholder(text) {
    this.wait.textContent = text;
    this.wait.hidden = !text;
  }

  /** Takes rows in from index `first` on. */
  add({ first, columns }) {
    if (!columns.step?.length && first >= this.count) return;
    Object.assign(this, joined(this.rows, this.count, { first, columns }));
    this.offer();
    this.redraw();
  }

  /** Shows the tab of saturation where there is any. */
  offer() {
    this.tabs[SATURATION].hidden = !("saturation_1" in this.rows);
    if (this.tabs[this.tab].hidden) this.select(0);
  }

  latest(name, step = Infinity) {
    const values = this.rows[name];
    if (!values) return null;
    for (let i = values.length - 1; i >= 0; i--) {
      if (values[i] !== null && this.rows.step[i] <= step) return values[i];
    }
    return null;
  }

  /** `cut`, `mark` and `range` in one go; redraws where one has changed. */
  moment(cut, mark, range) {
    if (cut === this.cut && mark === this.mark && range === this.range) return;
    Object.assign(this, { cut, mark, range });
    this.redraw();
  }

  setTheme(theme) {
    this.theme = theme;
    this.redraw();
  }

  select(index) {
    this.tab = index;
    this.tabs.forEach((tab, i) => { tab.setAttribute("aria-selected", i === index); tab.tabIndex = i === index ? 0 : -1; });
    this.plots.forEach((plot, i) => { plot.hidden = i !== index; });
    this.logToggle.node.hidden = index !== 0;
    this.redraw();
  }

  tabKey(event, index) {
    const move = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!move) return;
    event.preventDefault();
    const shown = this.tabs.filter((tab) => !tab.hidden);
    const next = shown.at((shown.indexOf(this.tabs[index]) + move) % shown.length);
    this.select(this.tabs.indexOf(next));
    this.tell();
    next.focus();
  }

  setSmooth(value) {
    this.smooth = value;
    this.slider.value = value;
    this.amount.textContent = num(value);
    this.redraw();
  }

  // Linked views: how the curves are drawn, and which stretch of the axes.

  tell() {
    this.told({ tab: this.tab, log: this.log, smooth: this.smooth });
  }

  /** Takes over what a linked view says of itself. */
  follow({ tab, log, smooth, zoom }) {
    if (log !== undefined) {
      this.log = this.logToggle.input.checked = log;
      this.setSmooth(smooth);
    }
    if (zoom) this.zoom.take(tab, zoom);
    if (tab !== this.tab && !this.tabs[tab].hidden) this.select(tab);
    this.redraw();
  }

  zoomed(event) {
    const zoom = this.isLinked ? this.zoom.heard(this.tab, event) : null;
    if (zoom) this.told({ tab: this.tab, zoom });
  }

  /** Called once the first map picture is on screen: Plotly must not hold it up. */
  async start() {
    if (this.started) return;
    this.started = true;
    try {
      this.plotly = await loadPlotly();
      this.redraw();
    } catch (error) {
      this.started = false;
      this.placeholder("The curves could not be loaded. Reload the page to try again.");
    }
  }

  redraw() {
    if (!this.plotly || this.timer || this.dead) return;
    // On a slow machine less often: the curves may take a fifth of the time, the map needs the rest.
    const lapse = Math.max(LAPSE, 5 * (this.cost ?? 0));
    const wait = Math.max(0, lapse - (performance.now() - (this.drawn ?? -lapse)));
    this.timer = setTimeout(() => { this.timer = null; this.draw(); }, wait);
  }

  draw() {
    const plot = this.plots[this.tab];
    const width = Math.floor(plot.clientWidth);
    if (this.count === 0 || width === 0) return;
    this.drawn = performance.now();
    const traces = [() => this.lossTraces(), () => this.layerTraces("grad_norm", "%{y:.3~g}"), () => this.otherTraces(),
      () => this.layerTraces("saturation", "%{y:.1%}")][this.tab]();
    if (traces.length === 0) {
      this.placeholder("This run has not recorded any such value.");
      if (plot.data) { this.plotly.purge(plot); plot.replaceChildren(); }
      return;
    }
    this.placeholder("");
    const height = plot.clientHeight;
    const isFirst = !plot.data;
    const layout = this.zoom.applied(this.tab, this.layout(width, height, traces));
    drawPlot(plot, traces, layout, this.isLinked ? LINKED_CONFIG : CONFIG);
    if (isFirst) plot.on("plotly_relayout", (event) => this.zoomed(event));
    if (!isFirst) this.cost = performance.now() - this.drawn;
    plot.setAttribute("aria-label", `${TABS[this.tab]}. ${this.words()}`);
  }

  words() {
    const known = this.tab === 0 ? this.names() : [];
    const parts = known.flatMap((name) => ["loss", "accuracy"].map((kind) => {
      const value = this.latest(`${name}_${kind}`, this.cut);
      if (value === null) return null;
      return `${this.title(name)} ${kind} ${kind === "loss" ? num(value) : `${num(100 * value)} %`}`;
    })).filter(Boolean);
    return parts.length ? `Latest: ${parts.join(", ")}.` : "";
  }

  names() {
    const found = Object.keys(this.rows).map((key) => key.match(/^(.+)_(loss|accuracy)$/)?.[1]).filter(Boolean);
    const order = ["batch", "train", "train_now", "val", "test"];
    const rank = (name) => (order.includes(name) ? order.indexOf(name) : order.length);
    return [...new Set(found)].sort((a, b) => rank(a) - rank(b));
  }

  /** Where both are drawn, what was met during the epoch is told from what the network knows after it. */
  title(name) {
    return name === "train" && this.rows.train_now_loss ? "Training, during the epoch" : title(name);
  }

  style(name, index) {
    const known = SPLIT_STYLE[name];
    if (known) return { color: this.theme[name] ?? this.theme.others[known.color], dash: known.dash, width: known.width };
    const i = index % OTHER_DASH.length;
    return { color: this.theme.others[i], dash: OTHER_DASH[i], width: OTHER_WIDTH[i] };
  }

  lossTraces() {
    const traces = [];
    let others = 0;
    for (const name of this.names()) {
      const style = this.style(name, SPLIT_STYLE[name] ? 0 : others++);
      for (const kind of ["loss", "accuracy"]) {
        if (!this.rows[`${name}_${kind}`]) continue;
        const hasLegend = kind === "loss" || !this.rows[`${name}_loss`];
        traces.push(...this.line(`${name}_${kind}`, this.title(name), style, {
          legendgroup: name, showlegend: hasLegend, yaxis: kind === "loss" ? "y" : "y2",
          hovertemplate: kind === "loss" ? "loss %{y:.4~g}" : "accuracy %{y:.1%}",
        }));
      }
    }
    return traces;
  }

  /** A curve for each layer K of the columns PREFIX_K. */
  layerTraces(prefix, hovertemplate) {
    const number = (key) => Number(key.slice(prefix.length + 1));
    const keys = Object.keys(this.rows).filter((key) => key.startsWith(`${prefix}_`)).sort((a, b) => number(a) - number(b));
    return keys.flatMap((key, i) => this.line(key, `Layer ${number(key)}`,
      { color: this.theme.others[i % 6], dash: OTHER_DASH[i % 6], width: 2 }, { hovertemplate }));
  }

  otherTraces() {
    const known = /^(step|epoch|.+_(loss|accuracy)|(grad_norm|saturation)_\d+)$/;
    return Object.keys(this.rows).filter((key) => !known.test(key)).flatMap((key, i) => this.line(key, title(key),
      { color: this.theme.others[(i + 1) % 6], dash: OTHER_DASH[i % 6], width: 2.2 }, { hovertemplate: "%{y:.4~g}" }));
  }

  // One curve; while smoothing is on, its raw values stay visible underneath.
  line(key, name, line, more) {
    const x = [];
    const y = [];
    const values = this.rows[key];
    for (let i = 0; i < this.count; i++) {
      if (values[i] === null || this.rows.step[i] > this.cut) continue;
      x.push(this.rows.epoch[i]);
      y.push(values[i]);
    }
    const base = { type: "scatter", mode: x.length === 1 ? "markers" : "lines", x, name, line,
      marker: { color: line.color, size: 7 }, ...more };
    const drawn = { ...base, uid: key, y: this.smooth > 0 ? smoothed(y, this.smooth) : y };
    // Present even without smoothing, so that the number of traces never changes.
    const raw = { ...base, uid: `${key}-raw`, y, line: { ...line, width: 1, dash: "solid" }, opacity: 0.3,
      showlegend: false, hoverinfo: "skip", hovertemplate: null, mode: "lines" };
    if (this.smooth === 0) raw.x = raw.y = [];
    return [raw, drawn];
  }

  layout(width, height, traces) {
    const { theme } = this;
    const axis = curveAxis(theme);
    const two = this.tab === 0 && traces.some((t) => t.yaxis === "y2") && traces.some((t) => t.yaxis === "y");
    const hasLog = this.tab === 1 || (this.tab === 0 && this.log);
    return {
      ...curveLayout(theme, width, height),
      uirevision: `${this.run}`, hoversubplots: "axis",
      xaxis: { ...axis, title: { ...axis.title, text: "Epoch" }, unifiedhovertitle: { text: "<b>Epoch %{x}</b>" }, anchor: two ? "y2" : "y", hoverformat: ".2~f",
        ...(this.range ? { range: [0, this.range] } : { rangemode: "tozero" }) },
      yaxis: { ...axis, title: { ...axis.title, text: AXES[this.tab] }, type: hasLog ? "log" : "linear",
        uirevision: `${this.run}-${hasLog}`, domain: two ? [0.53, 1] : [0, 1], nticks: 6,
        exponentformat: "power", ...(this.tab === SATURATION ? { range: [-0.02, 1.02], tickformat: ".0%" } : {}), ...(hasLog ? logTicks(traces) : {}) },
      ...(this.tab === 0 ? { yaxis2: { ...axis, title: { ...axis.title, text: "Accuracy" }, tickformat: ".0%",
        domain: two ? [0, 0.45] : [0, 1], anchor: "x", nticks: 5 } } : {}),
      shapes: this.mark === null ? [] : [{ type: "line", xref: "x", yref: "paper", x0: this.mark, x1: this.mark,
        y0: 0, y1: 1, line: { color: theme.line, width: 1.6, dash: "dash" } }],
    };
  }

  destroy() {
    this.dead = true;
    clearTimeout(this.timer);
    for (const plot of this.plots) if (plot.data) window.Plotly.purge(plot);
  }
}

function title(name) {
  const known = SPLIT_STYLE[name]?.name;
  const words = name.replaceAll("_", " ");
  return known ?? words[0].toUpperCase() + words.slice(1);
}
