// A square to draw on with pointer or finger; each finished stroke is sent as a PNG.

const version = new URL(import.meta.url).search;
const load = (name) => import(`./${name}.js${version}`);
const [{ el, button }, { readTheme }] = await Promise.all(["dom", "theme"].map(load));

const SIDE = 256;
const LAPSE = 250;     // ms of rest before a drawing is sent

export class PadView {
  constructor(parent) {
    this.canvas = el("canvas", { width: SIDE, height: SIDE, class: "rl-pad-canvas", tabindex: 0, role: "img",
      "aria-label": "Drawing pad: draw with the mouse or a finger" });
    this.context = this.canvas.getContext("2d");
    const field = (text, input) => el("label", { class: "rl-pad-field" }, el("span", { text }), input);
    this.ink = el("input", { type: "color", value: "#ffffff" });
    this.ground = el("input", { type: "color", value: "#000000", on: { input: () => this.reset() } });
    this.size = el("input", { type: "range", min: 4, max: 72, value: 22 });
    this.undoButton = button("Undo", { cls: "rl-small", onClick: () => this.undo(), title: "Take the last stroke back" });
    this.root = el("div", { class: "rdfia-live rl-pad" }, el("div", { class: "rl-probe", "aria-hidden": "true" }),
      this.canvas,
      el("div", { class: "rl-pad-tools" }, field("Pen", this.ink), field("Background", this.ground),
        field("Width", this.size),
        el("div", { class: "rl-row" }, this.undoButton,
          button("Clear", { cls: "rl-small", onClick: () => this.reset(), title: "Begin anew" }))));
    parent.append(this.root);
    this.root.dataset.theme = readTheme(this.root).dark ? "dark" : "light";
    this.canvas.addEventListener("pointerdown", (event) => this.begin(event));
    this.canvas.addEventListener("pointermove", (event) => this.go(event));
    for (const end of ["pointerup", "pointercancel"]) this.canvas.addEventListener(end, () => this.end());
    this.strokes = [];
    this.draw();
  }

  update(component) {
    this.root.dataset.theme = readTheme(this.root).dark ? "dark" : "light";
  }

  place(event) {
    const box = this.canvas.getBoundingClientRect();
    return [(event.clientX - box.left) * SIDE / box.width, (event.clientY - box.top) * SIDE / box.height];
  }

  begin(event) {
    event.preventDefault();
    this.canvas.setPointerCapture(event.pointerId);
    this.stroke = { color: this.ink.value, width: Number(this.size.value), places: [this.place(event)] };
    this.strokes.push(this.stroke);
    clearTimeout(this.timer);
    this.draw();
  }

  go(event) {
    if (!this.stroke) return;
    // A fast hand moves further between two frames than the pen is wide.
    for (const one of event.getCoalescedEvents?.() ?? [event]) this.stroke.places.push(this.place(one));
    this.draw();
  }

  end() {
    if (!this.stroke) return;
    this.stroke = null;
    this.later();
  }

  undo() {
    this.strokes.pop();
    this.draw();
    if (this.strokes.length) this.later();
  }

  reset() {
    this.strokes = [];
    this.draw();
  }

  draw() {
    const { context } = this;
    context.fillStyle = this.ground.value;
    context.fillRect(0, 0, SIDE, SIDE);
    Object.assign(context, { lineCap: "round", lineJoin: "round" });
    for (const { color, width, places } of this.strokes) {
      Object.assign(context, { strokeStyle: color, lineWidth: width });
      context.beginPath();
      context.moveTo(...places[0]);
      for (const place of places.length > 1 ? places.slice(1) : places) context.lineTo(...place);
      context.stroke();
    }
    this.undoButton.disabled = this.strokes.length === 0;
  }

  later() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      const png = this.canvas.toDataURL("image/png").split(",")[1];
      this.outbox.post({ type: "drawing", png });
    }, LAPSE);
  }

  destroy() {
    clearTimeout(this.timer);
    this.root.remove();
  }
}
