// The layers view: a network as a table of blocks that is edited in place. Sizes, weights and work
// follow each key press here; Python hears of the text a moment later.

const version = new URL(import.meta.url).search;
const load = (name) => import(`./${name}.js${version}`);
const [{ button, el, setAttr, setText }, { readTheme }, { TextError, blocksText, readBlocks }, { effective, layerTable, totals }] =
  await Promise.all(["dom", "theme", "layers_text", "layers_table"].map(load));
const [{ BlockRow, COLUMNS, Row, sentence }, { KindMenu, KINDS }, { Totals }] =
  await Promise.all(["layers_row", "layers_kinds", "layers_totals"].map(load));

const LAPSE = 300;     // ms of rest before Python hears of an edit
const ANSWERED = 10_000; // ms after which an edit needs no answer any more
const MOST_UNDONE = 100;
const LAB = "lab";
const SOURCES = {
  batch_norm: "Put in by “Batch norm” in the side panel.",
  dropout: "Put in by “Dropout” in the side panel.",
};

export class LayersView {
  constructor(parent) {
    this.entries = [];     // {id, block}
    this.rows = new Map();
    this.past = [];        // texts before each edit
    this.sent = [];        // {text, at} that Python has not answered yet
    this.nextId = 0;
    this.build();
    parent.append(this.root);
    this.checkTheme();
    this.clock = setInterval(() => this.checkTheme(), 1000);
  }

  build() {
    this.menu = new KindMenu((block) => this.insert(block));
    this.presets = el("div", { class: "rl-segments", role: "group", "aria-label": "Start from" });
    this.undoButton = button("Undo", { glyph: "undo", cls: "rl-small", title: "Take the last edit back", onClick: () => this.undo() });
    this.labButton = button("Back to the lab's network", { glyph: "reset", cls: "rl-small", onClick: () => this.startFrom(LAB) });
    this.input = new Row("Image", this.source = el("p", { class: "rl-muted" }), this.first = el("button", {
      type: "button", class: "rl-tool", text: "+", title: "Add a first block", "aria-label": "Add a first block",
      "aria-haspopup": "menu", "aria-expanded": "false", on: { click: () => this.openMenu(null, this.first) } }));
    this.classifier = new Row("Classifier", this.classes = el("p", { class: "rl-muted" }));
    this.totals = new Totals();
    this.body = el("tbody", { role: "rowgroup" });
    const heads = ["Layer", "Settings", ...COLUMNS];
    const head = (text, i) => el("th", { role: "columnheader", scope: "col", text, class: i > 1 ? "rl-number" : "" });
    const table = el("table", { class: "rl-table", role: "table", "aria-label": "Layers of the network" },
      el("thead", { role: "rowgroup" }, el("tr", { role: "row" }, heads.map(head), el("td", { role: "cell" }))),
      this.body, this.totals.node);
    this.locked = el("p", { class: "rl-locked", role: "status", hidden: true });
    this.text = el("textarea", { rows: 2, spellcheck: "false", autocapitalize: "off", autocomplete: "off",
      "aria-label": "The network as text", on: { input: () => this.typed(), blur: () => this.typed(true) } });
    this.copyButton = button("Copy", { cls: "rl-small", onClick: () => this.copy() });
    this.trouble = el("p", { class: "rl-trouble", role: "alert" });
    this.spoken = el("p", { class: "rl-hidden", "aria-live": "polite" });
    this.fields = el("fieldset", { class: "rl-plain-set" },
      el("div", { class: "rl-toolbar" }, el("span", { class: "rl-muted", text: "Start from" }), this.presets, this.undoButton, this.labButton),
      el("div", { class: "rl-table-card" }, table));
    this.root = el("div", { class: "rdfia-live rdfia-layers", on: { focusout: (event) => this.focusLeft(event) } },
      el("div", { class: "rl-probe", "aria-hidden": "true" }), this.locked, this.fields,
      el("div", { class: "rl-as-text" }, el("h3", { text: "The network as text" }), this.text, this.copyButton), this.trouble,
      el("p", { class: "rl-muted rl-legend-text", text: "Output: channels × rows × columns, or units. Bars: the layer's share of the whole. "
        + "Multiply-adds: for one image. Memory: of the output, in float32. Receptive field: pixels of the image, a side and "
        + "padding included, that one output value depends on; “every”: pixels between neighbours." }),
      this.spoken, this.menu.node);
  }

  get blocks() {
    return this.entries.map(({ block }) => block);
  }

  /** Called at each change of `data` (docs/live.md). */
  update(component) {
    const { data } = component;
    const before = this.data;
    if (JSON.stringify(data) === JSON.stringify(before)) return;
    this.data = data;
    this.locked.hidden = !data.locked;
    setText(this.locked, data.locked);
    this.fields.disabled = this.text.readOnly = Boolean(data.locked);
    setText(this.trouble, data.problem);
    if (JSON.stringify(data.presets) !== JSON.stringify(before?.presets)) this.buildPresets();
    if (data.text !== before?.text) this.receive(data.text);
    this.draw();
  }

  /** Python holds another text: the answer to an edit of ours, or a choice in the side panel. */
  receive(text) {
    const now = Date.now();
    this.sent = this.sent.filter(({ at }) => now - at < ANSWERED);
    const i = this.sent.findIndex((sent) => sent.text === text);
    this.sent = i < 0 ? [] : this.sent.slice(i + 1);
    if (i >= 0 || text === blocksText(this.blocks)) return;
    clearTimeout(this.timer);
    this.timer = null;
    if (this.known) this.remember();
    this.known = true;
    this.setBlocks(this.read(text));
  }

  read(text) {
    return readBlocks(text, this.data.limits, this.data.presets);
  }

  setBlocks(blocks) {
    this.entries = blocks.map((block) => ({ id: this.nextId++, block }));
  }

  buildPresets() {
    this.presets.replaceChildren(...this.data.presets.map(({ name, title }) =>
      el("button", { type: "button", class: "rl-segment", text: title, "data-preset": name, on: { click: () => this.startFrom(name) } })));
  }

  startFrom(name) {
    this.edit(() => this.setBlocks(this.read(name)));
  }

  /** Runs one edit; edits of one field in a row are taken back together. */
  edit(action, field = "") {
    if (!field || field !== this.lastField) this.remember();
    this.lastField = field;
    action();
    setText(this.trouble, "");
    this.draw();
    this.later();
  }

  remember() {
    this.past = [...this.past, blocksText(this.blocks)].slice(-MOST_UNDONE);
    this.lastField = "";
  }

  undo() {
    const text = this.past.pop();
    this.lastField = "";
    this.setBlocks(this.read(text));
    this.draw();
    this.later();
  }

  openMenu(id, anchor) {
    this.addAfter = id;
    this.menu.open(anchor, id === null ? "Add a first block" : `Add below ${this.rows.get(`block-${id}`).name.textContent}`);
  }

  insert(block) {
    const at = this.entries.findIndex(({ id }) => id === this.addAfter) + 1;
    const entry = { id: this.nextId++, block };
    this.edit(() => this.entries.splice(at, 0, entry));
    this.rows.get(`block-${entry.id}`).focus();
  }

  change(id, block, field) {
    this.edit(() => { this.entries = this.entries.map((entry) => (entry.id === id ? { id, block } : entry)); }, `${id} ${field}`);
  }

  move(id, by) {
    const from = this.entries.findIndex((entry) => entry.id === id);
    this.edit(() => this.entries.splice(from + by, 0, ...this.entries.splice(from, 1)));
    this.rows.get(`block-${id}`).focus(by < 0 ? 0 : 1);
  }

  remove(id) {
    const at = this.entries.findIndex((entry) => entry.id === id);
    this.edit(() => this.entries.splice(at, 1));
    const next = this.entries[at] ?? this.entries[at - 1];
    if (next) this.rows.get(`block-${next.id}`).focus(2);
    else this.first.focus();
  }

  typed(isLeft = false) {
    try {
      const blocks = this.read(this.text.value);
      setAttr(this.text, "aria-invalid", null);
      if (blocksText(blocks) !== blocksText(this.blocks)) this.edit(() => this.setBlocks(blocks), "text");
      else if (isLeft) this.draw();
      setText(this.trouble, this.data.problem);
    } catch (error) {
      if (!(error instanceof TextError)) throw error;
      setAttr(this.text, "aria-invalid", "true");
      setText(this.trouble, `The text must have ${error.message}`);
    }
  }

  async copy() {
    try {
      await navigator.clipboard.writeText(this.text.value);
    } catch {
      this.text.select();   // without HTTPS there is no clipboard for scripts
      document.execCommand("copy");
    }
    setText(this.copyButton.querySelector("span"), "Copied");
    setTimeout(() => setText(this.copyButton.querySelector("span"), "Copy"), 1500);
  }

  later() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.send(), LAPSE);
  }

  // Whoever turns to another view in the next moment does not lose the edit.
  focusLeft({ relatedTarget }) {
    this.lastField = "";
    if (this.timer && !this.root.contains(relatedTarget)) this.send();
  }

  send() {
    clearTimeout(this.timer);
    this.timer = null;
    const value = blocksText(this.blocks);
    if (value === (this.sent.at(-1)?.text ?? this.data.text)) return;
    this.sent.push({ text: value, at: Date.now() });
    this.outbox.post({ type: "blocks", value });
    setText(this.spoken, this.totals.words);
  }

  draw() {
    const { data, blocks } = this;
    const { limits, shape } = data;
    const all = effective(blocks, { batchNorm: data.batch_norm, dropout: data.dropout });
    const table = layerTable(all.map(({ block }) => block), shape, limits);
    const whole = totals(table.layers);
    const facts = (number) => ({ name: table.names[number], layer: table.layers[number] ?? null, whole,
      reason: number === table.errorNumber ? sentence(table.error) : "", isFull: blocks.length >= limits.blocks });
    const { channels, size, classes } = shape;
    this.input.draw({ name: "input", reason: "", layer: { channels, size, values: channels * size ** 2, field: 1, jump: 1 } });
    setText(this.source, data.source);
    this.first.disabled = blocks.length >= limits.blocks;
    this.classifier.draw(facts(all.length));
    setText(this.classes, `Added by itself: fully connected, one unit for each of the ${classes} classes.`);
    const wanted = new Map(all.map((item, number) => [this.keyOf(item), [item, number]]));
    for (const [key, row] of this.rows) {
      if (wanted.has(key)) continue;
      row.destroy();
      this.rows.delete(key);
    }
    for (const [key, [item, number]] of wanted) this.drawRow(key, item, facts(number));
    const order = [this.input, ...[...wanted.keys()].map((key) => this.rows.get(key)), this.classifier];
    order.forEach(({ node }, i) => this.body.children[i] !== node && this.body.insertBefore(node, this.body.children[i] ?? null));
    this.totals.draw({ error: table.error, whole, batchSize: data.batch_size });
    this.root.dataset.weights = table.error ? "" : String(whole.weights);
    this.drawText();
  }

  keyOf({ origin, source, after }) {
    if (origin !== null) return `block-${this.entries[origin].id}`;
    return source === "dropout" ? source : `${source}-${this.entries[after].id}`;
  }

  drawRow(key, { block, origin, source }, facts) {
    if (!this.rows.has(key)) this.rows.set(key, source ? this.addedRow(block, source) : this.blockRow(this.entries[origin]));
    const row = this.rows.get(key);
    row.block = block;
    if (source === "dropout") setText(row.words, `With probability ${block.p}. ${SOURCES.dropout}`);
    row.draw({ ...facts, isFirst: origin === 0, isLast: origin === this.entries.length - 1 });
  }

  addedRow(block, source) {
    const words = el("p", { class: "rl-muted", text: SOURCES[source] });
    return Object.assign(new Row(KINDS[block.kind].title, words), { words });
  }

  blockRow({ id, block }) {
    return new BlockRow(block, this.data.limits, {
      change: (changed, field) => this.change(id, changed, field),
      add: (anchor) => this.openMenu(id, anchor),
      move: (by) => this.move(id, by),
      remove: () => this.remove(id),
    });
  }

  drawText() {
    const text = blocksText(this.blocks);
    if (document.activeElement !== this.text) {
      this.text.value = text;
      setAttr(this.text, "aria-invalid", null);
    }
    for (const node of this.presets.children) {
      const { text: known } = this.data.presets.find(({ name }) => name === node.dataset.preset);
      setAttr(node, "aria-pressed", String(known === text));
      if (node.dataset.preset === LAB) this.labButton.disabled = known === text;
    }
    this.undoButton.disabled = this.past.length === 0;
  }

  checkTheme() {
    this.root.dataset.theme = readTheme(this.root).dark ? "dark" : "light";
  }

  destroy() {
    clearInterval(this.clock);
    clearTimeout(this.timer);
    this.menu.destroy();
    this.root.remove();
  }
}
