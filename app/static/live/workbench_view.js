// The workbench: self-attention of one head on a handful of tokens, step by step, with the real numbers.

const version = new URL(import.meta.url).search;
const load = (name) => import(`./${name}.js${version}`);
const [{ button, el, icon, setAttr, setText, toggle }, { readTheme }, { MAX_WEIGHT, parseWeight, shown }, { Choice }] =
  await Promise.all(["dom", "theme", "kernel_math", "kernel_controls"].map(load));
const [{ attend, farthest, reordered, sharpness }, { STEPS }, { StepPanel }] =
  await Promise.all(["workbench_math", "workbench_steps", "workbench_panel"].map(load));

const EACH_MS = 2500;   // of a step while it plays
const LAST = STEPS.length - 1;
const TYPED = ["x", "w_q", "w_k", "w_v"];
const SOFTMAX = 4;

export class WorkbenchView {
  constructor(parent) {
    this.step = 0;
    this.isScaled = true;
    this.isSwapped = false;
    this.timer = null;
    this.build();
    parent.append(this.root);
    this.theme = readTheme(this.root);
    this.markTheme();
    this.clock = setInterval(() => this.checkTheme(), 1000);
  }

  build() {
    this.example = new Choice("Example", (value) => this.start(Number(value)));
    this.sentence = el("p", { class: "rl-muted" });
    this.scale = toggle("Scale by 1/√h", true, (on) => { this.isScaled = on; this.draw(); },
      { title: "Divide the scores by the square root of the head's size before the softmax" });
    this.swap = toggle("Swap the first two tokens", false, (on) => { this.isSwapped = on; this.draw(); },
      { title: "Change the order of the tokens, not the tokens" });
    this.reset = button("Back to the example", { glyph: "undo", cls: "rl-small", onClick: () => this.start(this.index) });
    this.strip = STEPS.map(({ name }, i) => el("button", { type: "button", class: "rl-segment", text: `${i + 1} ${name}`,
      on: { click: () => this.go(i) } }));
    this.back = button("Back", { onClick: () => this.go(this.step - 1) });
    this.next = button("Next", { onClick: () => this.go(this.step + 1) });
    this.play = button("Play", { glyph: "play", cls: "rl-primary", onClick: () => (this.timer ? this.halt() : this.run()) });
    this.panels = STEPS.map((step) => new StepPanel(step, (...typed) => this.typed(...typed)));
    this.trouble = el("p", { class: "rl-trouble", role: "alert" });
    this.note = el("p", { class: "rl-swap-note", role: "status" });
    this.root = el("div", { class: "rdfia-live rdfia-workbench" }, el("div", { class: "rl-probe", "aria-hidden": "true" }),
      el("div", { class: "rl-bench-fields" }, this.example.node, this.scale.node, this.swap.node, this.reset), this.sentence,
      el("div", { class: "rl-bench-steps" }, this.play, this.back, this.next,
        el("div", { class: "rl-segments", role: "group", "aria-label": "Steps" }, this.strip)),
      this.trouble, el("div", { class: "rl-card rl-bench-card" }, this.panels.map(({ node }) => node)), this.note,
      el("p", { class: "rl-muted", text: "Green above zero, purple below. Numbers are shown rounded and computed in full. "
        + "Numbers with a frame can be changed." }));
  }

  /** Called at each change of `data` (docs/live.md). */
  update({ data }) {
    const key = JSON.stringify(data.examples);
    if (key === this.key) return;
    this.key = key;
    this.data = data;
    this.example.set(data.examples.map(({ name }, i) => [String(i), name]), "0");
    this.start(0);
  }

  /** Takes over an example as it was given. */
  start(index) {
    this.index = index;
    const example = this.data.examples[index];
    this.texts = Object.fromEntries(TYPED.map((name) =>
      [name, example[name].map((row) => row.map((value) => String(value).replace("-", "−")))]));
    this.isOwn = false;
    setText(this.trouble, "");
    this.draw();
  }

  typed(name, row, column, field) {
    const value = parseWeight(field.value);
    setText(this.trouble, value !== null ? "" :
      `A number must be between −${MAX_WEIGHT} and ${MAX_WEIGHT}, or a fraction such as 1/3. Got “${field.value.slice(0, 20)}”.`);
    if (value !== null) {
      this.texts[name][name === "x" ? this.order[row] : row][column] = field.value.trim().replace("-", "−");
      this.isOwn = true;
    }
    this.draw();
  }

  /** Rows of the tokens as they are shown: by their place in the example. */
  get order() {
    const order = this.data.examples[this.index].tokens.map((_, i) => i);
    return this.isSwapped ? [1, 0, ...order.slice(2)] : order;
  }

  draw() {
    const { order, isScaled, theme } = this;
    const example = this.data.examples[this.index];
    const texts = { ...this.texts, x: reordered(this.texts.x, order) };
    const values = Object.fromEntries(TYPED.map((name) => [name, texts[name].map((row) => row.map(parseWeight))]));
    const tokens = reordered(example.tokens, order);
    const all = attend(values, isScaled);
    const state = { all, texts, tokens, isScaled, theme, h: values.w_q[0].length };
    const other = attend(values, !isScaled);
    const compared = `The largest share of a row is ${shown(sharpness(all))} on average; ${isScaled ? "without" : "with"} the scaling `
      + `it would be ${shown(sharpness(other))}. The farther apart the scores, the more softmax gives to one token.`;
    this.panels.forEach((panel, i) => panel.draw(state, i === SOFTMAX ? compared : ""));
    this.drawNote(all, tokens, order);
    this.reset.disabled = !this.isOwn;
    setText(this.sentence, this.isOwn ? "Your own numbers." : example.sentence);
    Object.assign(this.root.dataset, { example: example.name, sharpness: sharpness(all) });
    this.drawStep();
  }

  drawNote(all, tokens, order) {
    this.note.hidden = !this.isSwapped;
    if (!this.isSwapped) return;
    const before = attend({ ...all, x: reordered(all.x, order) }, this.isScaled);   // a swap undoes itself
    const difference = farthest(reordered(before.outputs, order), all.outputs);
    this.root.dataset.difference = difference;
    setText(this.note, `“${tokens[1]}” and “${tokens[0]}” have changed places, and so have their outputs (step 6); apart from the order `
      + `the largest difference is ${shown(difference)}. Attention alone does not know where a token stands: `
      + "that is why a positional embedding is added to each.");
  }

  go(step) {
    this.halt();
    this.step = step;
    this.drawStep();
  }

  run() {
    if (this.step === LAST) this.step = 0;
    this.timer = setInterval(() => {
      this.step += 1;
      if (this.step === LAST) this.halt();
      this.drawStep();
    }, EACH_MS);
    this.drawStep();
  }

  halt() {
    clearInterval(this.timer);
    this.timer = null;
    this.drawStep();
  }

  drawStep() {
    const { step } = this;
    this.panels.forEach(({ node }, i) => { node.hidden = i !== step; });
    this.strip.forEach((node, i) => setAttr(node, "aria-pressed", String(i === step)));
    this.back.disabled = step === 0;
    this.next.disabled = step === LAST;
    this.root.dataset.step = String(step + 1);
    const isPlaying = this.timer !== null;
    if (isPlaying === this.isPlaying) return;
    this.isPlaying = isPlaying;
    this.play.querySelector("svg").replaceWith(icon(isPlaying ? "pause" : "play"));
    setText(this.play.querySelector("span"), isPlaying ? "Pause" : "Play");
  }

  checkTheme() {
    const theme = readTheme(this.root);
    if (theme.key === this.theme.key) return;
    this.theme = theme;
    this.markTheme();
    if (this.data) this.draw();
  }

  markTheme() {
    this.root.dataset.theme = this.theme.dark ? "dark" : "light";
    this.root.style.setProperty("--rl-on-accent", this.theme.onAccent);
  }

  destroy() {
    clearInterval(this.timer);
    clearInterval(this.clock);
    this.root.remove();
  }
}
