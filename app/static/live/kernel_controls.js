// What can be set in the kernel view: image, kernel, sizes; and the buttons that play it.

const version = new URL(import.meta.url).search;
const { button, el, icon, setAttr, setText } = await import(`./dom.js${version}`);

const SPEEDS = [["slow", "Slow", 1000], ["normal", "Normal", 350], ["fast", "Fast", 80]];

/** A labelled list to choose from. */
export class Choice {
  constructor(label, onChange) {
    this.select = el("select", { "aria-label": label, on: { change: () => onChange(this.select.value) } });
    this.node = el("label", { class: "rl-field" }, el("span", { text: label }), this.select);
  }

  /** `options` are [value, text]. */
  set(options, value) {
    const key = JSON.stringify(options);
    if (key !== this.key) {
      this.key = key;
      this.select.replaceChildren(...options.map(([name, text]) => el("option", { value: name, text })));
    }
    this.select.value = value;
  }
}

/** A few numbers side by side, one of them chosen. */
export class Numbers {
  constructor(label, values, onChange) {
    this.buttons = values.map((value) => el("button", {
      type: "button", class: "rl-segment", text: String(value), "data-number": value,
      on: { click: () => onChange(value) },
    }));
    this.node = el("div", { class: "rl-field", role: "group", "aria-label": label },
      el("span", { text: label, "aria-hidden": "true" }),
      el("div", { class: "rl-segments" }, this.buttons));
  }

  set(value, isAllowed = () => true) {
    for (const node of this.buttons) {
      setAttr(node, "aria-pressed", String(Number(node.dataset.number) === value));
      node.disabled = !isAllowed(Number(node.dataset.number));
    }
  }
}

/** Play, step, restart, speed, and a slider over the places of the output. */
export class Player {
  /** Of a `Walk`. */
  constructor(walk) {
    this.play = button("Play", { glyph: "play", cls: "rl-primary", onClick: () => walk.toggle() });
    this.speed = el("select", { "aria-label": "Speed" }, SPEEDS.map(([value, text]) =>
      el("option", { value, text, selected: value === "normal" })));
    this.slider = el("input", { type: "range", min: 0, "aria-label": "Place of the kernel",
      on: { input: () => walk.seek(Number(this.slider.value)) } });
    this.count = el("span", { class: "rl-amount" });
    this.node = el("div", { class: "rl-player" }, this.play,
      button("Step", { glyph: "batch", onClick: () => walk.step() }),
      button("Restart", { glyph: "reset", onClick: () => walk.restart() }),
      el("label", { class: "rl-speed" }, el("span", { text: "Speed" }), this.speed),
      el("div", { class: "rl-places" }, this.slider, this.count));
  }

  /** Milliseconds between two places. */
  get pause() {
    return SPEEDS.find(([value]) => value === this.speed.value)[2];
  }

  draw({ isPlaying, place, count }) {
    if (isPlaying !== this.isPlaying) {
      this.isPlaying = isPlaying;
      this.play.querySelector("svg").replaceWith(icon(isPlaying ? "pause" : "play"));
      setText(this.play.querySelector("span"), isPlaying ? "Pause" : "Play");
    }
    this.slider.max = count - 1;
    this.slider.value = place;
    setAttr(this.slider, "aria-valuetext", `Place ${place + 1} of ${count}`);
    setText(this.count, `${place + 1} of ${count}`);
  }
}
