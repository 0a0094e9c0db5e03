// A recording, played over and over.

const { reducedMotion } = await import(`./dom.js${new URL(import.meta.url).search}`);

const LENGTH_MS = 8000;    // from the first picture to the last
const HOLD_MS = 2000;      // then the last one stays

export class Reel {
  /** `isHeld()`: the viewer looks at one moment; `show(frame, ms)` moves to a picture within `ms`. */
  constructor(frames, isHeld, show) {
    Object.assign(this, { frames, isHeld, show, last: -1, start: performance.now() });
    if (frames.length === 0) return;
    this.each = LENGTH_MS / Math.max(1, frames.length - 1);
    this.tick();
    const often = reducedMotion() ? Math.max(1000, this.each) : Math.max(40, this.each / 2);
    this.timer = setInterval(() => this.tick(), often);
  }

  tick() {
    if (document.hidden || this.isHeld()) {
      // Goes on from where it was once the viewer comes back.
      this.start = performance.now() - Math.max(0, this.last) * this.each;
      return;
    }
    const elapsed = (performance.now() - this.start) % (LENGTH_MS + HOLD_MS);
    const index = Math.min(this.frames.length - 1, Math.floor(elapsed / this.each));
    if (index === this.last) return;
    this.show(this.frames[index], index < this.last ? 0 : Math.min(400, this.each));
    this.last = index;
  }

  stop() {
    clearInterval(this.timer);
  }
}
