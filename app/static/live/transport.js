// The bar on top: what the run is doing, and the buttons that change it.

const version = new URL(import.meta.url).search;
const { el, button, icon, setText, setAttr, num, epochText, roughly, seconds } = await import(`./dom.js${version}`);
const { ACTIVE, TERMINAL } = await import(`./feed.js${version}`);

const WORDS = {
  queued: "Waiting in line", starting: "Starting", running: "Training", paused: "Paused", completed: "Finished",
  stopped: "Stopped", diverged: "Diverged", failed: "Failed", lost: "Interrupted", missing: "Not found",
  recording: "Playing a recording", empty: "Not started",
};
const GATHER = 140;    // ms in which presses of one button become one command

const STARTING = "The engine is starting: a server's first run waits some seconds for it.";

function inLine({ queue_place: place, starts_s: starts }) {
  const word = place === 1 ? "next in line" : `number ${place} in line`;
  return starts ? `${word}, starts in ${roughly(starts)}` : word;
}

export class Transport {
  /** `send(command)` tells Python. */
  constructor(send) {
    this.send = send;
    this.pending = null;
    this.gathered = null;
    this.context = { state: "empty", run: null, control: true, stale: false };
    this.build();
  }

  build() {
    const make = (label, glyph, title, onClick) => button(label, { glyph, title, onClick });
    this.playIcons = { play: icon("play"), pause: icon("pause") };
    this.playText = el("span", { class: "rl-button-text", text: "Play" });
    this.play = el("button", { type: "button", class: "rl-button rl-primary", on: { click: () => this.toggle() } },
      this.playIcons.play, this.playText);
    this.batch = make("One batch", "batch", "Train on one batch, then pause (b)", () => this.gather("batch"));
    this.epoch = make("One epoch", "epoch", "Train for one epoch, then pause (n)", () => this.gather("epoch"));
    this.reset = make("Reset", "reset", "Start again from the same first weights (r)", () => this.command("reset"));
    this.seed = make("New seed", "seed", "Start again from other first weights", () => this.command("new_seed"));
    this.stop = make("Stop", "stop", "End this run for good", () => this.command("stop"));
    this.speed = el("select", { "aria-label": "Speed", on: { change: () => this.pickSpeed() } });
    this.help = el("button", { type: "button", class: "rl-button rl-help", text: "?", title: "Keyboard and colours (?)",
      "aria-label": "Help", on: { click: () => this.dialog.open ? this.dialog.close() : this.dialog.showModal() } });
    this.controls = el("div", { class: "rl-controls", role: "group", "aria-label": "Run control" },
      this.play, this.batch, this.epoch, this.reset, this.seed, this.stop,
      this.speedLabel = el("label", { class: "rl-speed" }, el("span", { text: "Speed" }), this.speed));
    this.chip = el("span", { class: "rl-chip" });
    this.facts = ["epoch", "rate", "left", "learning", "queue"].reduce((all, key) => {
      all[key] = el("span", { class: "rl-fact" });
      return all;
    }, {});
    this.sentence = el("p", { class: "rl-sentence", hidden: true });
    this.restart = make("Restart with them", "play", "End this run and start one with the settings of the form",
      () => this.command("restart"));
    this.restart.classList.add("rl-small");
    this.staleLine = el("p", { class: "rl-sentence rl-stale", hidden: true },
      el("span", { text: "The settings have changed since this run started." }), this.restart);
    this.trouble = el("p", { class: "rl-sentence rl-trouble", role: "status", hidden: true,
      text: "Connection lost, trying again." });
    this.bar = el("div", { class: "rl-progress" }, el("div"));
    this.dialog = helpDialog();
    this.node = el("section", { class: "rl-card rl-transport", "aria-label": "Training" },
      this.buttons = el("div", { class: "rl-bar" }, this.controls, this.help),
      el("div", { class: "rl-status" }, this.chip, Object.values(this.facts)),
      this.bar, this.sentence, this.staleLine, this.trouble, this.dialog);
  }

  get state() {
    const { state } = this.context;
    if (!this.pending || performance.now() > this.pending.until) return state;
    // What was asked for holds until the server says the same, or for one second.
    if (this.pending.type === "pause") return ACTIVE.has(state) ? "paused" : state;
    return ACTIVE.has(state) ? state : "starting";
  }

  get isPlaying() {
    return ACTIVE.has(this.state);
  }

  toggle() {
    this.command(this.isPlaying ? "pause" : "play");
  }

  command(type, more = {}) {
    if (!this.context.control) return;
    this.sendGathered();
    if (type === "play" || type === "pause") {
      this.pending = { type, until: performance.now() + 1000 };
      clearTimeout(this.reconcile);
      this.reconcile = setTimeout(() => this.refresh(), 1020);
    }
    this.send({ type, ...more });
    this.refresh();
  }

  /** Presses in quick succession are sent as one command with a count. */
  gather(type) {
    if (!this.context.control) return;
    if (this.gathered?.type !== type) this.sendGathered();
    const count = (this.gathered?.count ?? 0) + 1;
    clearTimeout(this.gathered?.timer);
    this.gathered = { type, count, timer: setTimeout(() => this.sendGathered(), GATHER) };
  }

  /** Also before any other command: what was pressed first must act first. */
  sendGathered() {
    if (!this.gathered) return;
    const { type, count, timer } = this.gathered;
    clearTimeout(timer);
    this.gathered = null;
    this.command(type, { count });
  }

  pickSpeed() {
    const value = JSON.parse(this.speed.value);
    this.chosen = { value, until: performance.now() + 2000 };
    this.command("speed", { value });
    this.speed.blur();
  }

  /** @param context {state, run (packet header's), control, stale, speeds, speed, images (an epoch)} */
  update(context) {
    this.context = { ...this.context, ...context };
    if (this.pending) {
      const done = ACTIVE.has(this.context.state) === (this.pending.type === "play");
      if (done) this.pending = null;
    }
    this.refresh();
  }

  refresh() {
    const { run, control, stale, state: actual } = this.context;
    const state = this.state;
    const playing = this.isPlaying;
    const recording = actual === "recording";
    const startsNew = !run || recording || TERMINAL.has(actual) || stale;
    setText(this.playText, playing ? "Pause" : "Play");
    const glyph = this.playIcons[playing ? "pause" : "play"];
    if (this.play.firstChild !== glyph) this.play.replaceChild(glyph, this.play.firstChild);
    setAttr(this.play, "title", playing ? "Pause training (space)"
      : startsNew ? "Start a new run (space)" : "Go on training (space)");
    const live = run && !recording && !TERMINAL.has(actual);
    for (const node of [this.play, this.batch, this.epoch, this.seed, this.speed]) node.disabled = !control;
    this.reset.disabled = !control || !run || recording;
    this.stop.disabled = !control || !live;
    // What is only to be looked at has nothing to press.
    this.controls.hidden = !control;
    this.speedLabel.hidden = !this.context.speeds?.length;
    this.refreshSpeed();

    const isCold = state === "queued" && run?.engine_ready === false;
    const word = WORDS[isCold ? "starting" : state];
    setText(this.chip, control || recording ? word : `Watching: ${word.toLowerCase()}`);
    setAttr(this.chip, "data-state", state);
    const shown = run ?? {};
    this.fact("epoch", run ? `Epoch ${epochText(shown.epoch)} of ${num(shown.epochs, 6)}` : "");
    this.fact("rate", playing && shown.rate && !recording ? this.pace(shown.rate) : "");
    this.fact("left", playing && shown.eta_s && !recording ? `${seconds(shown.eta_s)} left` : "");
    const rate = shown.live?.learning_rate;
    this.fact("learning", rate !== undefined && rate !== null ? `Learning rate ${num(rate)}` : "");
    this.fact("queue", state === "queued" && !isCold && shown.queue_place ? inLine(shown) : "");
    const part = run && shown.epochs ? Math.min(1, shown.epoch / shown.epochs) : 0;
    this.bar.firstChild.style.width = `${100 * part}%`;
    this.say(this.sentence, this.context.sentence ?? (isCold ? STARTING : shown.sentence));
    this.staleLine.hidden = !stale || !run || !control;
    this.buttons.hidden = !control;
  }

  // A network on images takes seconds for an epoch, so its pace is told in images.
  pace(rate) {
    const { images } = this.context;
    if (!images) return `${num(rate, 2)} epochs/s`;
    return `${Math.round(rate * images).toLocaleString("en")} images/s`;
  }

  refreshSpeed() {
    const { speeds = [], run, speed } = this.context;
    const key = JSON.stringify(speeds);
    if (key !== this.speedKey) {
      this.speedKey = key;
      this.speed.replaceChildren(...speeds.map((value) => el("option", { value: JSON.stringify(value),
        text: value === null ? "Full speed" : `${num(value)} epochs/s` })));
    }
    const live = run && !TERMINAL.has(this.context.state) && this.context.state !== "recording";
    let value = live && run.speed !== undefined ? run.speed : speed ?? null;
    if (this.chosen && performance.now() < this.chosen.until) value = this.chosen.value;
    const text = JSON.stringify(value);
    if (this.speed.value !== text && [...this.speed.options].some((o) => o.value === text)) this.speed.value = text;
  }

  fact(key, text) {
    setText(this.facts[key], text);
    this.facts[key].hidden = !text;
  }

  say(node, text) {
    setText(node, text || "");
    node.hidden = !text;
  }

  setTrouble(down) {
    this.trouble.hidden = !down;
  }

  destroy() {
    clearTimeout(this.reconcile);
    clearTimeout(this.gathered?.timer);
    if (this.dialog.open) this.dialog.close();
  }
}

const KEYS = [["Space", "Play or pause"], ["B", "Train on one batch"], ["N", "Train for one epoch"],
  ["R", "Reset to the first weights"], ["?", "Open or close this help"], ["Esc", "Close"]];
const READING = [
  "The map is coloured by the class the network would answer: the stronger the colour, the surer it is.",
  "The line marks where two classes are equally likely.",
  "Filled circles are training points, triangles validation points, hollow diamonds test points.",
  "Rings mark the points of the last batch while training is paused or slow.",
  "In units and weights, green is positive and purple is negative; thicker lines are larger weights.",
  "In the curves, drag to zoom, double-click to zoom out, and click a name to hide its curves.",
];

function helpDialog() {
  const close = button("Close", { onClick: () => dialog.close() });
  const dialog = el("dialog", { class: "rl-dialog rl-help-dialog", "aria-label": "Help" },
    el("h3", { text: "Keyboard" }),
    el("dl", { class: "rl-keys" }, KEYS.map(([key, text]) => [
      el("dt", {}, el("kbd", { text: key })), el("dd", { text })])),
    el("h3", { text: "How to read the picture" }),
    el("ul", {}, READING.map((text) => el("li", { text }))),
    el("div", { class: "rl-dialog-foot" }, close));
  dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
  return dialog;
}
