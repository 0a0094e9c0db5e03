// The network as a diagram: a column a layer, every node a small picture of what it answers over
// the plane, every line a weight.

const version = new URL(import.meta.url).search;
const { el, svg, num, setAttr, setText } = await import(`./dom.js${version}`);
const { css } = await import(`./theme.js${version}`);
const { UnitModel } = await import(`./unit_model.js${version}`);
const { UnitView, UnitDialog, UnitWall } = await import(`./units.js${version}`);

const DRAWN = 16;        // units a layer
const EDGES = 480;       // weights in all
const THICKEST = 6;      // px
const GAP = 6;           // px between the nodes of a column
const HEAD = 40;         // px for the names of the layers
const REACH = 7;         // px within which the pointer picks a line

export class Network {
  constructor(theme) {
    this.theme = theme;
    this.model = new UnitModel();
    this.dialog = new UnitDialog(this.model, theme);
    this.inspector = new UnitView(this.model, theme);
    this.inspector.node.classList.add("rl-inspector");
    this.wall = new UnitWall(this.model, (layer, index) => this.dialog.open(layer, index));
    this.lines = svg("svg", { class: "rl-edges", "aria-hidden": "true" });
    this.diagram = el("div", { class: "rl-diagram" }, this.lines);
    this.tip = el("div", { class: "rl-tip", hidden: true });
    this.caption = el("p", { class: "rl-muted rl-caption" });
    this.legend = el("span", { class: "rl-gradient" });
    this.node = el("section", { class: "rl-card rl-network", "aria-label": "Network", hidden: true },
      el("header", { class: "rl-card-head" }, el("h3", { text: "Inside the network" }),
        el("span", { class: "rl-colorbar rl-sign-legend" }, el("span", { text: "negative" }), this.legend, el("span", { text: "positive" }))),
      el("div", { class: "rl-network-body" }, this.diagram, this.inspector.node),
      this.caption, this.wall.node, this.dialog.node);
    this.diagram.addEventListener("pointermove", (event) => this.hover(event));
    this.diagram.addEventListener("pointerleave", () => this.highlight(null));
    this.measured = this.diagram;
    this.nodes = [];
    this.edges = [];
    this.width = 0;
  }

  /** The next frame is another run's: nothing of this one may show through. */
  expectNew() {
    this.isOld = true;
  }

  clear() {
    this.model.clear();
    this.isOld = false;
    this.node.hidden = true;
    if (this.dialog.node.open) this.dialog.node.close();
  }

  setTheme(theme) {
    this.theme = this.dialog.view.theme = this.inspector.theme = theme;
    this.refresh();
  }

  setFrame(frame) {
    if (this.isOld) this.model.clear();
    this.isOld = false;
    const changed = this.model.setFrame(frame);
    if (this.model.depth < 2) return;
    const appeared = this.node.hidden;
    this.node.hidden = false;
    const pictures = this.model.units?.shape[0] ?? 0;
    if (changed || appeared || pictures !== this.pictures) {
      this.pictures = pictures;
      this.width = 0;
      const hidden = this.model.layers.slice(1, -1);
      this.wall.build(hidden.some((size) => size > DRAWN));
      this.inspector.show(hidden.length ? 1 : 0, 0);
      this.resize();
    }
    this.refresh();
  }

  /** Lays the nodes out anew where the width has changed. */
  resize() {
    const width = this.diagram.clientWidth;
    if (!width || width === this.width || this.model.depth < 2) return;
    this.width = width;
    this.layout();
    this.refresh();
  }

  layout() {
    const { model, width } = this;
    const shown = model.layers.map((size) => Math.min(size, DRAWN));
    const most = Math.max(...shown);
    const narrow = width < 520;
    const columns = model.depth;
    const fit = (width - 110) / columns - 14;
    const side = Math.round(Math.max(18, Math.min(narrow ? 32 : 44, 460 / most - GAP, fit)));
    const height = HEAD + most * (side + GAP);
    const [left, right] = narrow ? [26, 54] : [64, 76];
    const span = Math.min(width - left - right - side, (columns - 1) * 290);
    const start = left + (width - left - right - side - span) / 2;
    const middle = HEAD + (most * (side + GAP)) / 2;
    this.diagram.style.height = `${height}px`;
    setAttr(this.lines, "viewBox", `0 0 ${width} ${height}`);
    this.diagram.replaceChildren(this.lines);
    this.nodes = [];
    for (let layer = 0; layer < columns; layer++) {
      const x = start + (span * layer) / (columns - 1);
      const top = middle - (shown[layer] / 2) * (side + GAP) - HEAD;
      this.diagram.append(this.head(layer, x + side / 2, top, narrow ? span / (columns - 1) : 200));
      for (let index = 0; index < shown[layer]; index++) {
        const y = middle + (index - shown[layer] / 2) * (side + GAP) + GAP / 2;
        this.addNode(layer, index, x, y, side);
      }
    }
    this.diagram.append(this.tip);
    this.addEdges(side);
    this.caption.textContent = this.words(shown);
  }

  head(layer, x, top, width) {
    const { model } = this;
    const kind = model.kind(layer);
    const size = model.layers[layer];
    const count = kind === "hidden" ? `${size} ${size === 1 ? "unit" : "units"}` : "";
    const text = kind === "hidden" ? `Hidden ${layer}` : kind === "input" ? "Inputs" : size === 1 ? "Output" : "Outputs";
    return el("div", { class: "rl-layer-head", style: `left:${x}px;top:${top}px;max-width:${Math.max(52, width)}px` },
      el("strong", { text }), el("span", { text: count }));
  }

  addNode(layer, index, x, y, side) {
    const { model } = this;
    const kind = model.kind(layer);
    const canvas = el("canvas", { "aria-hidden": "true" });
    const focus = () => { this.inspector.show(layer, index); this.highlight({ layer, index }); };
    const node = el("button", { type: "button", class: `rl-node rl-node-${kind}`, "data-layer": layer, "data-index": index,
      "aria-label": model.title(layer, index), style: `left:${x}px;top:${y}px;width:${side}px;height:${side}px`,
      on: { click: () => this.dialog.open(layer, index), pointerenter: focus, focus, blur: () => this.highlight(null) } }, canvas);
    this.diagram.append(node);
    if (kind !== "hidden") {
      const place = kind === "input" ? `right:${this.width - x + 6}px` : `left:${x + side + 6}px`;
      this.diagram.append(el("span", { class: "rl-node-label", style: `${place};top:${y}px;line-height:${side}px`,
        text: model.label(layer, index) }));
    }
    this.nodes.push({ layer, index, node, canvas, x, y: y + side / 2 });
  }

  addEdges(side) {
    this.lines.replaceChildren();
    this.edges = [];
    for (const a of this.nodes) {
      for (const b of this.nodes) {
        if (b.layer !== a.layer + 1) continue;
        const [x0, x1] = [a.x + side, b.x];
        const half = (x0 + x1) / 2;
        const path = svg("path", { d: `M${x0} ${a.y}C${half} ${a.y} ${half} ${b.y} ${x1} ${b.y}`, fill: "none" });
        this.lines.append(path);
        this.edges.push({ a, b, path, x0, x1, value: 0 });
      }
    }
  }

  words(shown) {
    const { layers } = this.model;
    const parts = [];
    layers.forEach((size, layer) => {
      if (shown[layer] === size) return;
      const kind = this.model.kind(layer);
      const where = kind === "hidden" ? ` of hidden layer ${layer}` : "";
      parts.push(`${shown[layer]} of ${size} ${kind === "input" ? "inputs" : kind === "output" ? "outputs" : "units"}${where} drawn`);
    });
    if (this.edges.length > EDGES) parts.push(`the ${EDGES} largest of the ${this.edges.length} weights between them drawn`);
    const how = "Each picture shows one unit over the plane. Lines are weights: the thicker, the larger. Choose a unit to enlarge it.";
    return parts.length ? `${parts.join("; ")}. ${how}` : how;
  }

  refresh() {
    if (this.node.hidden) return;
    for (const { layer, index, canvas, node } of this.nodes) {
      const hasPicture = this.model.picture(canvas, layer, index, this.theme);
      canvas.hidden = !hasPicture;
      node.classList.toggle("rl-plain", !hasPicture);
    }
    this.legend.style.background =
      `linear-gradient(90deg, ${css(this.theme.negative)}, ${css(this.theme.paper)}, ${css(this.theme.positive)})`;
    this.refreshEdges();
    this.inspector.refresh();
    this.dialog.refresh();
    this.wall.refresh(this.theme);
  }

  refreshEdges() {
    let most = 0;
    for (const edge of this.edges) {
      edge.value = this.model.weight(edge.b.layer, edge.b.index, edge.a.index);
      if (Number.isFinite(edge.value)) most = Math.max(most, Math.abs(edge.value));
    }
    let least = 0;
    if (this.edges.length > EDGES) {
      const sizes = this.edges.map((edge) => Math.abs(edge.value) || 0).sort((x, y) => y - x);
      least = sizes[EDGES - 1];
    }
    const [positive, negative] = [css(this.theme.positive), css(this.theme.negative)];
    for (const { path, value } of this.edges) {
      const isNumber = Number.isFinite(value);
      const part = isNumber && most ? Math.abs(value) / most : 0;
      const drawn = value !== null && (Math.abs(value) >= least || !isNumber);
      setAttr(path, "display", drawn ? null : "none");
      setAttr(path, "stroke", !isNumber ? "#888888" : value < 0 ? negative : positive);
      setAttr(path, "stroke-width", (0.5 + (THICKEST - 0.5) * part).toFixed(2));
      setAttr(path, "stroke-opacity", (0.22 + 0.7 * part).toFixed(2));
    }
  }

  hover(event) {
    if (event.target.closest(".rl-node")) { this.tip.hidden = true; return; }
    const box = this.diagram.getBoundingClientRect();
    const [x, y] = [event.clientX - box.left, event.clientY - box.top];
    let best = null;
    let reach = REACH;
    for (const edge of this.edges) {
      if (x < edge.x0 || x > edge.x1 || edge.path.getAttribute("display")) continue;
      const distance = Math.abs(heightAt(edge, x) - y);
      if (distance < reach) [best, reach] = [edge, distance];
    }
    this.highlight(null, best);
    this.tip.hidden = !best;
    if (!best) return;
    const { a, b, value } = best;
    setText(this.tip, `Weight from ${this.model.label(a.layer, a.index)} to ${this.model.label(b.layer, b.index)}: ${num(value)}`);
    this.tip.style.left = `${Math.min(x + 12, this.width - 190)}px`;
    this.tip.style.top = `${y + 14}px`;
  }

  /** Brings forward the lines of one node, or one line; null and nothing: all as they are. */
  highlight(at, edge = null) {
    if (!at && !edge) this.tip.hidden = true;
    this.lines.classList.toggle("rl-dim", Boolean(at || edge));
    for (const item of this.edges) {
      const touches = at && ((item.a.layer === at.layer && item.a.index === at.index)
        || (item.b.layer === at.layer && item.b.index === at.index));
      item.path.classList.toggle("rl-on", Boolean(touches || item === edge));
    }
  }

  destroy() {
    if (this.dialog.node.open) this.dialog.node.close();
  }
}

// y of an edge's curve (its control points lie half way across) at horizontal place x.
function heightAt({ a, b, x0, x1 }, x) {
  const goal = (x - x0) / (x1 - x0);
  let [low, high] = [0, 1];
  for (let i = 0; i < 12; i++) {
    const t = (low + high) / 2;
    if (1.5 * t - 1.5 * t * t + t ** 3 < goal) low = t;
    else high = t;
  }
  return a.y + (b.y - a.y) * (3 * low * low - 2 * low ** 3);
}
