// Units one by one: the enlarged picture with its colour bar, and the wall of small pictures.

const version = new URL(import.meta.url).search;
const { el, button, num, setText } = await import(`./dom.js${version}`);
const { css } = await import(`./theme.js${version}`);

const LISTED = 12;   // incoming weights listed beside a unit
const FINE = 4;      // pixels a sample of the enlarged picture

/** One unit in large: picture, colour bar, incoming weights. */
export class UnitView {
  constructor(model, theme) {
    Object.assign(this, { model, theme, at: null });
    this.title = el("h4");
    this.canvas = el("canvas", { class: "rl-unit-large", role: "img" });
    this.low = el("span");
    this.high = el("span");
    this.gradient = el("div", { class: "rl-gradient" });
    this.scale = el("div", { class: "rl-colorbar" }, this.low, this.gradient, this.high);
    this.value = el("p", { class: "rl-muted rl-value" });
    this.weightsHead = el("p", { class: "rl-muted" });
    this.weights = el("dl", { class: "rl-weights" });
    this.node = el("div", { class: "rl-unit-view" }, this.title, this.canvas, this.scale, this.value, this.weightsHead, this.weights);
    this.canvas.addEventListener("pointermove", (event) => this.hover(event));
    this.canvas.addEventListener("pointerleave", () => this.refresh());
  }

  show(layer, index) {
    this.at = { layer, index };
    this.refresh();
  }

  refresh() {
    const { model, at, theme } = this;
    if (!at || at.layer >= model.depth || at.index >= model.layers[at.layer]) return;
    const kind = model.kind(at.layer);
    setText(this.title, model.title(at.layer, at.index));
    this.canvas.hidden = !model.picture(this.canvas, at.layer, at.index, theme, FINE);
    this.canvas.setAttribute("aria-label", `Picture of ${model.title(at.layer, at.index)} over the plane`);
    const scale = model.scaleOf(at.layer, at.index);
    this.scale.hidden = this.canvas.hidden || scale === null;
    setText(this.low, num(-scale));
    setText(this.high, num(scale));
    this.gradient.style.background =
      `linear-gradient(90deg, ${css(theme.negative)}, ${css(theme.paper)}, ${css(theme.positive)})`;
    setText(this.value, {
      input: "An input feature over the plane: purple below zero, green above.",
      output: "The probability of this class over the plane.",
      hidden: scale === null ? "No picture of this unit." : "Activation over the plane. Point at it to read a value.",
    }[kind]);
    this.listWeights();
  }

  listWeights() {
    const { model, at: { layer, index } } = this;
    const rows = [];
    if (layer > 0 && model.weights) {
      const fan = model.layers[layer - 1];
      for (let from = 0; from < fan; from++) rows.push([model.label(layer - 1, from), model.weight(layer, index, from)]);
      if (fan > LISTED) rows.sort((a, b) => Math.abs(b[1]) - Math.abs(a[1])).splice(LISTED);
      rows.push(["bias", model.bias(layer, index)]);
    }
    this.weights.hidden = this.weightsHead.hidden = rows.length === 0;
    const fan = layer > 0 ? model.layers[layer - 1] : 0;
    setText(this.weightsHead, fan > LISTED ? `The ${LISTED} largest of ${fan} incoming weights` : "Incoming weights");
    while (this.weights.children.length > rows.length) this.weights.lastChild.remove();
    rows.forEach(([name, value], i) => {
      const row = this.weights.children[i] ?? this.weights.appendChild(el("div", {}, el("dt"), el("dd")));
      setText(row.firstChild, name);
      setText(row.lastChild, num(value));
      row.style.setProperty("--sign", css(value < 0 ? this.theme.negative : this.theme.positive));
    });
  }

  hover(event) {
    const box = this.canvas.getBoundingClientRect();
    const [u, v] = [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
    const { layer, index } = this.at;
    const value = u >= 0 && u <= 1 && v >= 0 && v <= 1 ? this.model.valueAt(layer, index, u, v) : null;
    if (value === null) return;
    const [x0, x1, y0, y1] = this.model.extent;
    const shown = Number.isNaN(value) ? "not a number" : num(value);
    setText(this.value, `At x ${num(x0 + u * (x1 - x0))}, y ${num(y1 - v * (y1 - y0))}: ${shown}`);
  }
}

/** The overlay in which one unit is enlarged. */
export class UnitDialog {
  constructor(model, theme) {
    this.model = model;
    this.view = new UnitView(model, theme);
    const step = (by) => () => this.step(by);
    this.node = el("dialog", { class: "rl-dialog rl-unit-dialog", "aria-label": "Unit" }, this.view.node,
      el("div", { class: "rl-dialog-foot" }, button("Previous", { cls: "rl-small", onClick: step(-1) }),
        button("Next", { cls: "rl-small", onClick: step(1) }), button("Close", { onClick: () => this.node.close() })));
    this.node.addEventListener("click", (event) => { if (event.target === this.node) this.node.close(); });
  }

  open(layer, index) {
    this.view.show(layer, index);
    if (!this.node.open) this.node.showModal();
  }

  step(by) {
    const { layer, index } = this.view.at;
    const size = this.model.layers[layer];
    this.view.show(layer, (index + by + size) % size);
  }

  refresh() {
    if (this.node.open) this.view.refresh();
  }
}

/** All hidden units, layer by layer: for networks too wide for their diagram. */
export class UnitWall {
  constructor(model, open) {
    Object.assign(this, { model, open, tiles: [] });
    this.node = el("div", { class: "rl-wall", hidden: true });
  }

  build(needed) {
    this.tiles = [];
    this.node.replaceChildren();
    this.node.hidden = !needed;
    if (!needed) return;
    const { model } = this;
    for (let layer = 1; layer < model.depth - 1; layer++) {
      const row = el("div", { class: "rl-tiles" });
      for (let index = 0; index < model.layers[layer]; index++) {
        if (model.row(layer, index) < 0) break;
        const canvas = el("canvas", { "aria-hidden": "true" });
        this.tiles.push({ canvas, layer, index });
        row.append(el("button", { type: "button", class: "rl-tile", title: `Unit ${index + 1}`,
          "aria-label": model.title(layer, index), on: { click: () => this.open(layer, index) } }, canvas));
      }
      if (row.children.length) this.node.append(el("h4", { text: `Hidden layer ${layer}: what each unit answers` }), row);
    }
  }

  refresh(theme) {
    for (const { canvas, layer, index } of this.tiles) this.model.picture(canvas, layer, index, theme);
  }
}
