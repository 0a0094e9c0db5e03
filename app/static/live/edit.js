// Drawing one's own points in the map: add, move, erase.

const version = new URL(import.meta.url).search;
const { el, button } = await import(`./dom.js${version}`);
const { CLASS_COLORS } = await import(`./theme.js${version}`);

const REACH = 12;      // pixels within which a point is picked up or erased
const DELAY = 300;     // ms after the last edit before Python is told
const MAX_POINTS = 1000;
const MODES = { add: "Add", move: "Move", erase: "Erase" };

export class PointEditor {
  /** `emit(value)` tells Python; `changed(points)` redraws the map. */
  constructor(map, emit, changed) {
    Object.assign(this, { map, emit, changed });
    this.points = { x: [], y: [], label: [], split: [] };
    this.past = [];
    this.label = 0;
    this.mode = "add";
    this.timer = null;
    this.enabled = false;
    this.sent = null;
    this.build();
    const { canvas } = map;
    canvas.addEventListener("pointerdown", (event) => this.down(event));
    canvas.addEventListener("pointermove", (event) => this.move(event));
    for (const name of ["pointerup", "pointercancel"]) canvas.addEventListener(name, () => this.up());
  }

  build() {
    this.colors = CLASS_COLORS.map((color, label) => el("button", {
      type: "button", class: "rl-swatch", style: `--swatch:${color}`, "aria-pressed": label === 0,
      "aria-label": `Class ${label}`, title: `Points of class ${label}`, text: String(label),
      on: { click: () => this.pickLabel(label) },
    }));
    this.modes = Object.entries(MODES).map(([mode, text]) => el("button", {
      type: "button", class: "rl-segment", text, "aria-pressed": mode === "add", "data-mode": mode,
      on: { click: () => this.pickMode(mode) },
    }));
    this.undoButton = button("Undo", { glyph: "undo", cls: "rl-small", onClick: () => this.undo(), disabled: true });
    this.node = el("div", { class: "rl-edit", role: "toolbar", "aria-label": "Edit the points", hidden: true },
      el("div", { class: "rl-segments", role: "group", "aria-label": "What a click does" }, this.modes),
      el("div", { class: "rl-swatches", role: "group", "aria-label": "Class of new points" }, this.colors),
      this.undoButton,
      button("Clear", { cls: "rl-small", onClick: () => this.clear() }));
  }

  pickLabel(label) {
    this.label = label;
    this.colors.forEach((node, i) => node.setAttribute("aria-pressed", i === label));
    this.pickMode("add");
  }

  pickMode(mode) {
    this.mode = mode;
    for (const node of this.modes) node.setAttribute("aria-pressed", node.dataset.mode === mode);
    this.map.canvas.dataset.mode = this.enabled ? mode : "";
  }

  setEnabled(enabled) {
    this.enabled = enabled;
    this.node.hidden = !enabled;
    this.map.canvas.dataset.mode = enabled ? this.mode : "";
  }

  /** Points from Python. While an edit is on its way the answer to an older one is left aside. */
  receive(points) {
    if (this.timer || this.dragged !== undefined) return false;
    const next = copy(points);
    if (this.sent && performance.now() < this.sent.until && encode(next) !== this.sent.value) return false;
    this.points = next;
    return true;
  }

  down(event) {
    const place = this.enabled && event.button === 0 && this.map.toData(event);
    if (!place) return;
    event.preventDefault();
    const nearest = this.nearest(event);
    if (this.mode === "erase") {
      if (nearest === null) return;
      this.remember();
      for (const values of Object.values(this.points)) values.splice(nearest, 1);
    } else if (this.mode === "move") {
      if (nearest === null) return;
      this.remember();
      this.dragged = nearest;
      this.map.canvas.setPointerCapture(event.pointerId);
      return;
    } else {
      if (this.points.x.length >= MAX_POINTS) return;
      this.remember();
      this.points.x.push(round(place[0]));
      this.points.y.push(round(place[1]));
      this.points.label.push(this.label);
      this.points.split.push(0);
    }
    this.edited();
  }

  move(event) {
    const place = this.dragged !== undefined && this.map.toData(event);
    if (!place) return;
    this.points.x[this.dragged] = round(place[0]);
    this.points.y[this.dragged] = round(place[1]);
    this.edited();
  }

  up() {
    this.dragged = undefined;
  }

  nearest(event) {
    const box = this.map.canvas.getBoundingClientRect();
    const [x, y] = [event.clientX - box.left, event.clientY - box.top];
    let best = null;
    let reach = REACH;
    this.points.x.forEach((value, i) => {
      const [px, py] = this.map.toPixel(value, this.points.y[i]);
      const distance = Math.hypot(px - x, py - y);
      if (distance <= reach) [best, reach] = [i, distance];
    });
    return best;
  }

  remember() {
    this.past.push(copy(this.points));
    if (this.past.length > 50) this.past.shift();
    this.undoButton.disabled = false;
  }

  undo() {
    const points = this.past.pop();
    this.undoButton.disabled = this.past.length === 0;
    if (!points) return;
    this.points = points;
    this.edited();
  }

  clear() {
    if (this.points.x.length === 0) return;
    this.remember();
    this.points = { x: [], y: [], label: [], split: [] };
    this.edited();
  }

  edited() {
    this.changed(this.points);
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.timer = null;
      const value = encode(this.points);
      this.sent = { value, until: performance.now() + 3000 };
      this.emit(value);
    }, DELAY);
  }

  destroy() {
    clearTimeout(this.timer);
  }
}

const round = (value) => Math.round(value * 100) / 100;

function copy(points) {
  const { x = [], y = [], label = [], split } = points || {};
  return { x: [...x], y: [...y], label: [...label], split: split ? [...split] : x.map(() => 0) };
}

function encode({ x, y, label }) {
  return x.map((value, i) => `${value.toFixed(2)},${y[i].toFixed(2)},${label[i]}`).join(";");
}
