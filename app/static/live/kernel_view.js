// The kernel view: a kernel slides over a small image and fills the output map, number by number.

const version = new URL(import.meta.url).search;
const load = (name) => import(`./${name}.js${version}`);
const [{ el, reducedMotion, setAttr, setText }, { readTheme }, maths, { Cells, greyOf, signedOf }] =
  await Promise.all(["dom", "theme", "kernel_math", "kernel_cells"].map(load));
const [{ Choice, Numbers, Player }, { Walk }, { WrittenSum }] =
  await Promise.all(["kernel_controls", "kernel_walk", "kernel_sum"].map(load));
const { MAX_WEIGHT, brief, padded, parseWeight, readPlaces, shown, slide, termsAt } = maths;

const OWN = "own";
// All in pixels.
const CELL = { least: 21, beside: 24, most: 38, kernel: 30 };
const GAP = 44;   // between two squares, where the signs stand
const TIGHT = 26; // the same where it is narrow
const EDGES = 6;  // the squares' borders
const TERM = 74;  // a product of the written sum
const SUM = 72;   // what the written sum takes besides
const ARROWS = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };
const TAKES_KEYS = "input, select, button, textarea, a[href], [contenteditable]";

export class KernelView {
  constructor(parent) {
    this.state = { picture: 0, filter: 0, size: 3, stride: 1, padding: 0 };
    this.hovered = null;
    this.walk = new Walk({ moved: () => this.show(), movedByHand: () => this.say(),
      delay: () => this.player.pause, isHeld: () => this.hovered !== null });
    this.build();
    parent.append(this.root);
    this.theme = readTheme(this.root);
    this.markTheme();
    this.sizes = new ResizeObserver(() => this.fit());
    this.sizes.observe(this.root);
    this.clock = setInterval(() => this.checkTheme(), 1000);
    this.onKey = (event) => this.key(event);
    document.addEventListener("keydown", this.onKey);
  }

  build() {
    const set = (name) => (value) => this.change({ [name]: Number(value) });
    this.picture = new Choice("Image", set("picture"));
    this.filter = new Choice("Kernel", (value) => value !== OWN && this.change({ filter: Number(value) }));
    this.numbers = {
      size: new Numbers("Kernel size", [1, 3, 5], set("size")),
      stride: new Numbers("Stride", [1, 2, 3], set("stride")),
      padding: new Numbers("Padding", [0, 1, 2], set("padding")),
    };
    this.player = new Player(this.walk);
    this.input = new Cells("input");
    this.kernel = new Cells("weights", (row, column) => this.weightField(row, column));
    this.output = new Cells("output");
    this.output.grid.addEventListener("pointerover", (event) => this.hover(event.target.dataset.i));
    this.output.grid.addEventListener("pointerleave", () => this.hover(undefined));
    this.output.grid.addEventListener("click", (event) => event.target.dataset.i && this.walk.seek(Number(event.target.dataset.i)));
    this.panes = [["Input", this.input], ["Kernel", this.kernel], ["Output", this.output]].map(([title, cells]) => {
      const caption = el("p", { class: "rl-muted" });
      return { caption, node: el("div", { class: "rl-pane" }, el("h3", { text: title }), cells.grid, caption) };
    });
    const [input, kernel, output] = this.panes.map((pane) => pane.node);
    const sign = (text) => el("span", { class: "rl-sign", text, "aria-hidden": "true" });
    this.board = el("div", { class: "rl-board", tabindex: 0, role: "group" },
      input, sign("∗"), el("div", { class: "rl-board-rest" }, kernel, sign("="), output));
    this.note = el("p", { class: "rl-muted", hidden: true });
    this.trouble = el("p", { class: "rl-trouble", role: "alert" });
    this.sum = new WrittenSum();
    this.spoken = el("p", { class: "rl-hidden", "aria-live": "polite" });
    this.root = el("div", { class: "rdfia-live rdfia-kernel" }, el("div", { class: "rl-probe", "aria-hidden": "true" }),
      el("div", { class: "rl-fields" }, this.picture.node, this.filter.node, Object.values(this.numbers).map((n) => n.node)),
      this.sentence = el("p", { class: "rl-muted rl-filter-sentence" }),
      this.player.node, el("div", { class: "rl-work" }, el("div", {}, this.board, this.trouble, this.note), this.sum.node), this.spoken);
  }

  weightField(row, column) {
    const field = el("input", { type: "text", inputmode: "text", "aria-label": `Weight in row ${row + 1}, column ${column + 1}`,
      on: { change: () => this.typed(field), focus: () => field.select() } });
    return field;
  }

  /** Called at each change of `data` (docs/live.md). */
  update(component) {
    const key = JSON.stringify(component.data);
    if (key === this.dataKey) return;
    const isFirst = this.dataKey === undefined;
    this.dataKey = key;
    this.data = component.data;
    this.change(isFirst ? this.data.start : {});
    if (isFirst && !reducedMotion()) this.walk.toggle();
  }

  /** Takes over new settings and draws everything. */
  change(changes) {
    const before = this.state;
    const { filters } = this.data;
    const state = { ...before, ...changes };
    if (!(state.size in filters[state.filter].weights)) {
      // A kernel that does not exist in this size: the size yields to a chosen kernel, else the kernel.
      if ("filter" in changes) state.size = 3;
      else state.filter = 0;
    }
    state.padding = Math.min(state.padding, state.size - 1);
    const isNewKernel = !this.texts || "filter" in changes || state.size !== before.size || state.filter !== before.filter;
    if (isNewKernel) this.texts = filters[state.filter].weights[state.size].map((line) => line.map((text) => text.replace("-", "−")));
    this.own = isNewKernel ? false : this.own;
    this.state = state;
    setText(this.trouble, "");
    this.compute();
  }

  typed(field) {
    const i = Number(field.dataset.i);
    const [row, column] = [Math.floor(i / this.state.size), i % this.state.size];
    const isRight = parseWeight(field.value) !== null;
    setText(this.trouble, isRight ? "" :
      `A weight must be a number between −${MAX_WEIGHT} and ${MAX_WEIGHT}, or a fraction such as 1/9. Got “${field.value.slice(0, 20)}”.`);
    if (isRight) {
      this.texts[row][column] = field.value.trim().replace("-", "−");
      this.own = true;
    }
    this.compute();
  }

  compute() {
    const { picture, size, stride, padding } = this.state;
    this.pixels = this.data.images[picture].pixels;
    this.framed = padded(this.pixels, padding);
    this.weights = this.texts.map((line) => line.map(parseWeight));
    this.isGrey = this.weights.flat().every((weight) => weight >= 0);
    this.out = slide(this.framed, this.weights, stride);
    this.walk.setCount(this.out.length ** 2);
    this.hovered = null;
    this.drawSettings();
    this.drawCells();
    this.fit();
    this.show();
  }

  drawSettings() {
    const { picture, filter, size, stride, padding } = this.state;
    const { images, filters } = this.data;
    this.picture.set(images.map(({ name }, i) => [String(i), name]), String(picture));
    const names = filters.map(({ name }, i) => [String(i), name]);
    this.filter.set(this.own ? [...names, [OWN, "Your own"]] : names, this.own ? OWN : String(filter));
    setText(this.sentence, this.own ? "Your own weights. Choose a kernel from the list to start again." : filters[filter].sentence);
    this.numbers.size.set(size);
    this.numbers.stride.set(stride);
    this.numbers.padding.set(padding, (p) => p < size);
    const n = this.pixels.length;
    const o = this.out.length;
    setAttr(this.board, "aria-label", `A kernel of ${size} by ${size} slides over an image of ${n} by ${n} with stride `
      + `${stride} and padding ${padding}; the output has ${o} by ${o} numbers. Arrow keys move it, space plays or pauses.`);
    setText(this.panes[0].caption, `${n} × ${n} pixels, 0 black, ${this.data.most} white`);
    setText(this.panes[1].caption, "Click to edit");
    const colours = this.isGrey ? "Grey: the larger, the lighter" : "Green above zero, purple below";
    setText(this.panes[2].caption, `⌊(${n} + 2·${padding} − ${size}) / ${stride}⌋ + 1 = ${o} a side. ${colours}.`);
    Object.assign(this.root.dataset, { size: String(o), kernel: this.own ? OWN : filters[filter].name });
  }

  drawCells() {
    const { size, stride, padding } = this.state;
    const n = this.pixels.length;
    const most = this.data.most;
    this.read = readPlaces(this.framed.length, size, stride);
    this.input.resize(this.framed.length);
    this.input.draw((i, row, column) => {
      const value = this.framed[row][column];
      const isPadding = [row, column].some((x) => x < padding || x >= padding + n);
      const unread = this.read[row] && this.read[column] ? "" : " rl-unread";
      return isPadding ? { text: "0", value, cls: `rl-zero${unread}` } : { text: String(value), value, rgb: greyOf(value, most), cls: unread };
    });
    const heaviest = Math.max(...this.weights.flat().map(Math.abs));
    this.kernel.resize(size);
    this.kernel.draw((i, row, column) => {
      const value = this.weights[row][column];
      return { text: this.texts[row][column], value, rgb: signedOf(this.theme, value, heaviest) };
    });
    this.output.resize(this.out.length);
    this.note.hidden = !this.read.includes(false);
    setText(this.note, "Hatched pixels are never read: no window reaches them. Try another padding or a smaller stride.");
  }

  drawOutput() {
    const values = this.out.flat();
    const most = Math.max(...values.map(Math.abs));
    this.output.draw((i, row, column) => {
      const value = this.out[row][column];
      if (i > this.walk.reached) return { text: "", cls: "rl-empty", value };
      return { text: brief(value), value, rgb: this.isGrey ? greyOf(value, most) : signedOf(this.theme, value, most) };
    });
  }

  /** Draws the place of the kernel, or that under the pointer. */
  show() {
    const { size, stride } = this.state;
    const side = this.out.length;
    const place = this.hovered ?? this.walk.place;
    const [row, column] = [Math.floor(place / side), place % side];
    this.drawOutput();
    this.input.mark(row * stride, column * stride, size);
    this.output.mark(row, column, 1);
    this.player.draw(this.walk);
    this.root.dataset.place = String(this.walk.place);
    this.sum.draw(row, column, termsAt(this.framed, this.weights, stride, row, column), this.texts);
  }

  /** Chooses the cells' size: three squares and the sum in a row, else the sum below, else two rows. */
  fit() {
    const width = this.root.clientWidth - EDGES;
    if (!width || !this.out) return;
    const [n, k, o] = [this.framed.length, this.state.size, this.out.length];
    const row = width - 2 * GAP;
    const beside = Math.floor((row - k * TERM - SUM) / (n + k + o));
    const across = beside >= CELL.beside ? beside : Math.floor(row / (n + k + o));
    const isStacked = across < CELL.least;
    // On a narrow screen the kernel's cells stay large enough to be typed into.
    const rest = width - TIGHT;
    const below = Math.max(Math.floor((rest - k * CELL.kernel) / o), CELL.least - 2);
    const cell = Math.min(CELL.most, isStacked ? Math.min(Math.floor(width / n), below) : across);
    this.board.classList.toggle("rl-stacked", isStacked);
    this.input.cellPixels = this.output.cellPixels = cell;
    this.kernel.cellPixels = isStacked ? Math.min(CELL.kernel, Math.floor((rest - o * cell) / k)) : cell;
  }

  hover(i) {
    const hovered = i === undefined ? null : Number(i);
    if (hovered === this.hovered) return;
    this.hovered = hovered;
    this.show();
  }

  // Only of moves by hand: what plays by itself would talk without end.
  say() {
    const side = this.out.length;
    const [row, column] = [Math.floor(this.walk.place / side), this.walk.place % side];
    setText(this.spoken, `Row ${row + 1}, column ${column + 1}: ${shown(this.out[row][column])}`);
  }

  key(event) {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    const target = event.target instanceof Element ? event.target : document.body;
    const isHere = this.root.contains(target) || (target === document.body && this.isInView());
    if (!isHere || target.closest(TAKES_KEYS)) return;
    if (event.key === " ") {
      event.preventDefault();
      if (!event.repeat) this.walk.toggle();
    } else if (target === this.board && event.key in ARROWS) {
      event.preventDefault();
      const side = this.out.length;
      const [down, right] = ARROWS[event.key];
      const row = Math.floor(this.walk.place / side) + down;
      const column = (this.walk.place % side) + right;
      if (Math.min(row, column) >= 0 && Math.max(row, column) < side) this.walk.seek(row * side + column);
    }
  }

  // Elsewhere on the page the space key scrolls, as ever.
  isInView() {
    const { top, bottom } = this.board.getBoundingClientRect();
    return bottom > 0 && top < window.innerHeight;
  }

  checkTheme() {
    const theme = readTheme(this.root);
    if (theme.key === this.theme.key) return;
    this.theme = theme;
    this.markTheme();
    if (!this.out) return;
    this.drawCells();
    this.show();
  }

  markTheme() {
    this.root.dataset.theme = this.theme.dark ? "dark" : "light";
    this.root.style.setProperty("--rl-on-accent", this.theme.onAccent);
  }

  destroy() {
    clearTimeout(this.walk.timer);
    clearInterval(this.clock);
    this.sizes.disconnect();
    document.removeEventListener("keydown", this.onKey);
    this.root.remove();
  }
}
