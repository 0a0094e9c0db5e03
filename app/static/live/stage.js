// The map's card: toolbar, canvas, reading of the place under the pointer, legend, switches, history.

const version = new URL(import.meta.url).search;
const { el, num, setText, toggle } = await import(`./dom.js${version}`);
const { DecisionMap } = await import(`./map.js${version}`);
const { PointEditor } = await import(`./edit.js${version}`);
const { History } = await import(`./history.js${version}`);
const { legend } = await import(`./points.js${version}`);

const HINT = "Point at the map to read a place.";

export class Stage {
  /** `seek(index | null)` picks a moment, `send(command)` tells Python of edited points. */
  constructor(theme, seek, send) {
    this.title = "Decision map";
    this.theme = theme;
    this.map = new DecisionMap(theme);
    this.history = new History(seek);
    this.editor = new PointEditor(this.map, (value) => send({ type: "points", value }), (points) => this.draw(points));
    this.message = el("p", { class: "rl-map-message", hidden: true });
    this.reading = el("p", { class: "rl-reading", text: HINT });
    this.legend = el("div", { class: "rl-legend" });
    const option = (text, name, on, title) => {
      const made = toggle(text, on, (value) => this.map.setOption(name, value));
      made.node.title = title;
      return made;
    };
    this.testToggle = option("Test points", "test", true, "Show the points that the network never trains on");
    this.node = el("section", { class: "rl-card rl-stage", "aria-label": "Decision map" },
      this.editor.node,
      this.holder = el("div", { class: "rl-map-holder" }, this.map.canvas, this.message),
      this.history.node, this.reading, this.legend,
      el("div", { class: "rl-row rl-toggles" },
        option("Hard regions", "hard", false, "Colour each place by its winning class, however narrow the win").node,
        this.testToggle.node,
        option("Boundary line", "line", true, "Where two classes are equally likely").node,
        option("Last batch", "batch", true, "Ring the points of the last batch while training is paused or slow").node));
    this.map.canvas.addEventListener("pointermove", (event) => this.read(event));
    this.map.canvas.addEventListener("pointerleave", () => setText(this.reading, HINT));
  }

  /** Data from Python. Returns whether the points differ from those on screen. */
  take({ points, editable, control }) {
    this.editor.setEnabled(Boolean(editable && control !== false));
    const key = JSON.stringify(points);
    if (key === this.key || !this.editor.receive(points)) return false;
    this.key = key;
    this.source = points ?? { x: [], y: [], label: [], split: [] };
    this.map.setPoints(this.editor.points, this.source.extent);
    this.drawLegend();
    return true;
  }

  // The student's edit, before Python has heard of it.
  draw(points) {
    this.map.setPoints(points, this.source?.extent);
    this.drawLegend();
  }

  drawLegend() {
    const { points } = this.editor;
    const classes = Math.max(this.source?.num_classes ?? 2, ...points.label.map((k) => k + 1));
    const key = JSON.stringify([classes, [...new Set(points.split)], this.theme.key]);
    this.testToggle.node.hidden = !points.split.includes(2);
    if (key === this.legendKey) return;
    this.legendKey = key;
    this.legend.replaceChildren(...legend({ num_classes: classes, split: points.split }, this.theme));
  }

  setTheme(theme) {
    this.theme = theme;
    this.map.setTheme(theme);
    this.drawLegend();
  }

  fade() {
    this.map.fade();
  }

  clear() {
    this.map.clear();
  }

  setFrame(frame, duration) {
    this.map.setFrame(frame, duration);
  }

  /** `slow`: each step is followed, so its batch is worth marking. */
  refresh({ shown, slow }) {
    this.map.setBatch(shown?.arrays.batch?.data ?? null, slow);
  }

  describe(words) {
    const { canvas } = this.map;
    if (canvas.getAttribute("aria-label") !== words) canvas.setAttribute("aria-label", words);
  }

  say(text) {
    setText(this.message, text);
    this.message.hidden = !text;
  }

  read(event) {
    const place = this.map.toData(event);
    if (!place) { setText(this.reading, HINT); return; }
    const probs = this.map.probsAt(...place);
    const chances = (probs ?? []).map((p, k) => `class ${k} ${Number.isNaN(p) ? "not a number" : `${Math.round(100 * p)} %`}`);
    setText(this.reading, `x ${num(place[0], 2)}, y ${num(place[1], 2)}${chances.length ? `: ${chances.join(", ")}` : ""}`);
  }

  resize() {
    this.map.resize(this.holder.clientWidth);
  }

  destroy() {
    this.history.halt();
    this.editor.destroy();
    this.map.destroy();
  }
}
