// The slider under the map: any moment of the run so far.

const version = new URL(import.meta.url).search;
const { el, button, epochText, setText } = await import(`./dom.js${version}`);

const REPLAY_S = 8;

export class History {
  /** `seek(index | null)` shows that frame, or the live one for null. */
  constructor(seek) {
    this.seek = seek;
    this.size = 0;
    this.index = null;
    this.slider = el("input", { type: "range", min: 0, max: 0, step: 1, value: 0, class: "rl-history-slider",
      "aria-label": "Moment of the run", disabled: true, on: { input: () => this.drag() } });
    this.label = el("output", { class: "rl-history-label", text: "Epoch –" });
    this.liveButton = button("Live", { cls: "rl-small rl-live-button", onClick: () => this.live(), hidden: true,
      title: "Back to the newest picture" });
    this.replayButton = button("Replay", { glyph: "play", cls: "rl-small", onClick: () => this.replay(),
      hidden: true, title: "Play the run again from its first picture" });
    this.node = el("div", { class: "rl-history" }, this.slider,
      el("div", { class: "rl-history-foot" }, this.label, this.liveButton, this.replayButton));
  }

  clear() {
    this.halt();
    this.index = null;
    this.update({ size: 0, epoch: null });
  }

  /**
   * @param size number of frames kept; `at`: the one on screen while following (default the last);
   *   `epoch` of the one on screen; `ended`: the run is over; `back`: what returning is called.
   */
  update({ size, at = size - 1, epoch, ended = false, back = "Live" }) {
    this.size = size;
    this.slider.max = Math.max(0, size - 1);
    this.slider.disabled = size < 2;
    this.slider.value = Math.max(0, this.index ?? at);
    const words = epoch === null ? "No picture yet" : `Epoch ${epochText(epoch)}`;
    setText(this.label, words);
    this.slider.setAttribute("aria-valuetext", words);
    this.liveButton.hidden = this.index === null;
    setText(this.liveButton.lastChild, back);
    this.replayButton.hidden = !ended || size < 3;
  }

  drag() {
    this.halt();
    const index = Number(this.slider.value);
    // Dragged to the end: follow the run again.
    this.go(index >= this.size - 1 ? null : index);
  }

  go(index) {
    this.index = index;
    this.seek(index);
  }

  live() {
    this.halt();
    this.go(null);
  }

  replay() {
    if (this.timer) { this.halt(); return; }
    let index = 0;
    setText(this.replayButton.lastChild, "Stop replay");
    this.go(0);
    this.timer = setInterval(() => {
      index++;
      if (index >= this.size - 1) this.live();
      else this.go(index);
    }, (1000 * REPLAY_S) / Math.max(2, this.size));
  }

  halt() {
    clearInterval(this.timer);
    this.timer = null;
    setText(this.replayButton.lastChild, "Replay");
  }
}
