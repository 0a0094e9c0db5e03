// The card beside the curves: one image, what the network answers to it, the first layer's filters.

const version = new URL(import.meta.url).search;
const { el, button, num, setAttr, setText } = await import(`./dom.js${version}`);
const { History } = await import(`./history.js${version}`);
const { ActivationBars } = await import(`./activation_bars.js${version}`);
const { paint, tile } = await import(`./pixels.js${version}`);
const { signedTable } = await import(`./theme.js${version}`);

const MOST_BARS = 10;
const PARTS = { test: "Test image", val: "Validation image", train: "Training image", picture: "Your picture" };
const WORDS = {
  filters: "Filters of the first layer",
  filterNote: "",
  elsewhere: "Under “Try an image” the trained network answers to any other.",
};

// Where the first layer is fully connected, the weights into each of its units make an image.
const UNITS = {
  elsewhere: "Under “Draw” the trained network answers to any other.",
  filters: "What the hidden units look for",
  filterNote: " A unit answers most to an image like its picture.",
};
const CLASSES = { ...UNITS, filters: "What the network looks for, class by class",
  filterNote: " The class whose picture fits best is the answer." };

export class ImageStage {
  /** `seek(index | null)` picks a moment, `send(command)` asks Python for another image; `words` as in WORDS. */
  constructor(theme, seek, send, words = WORDS) {
    this.words = words;
    this.title = "Image and answer";
    this.theme = theme;
    this.send = send;
    this.history = new History(seek);
    this.message = el("p", { class: "rl-map-message", hidden: true });
    this.image = tile({ role: "img", "aria-label": "The image that the network is asked about" });
    this.name = el("p", { class: "rl-image-name" });
    this.answer = el("p", { class: "rl-muted" });
    this.bars = el("ul", { class: "rl-bars", "aria-label": "Probability of each class" });
    const move = (text, step, title) => button(text, { cls: "rl-small", title, onClick: () => this.move(step) });
    this.steps = el("div", { class: "rl-image-steps" },
      move("Previous", -1, "Show the image before"), move("Next", 1, "Show the next image"),
      move("Random", null, "Show any other image"));
    this.hint = el("p", { class: "rl-muted", hidden: true });
    this.filters = el("div", { class: "rl-filters" });
    this.filterHead = el("h4", { text: words.filters });
    this.filterNote = el("p", { class: "rl-muted" });
    this.content = el("div", { class: "rl-image-content", hidden: true },
      el("div", { class: "rl-image-row" },
        el("div", { class: "rl-image-left" }, this.image, this.name, this.answer, this.steps, this.hint),
        this.bars),
      this.filterHead, this.filters, this.filterNote, (this.activations = new ActivationBars()).node);
    this.node = el("section", { class: "rl-card rl-stage rl-image-stage", "aria-label": this.title },
      this.holder = el("div", { class: "rl-image-holder" }, this.content, this.message), this.history.node);
    this.rows = [];
    this.tiles = [];
  }

  take(data) {
    const moved = this.source !== data.source;
    this.source = data.source;
    return moved;
  }

  fade() {
    this.content.classList.add("rl-waiting");
  }

  clear() {
    this.content.hidden = true;
  }

  setFrame(frame) {
    this.frame = frame;
    this.content.hidden = false;
    this.content.classList.remove("rl-waiting");
    this.draw();
  }

  draw() {
    const { arrays, info } = this.frame;
    const { shown_image: image, class_probs: probs, filters } = arrays;
    const { filters_of: of } = info;
    if (of) this.words = of.kind === "units" ? UNITS : CLASSES;
    if (image) {
      const [height, width, channels] = image.shape;
      paint(this.image, image.data, 0, height, width, channels);
    }
    if (probs) this.drawBars(probs.data, info);
    this.filterHead.hidden = this.filters.hidden = this.filterNote.hidden = !filters;
    setText(this.filterHead, this.words.filters);
    if (filters) this.drawFilters(filters, arrays.filter_scale, of);
    this.activations.draw(arrays.activation_histogram, info.activations, this.theme);
  }

  drawBars(probs, { class_names: names, shown }) {
    setText(this.name, `${PARTS[shown.part] ?? shown.part} ${shown.part === "picture" ? "" : shown.row}`.trim());
    const order = [...probs.keys()];
    const best = order.reduce((a, b) => (probs[b] > probs[a] ? b : a), 0);
    const known = shown.label >= 0;
    const chosen = order.length <= MOST_BARS ? order
      : order.sort((a, b) => probs[b] - probs[a]).slice(0, MOST_BARS);
    const isNumber = Number.isFinite(probs[best]);
    setText(this.answer, !isNumber ? "The answer is not a number."
      : known ? `It is a ${names[shown.label]}. The network says ${names[best]}${best === shown.label ? ", which is right." : "."}`
        : `The network says ${names[best]}.`);
    while (this.rows.length < chosen.length) this.addRow();
    this.rows.forEach((row, i) => { row.node.hidden = i >= chosen.length; });
    chosen.forEach((k, i) => {
      const row = this.rows[i];
      const percent = isNumber ? 100 * probs[k] : 0;
      setText(row.name, names[k]);
      setText(row.value, isNumber ? `${percent.toFixed(percent < 9.95 ? 1 : 0)} %` : "–");
      row.bar.style.width = `${percent}%`;
      setAttr(row.node, "data-true", known && k === shown.label);
      setAttr(row.node, "data-best", k === best && isNumber);
      setAttr(row.node, "title", known && k === shown.label ? "The right answer" : null);
    });
  }

  addRow() {
    const [name, bar, value] = [el("span", { class: "rl-bar-name" }), el("div"), el("span", { class: "rl-bar-value" })];
    const node = el("li", {}, name, el("div", { class: "rl-bar-track" }, bar), value);
    this.rows.push({ node, name, bar, value });
    this.bars.append(node);
  }

  drawFilters({ shape, data }, scale, of) {
    const [count, height, width, channels] = shape;
    while (this.tiles.length < count) {
      this.tiles.push(tile());
      this.filters.append(this.tiles.at(-1));
    }
    const table = channels === 1 ? signedTable(this.theme) : null;
    this.tiles.forEach((canvas, i) => {
      canvas.hidden = i >= count;
      if (i < count) paint(canvas, data, i * height * width * channels, height, width, channels, table);
    });
    const most = scale ? num(scale.data[0], 2) : "";
    const things = !of ? `${count} filters` : `Weights into ${count}${count < of.count ? ` of the ${of.count}` : ""} ${of.kind}, images`;
    setText(this.filterNote, `${things} of ${width} × ${height}${channels === 3
      ? " in colour: grey is a weight of 0" : ": green is positive, purple negative"}, the largest weight is ${most}.${this.words.filterNote}`);
  }

  /** `step` to the image before or after, null for any. */
  move(step) {
    const row = this.frame?.info.shown.row ?? 0;
    const next = step === null ? Math.floor(Math.random() * 1000) : Math.max(0, row + step);
    this.send({ type: "live", changes: { shown_image: next } });
  }

  refresh({ state, control }) {
    const runs = state === "running";
    this.steps.hidden = !runs || !control;
    this.hint.hidden = runs || state === "empty" || !control;
    setText(this.hint, state === "paused" ? "Play to look at other images."
      : this.words.elsewhere);
  }

  setTheme(theme) {
    this.theme = theme;
    if (this.frame) this.draw();
  }

  describe(words) {
    setAttr(this.holder, "aria-label", words);
  }

  say(text) {
    setText(this.message, text);
    this.message.hidden = !text;
  }

  resize() {}

  destroy() {
    this.history.halt();
  }
}
