// Where the kernel stands, and how it goes on: by itself, step by step, or where it is sent.

export class Walk {
  /** `hooks`: moved(), movedByHand(), delay() in ms, isHeld(): stay while true. */
  constructor(hooks) {
    this.hooks = hooks;
    this.place = this.reached = 0;
    this.count = 0;
    this.timer = null;
  }

  get isPlaying() {
    return this.timer !== null;
  }

  get last() {
    return this.count - 1;
  }

  /** Takes over a number of places. A full map stays full, so that kernels compare at a glance. */
  setCount(count) {
    const wasFull = this.count > 0 && this.reached === this.last;
    this.count = count;
    this.reached = wasFull ? this.last : Math.min(this.reached, this.last);
    this.place = Math.min(this.place, this.last);
  }

  play() {
    this.timer = setTimeout(() => {
      if (!this.hooks.isHeld()) this.advance();
      if (this.place < this.last) this.play();
      else this.halt();
    }, this.hooks.delay());
  }

  halt() {
    clearTimeout(this.timer);
    this.timer = null;
    this.hooks.moved();
  }

  toggle() {
    if (this.isPlaying) {
      this.halt();
      this.hooks.movedByHand();
      return;
    }
    if (this.place === this.last) this.place = this.reached = 0;
    this.play();
    this.hooks.moved();
  }

  advance() {
    this.place = Math.min(this.place + 1, this.last);
    this.reached = Math.max(this.reached, this.place);
    this.hooks.moved();
  }

  step() {
    this.seek(Math.min(this.place + 1, this.last));
  }

  restart() {
    this.place = this.reached = 0;
    this.halt();
  }

  seek(place) {
    this.place = place;
    this.reached = Math.max(this.reached, place);
    this.halt();
    this.hooks.movedByHand();
  }
}
