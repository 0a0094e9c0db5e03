// A Plotly figure on a node that is kept: updates do not flicker, zoom survives them, a click is told.

const version = new URL(import.meta.url).search;
const load = (name) => import(`./${name}.js${version}`);
const [{ el, setText }, { readTheme }, { drawPlot, loadPlotly }] = await Promise.all(["dom", "theme", "plotly"].map(load));

const HEIGHT = 360;
const NARROW = 520;
const CONFIG = { displaylogo: false, responsive: false,
  modeBarButtonsToRemove: ["select2d", "lasso2d", "autoScale2d"] };

export class FigureView {
  constructor(parent) {
    this.plot = el("div", { class: "rl-figure" });
    this.wait = el("div", { class: "rl-plot-wait", text: "Loading the figure" });
    this.root = el("div", { class: "rdfia-live" }, el("div", { class: "rl-probe", "aria-hidden": "true" }),
      el("div", { class: "rl-figure-frame", role: "figure" }, this.plot, this.wait));
    parent.append(this.root);
    this.frame = this.root.querySelector(".rl-figure-frame");
    this.theme = readTheme(this.root);
    this.sizes = new ResizeObserver(() => this.draw());
    this.sizes.observe(this.root);
    this.clock = setInterval(() => this.checkTheme(), 1000);
  }

  /** Called at each change of `data` (docs/live.md). */
  async update(component) {
    const text = JSON.stringify(component.data ?? {});
    if (text === this.text) return;   // drawn anew beside something else: the figure is the same
    this.text = text;
    this.data = component.data ?? {};
    this.frame.setAttribute("aria-label", this.data.alt ?? "Figure");
    if (!this.plotly) this.frame.style.height = `${this.data.figure?.layout?.height ?? HEIGHT}px`;
    this.frame.dataset.clickable = String(Boolean(this.data.clickable));
    try {
      this.plotly ??= await loadPlotly();
    } catch (error) {
      setText(this.wait, "The figure cannot be drawn: its script could not be loaded. Reload the page.");
      return;
    }
    this.draw();
  }

  draw() {
    const { figure } = this.data ?? {};
    const width = this.root.clientWidth;
    if (!this.plotly || !figure || !width || this.gone) return;
    this.wait.hidden = true;
    const layout = this.layout(figure.layout ?? {}, width);
    const narrow = width < NARROW;
    if (narrow && !layout.scene) legendBelow(layout, figure.data ?? []);
    this.frame.style.height = `${layout.height}px`;
    drawPlot(this.plot, figure.data ?? [], layout, { ...CONFIG, displayModeBar: narrow ? false : "hover" });
    this.root.dataset.drawn = String((figure.data ?? []).reduce((sum, trace) => sum + (trace.x?.length ?? 0), 0));
    if (this.listens) return;
    this.listens = true;
    this.plot.on("plotly_click", (event) => this.picked(event.points[0]));
  }

  layout(own, width) {
    const { theme } = this;
    const text = `rgb(${theme.text})`;
    const axis = { gridcolor: theme.grid, linecolor: theme.grid, zeroline: false, tickfont: { size: 11 },
      title: { font: { size: 12 }, standoff: 6 } };
    const space = { gridcolor: theme.grid, color: text, backgroundcolor: "rgba(0,0,0,0)", zerolinecolor: theme.grid };
    const merged = {
      paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)", height: HEIGHT,
      font: { family: theme.font, color: text, size: 12 },
      margin: { l: 56, r: 14, t: 14, b: 46 },
      legend: { orientation: "h", y: 1.14, x: 0 },
      hoverlabel: { namelength: -1, bgcolor: `rgb(${theme.paper})`, bordercolor: theme.grid, font: { color: text } },
      modebar: { bgcolor: "rgba(0,0,0,0)", color: theme.muted, activecolor: text },
      uirevision: "kept", ...own, width,
    };
    for (const name of ["xaxis", "yaxis", "yaxis2", "yaxis3"]) if (own[name]) merged[name] = blend(axis, own[name]);
    if (own.scene) {
      merged.scene = { ...own.scene };
      for (const name of ["xaxis", "yaxis", "zaxis"]) merged.scene[name] = blend(space, own.scene[name]);
    }
    return merged;
  }

  picked(point) {
    if (!this.data.clickable || !point) return;
    this.outbox.post({ type: "pick", x: point.x, y: point.y });
  }

  checkTheme() {
    const theme = readTheme(this.root);
    if (theme.key === this.theme.key) return;
    this.theme = theme;
    this.draw();
  }

  destroy() {
    this.gone = true;
    clearInterval(this.clock);
    this.sizes.disconnect();
    this.plotly?.purge(this.plot);
    this.root.remove();
  }
}

/** Puts the legend of a narrow figure under its plot, which keeps its height. */
function legendBelow(layout, traces) {
  const rows = Math.ceil(traces.filter((trace) => trace.name).length / 2);
  if (rows === 0) return;
  const { t, b } = layout.margin;
  const plot = layout.height - t - b;
  layout.margin = { ...layout.margin, t: 14, b: b + 24 * rows };
  layout.height = 14 + plot + layout.margin.b;
  layout.legend = { orientation: "h", x: 0, yanchor: "top", y: -b / plot };
}

/** `own` over `base`, where titles are merged too. */
function blend(base, own = {}) {
  return { ...base, ...own, title: { ...base.title, ...own.title } };
}
