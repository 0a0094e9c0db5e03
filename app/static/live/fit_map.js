// One map of the fit view: title, canvas, what the score and the nearest point say.

const version = new URL(import.meta.url).search;
const load = (name) => import(`./${name}.js${version}`);
const [{ el, num, setText }, { DecisionMap }, { decodeFrame, toBytes }, { drawLevels, drawSupport, FREE, BOUNDED }] =
  await Promise.all(["dom", "map", "packet", "marks"].map(load));

const BLEND_MS = 160;
const REACH = 14;    // px within which a point is read
const HINT = "Point at the map to read a place.";

export class FitMap {
  constructor(theme, options) {
    this.options = options;
    this.map = new DecisionMap(theme);
    this.map.overlay = () => this.drawOver();
    this.map.mark = (...place) => this.drawMark(...place);
    this.title = el("h3");
    this.caption = el("p", { class: "rl-muted rl-fit-caption" });
    this.message = el("p", { class: "rl-map-message", hidden: true });
    this.reading = el("p", { class: "rl-reading", text: HINT });
    this.node = el("section", { class: "rl-card rl-fit-map" }, this.title, this.caption,
      this.holder = el("div", { class: "rl-map-holder" }, this.map.canvas, this.message), this.reading);
    this.map.canvas.addEventListener("pointermove", (event) => this.read(event));
    this.map.canvas.addEventListener("pointerleave", () => setText(this.reading, HINT));
  }

  /** `item` as docs/live.md describes an entry of `maps`. */
  async update(item) {
    setText(this.title, item.title ?? "");
    setText(this.caption, item.caption ?? "");
    this.title.hidden = !item.title;
    this.caption.hidden = !item.caption;
    const words = [item.title || "Decision map", item.label, item.message].filter(Boolean).join(": ");
    this.map.canvas.setAttribute("aria-label", words);
    setText(this.message, item.message ?? "");
    this.message.hidden = !item.message;
    const key = item.frame;
    if (key === this.key) return;
    this.key = key;
    if (!key) {
      this.map.fade();
      this.map.canvas.dataset.fit = "";
      return;
    }
    let frame;
    try {
      frame = await decodeFrame(toBytes(key));
    } catch (error) {
      return;   // the next picture comes with the next change
    }
    if (key !== this.key) return;
    this.frame = frame;
    this.map.layerDirty = true;
    this.map.setFrame(frame, BLEND_MS);
    this.map.canvas.dataset.fit = item.id ?? "";
  }

  setPoints(points, extent) {
    this.points = points;
    this.map.setPoints(points, extent);
  }

  setOption(name, value) {
    this.map.setOption(name, value);
  }

  drawOver() {
    const { levels, score_scale } = this.frame?.info ?? {};
    if (levels && this.options.margin) drawLevels(this.map, levels, score_scale);
  }

  drawMark(c, row, x, y, radius) {
    const { support, alpha } = this.frame?.arrays ?? {};
    if (!support || !this.options.support || row >= support.data.length) return;
    drawSupport(c, support.data[row], alpha.data[row], x, y, radius, this.map.theme);
  }

  read(event) {
    const place = this.map.toData(event);
    const parts = place && this.frame ? [this.readScore(place), this.readPoint(event)].filter(Boolean) : [];
    setText(this.reading, parts.length ? parts.join(" ") : HINT);
  }

  readScore([x, y]) {
    const { grid } = this.map;
    const probs = this.map.probsAt(x, y);
    const scale = this.frame.info.score_scale;
    if (!probs || !scale) return "";
    const where = `x ${num(x, 2)}, y ${num(y, 2)}:`;
    if (probs.some(Number.isNaN)) return `${where} not a number.`;
    const best = probs.indexOf(Math.max(...probs));
    const size = (p) => {
      const score = (2 * p - 1) * scale;
      return Math.abs(score) >= scale * 0.995 ? `beyond ${num(Math.sign(score) * scale)}` : num(score, 2);
    };
    if (grid.K === 1) return `${where} class ${best}, decision value ${size(probs[1])}.`;
    return `${where} class ${best}, ahead of the next by ${size(probs[best])}.`;
  }

  readPoint(event) {
    const box = this.map.canvas.getBoundingClientRect();
    const [px, py] = [event.clientX - box.left, event.clientY - box.top];
    let [found, reach, row] = [-1, REACH, -1];
    const { x = [], y = [], split } = this.points ?? {};
    for (let i = 0, count = 0; i < x.length; i++) {
      if ((split?.[i] ?? 0) !== 0) continue;
      const [qx, qy] = this.map.toPixel(x[i], y[i]);
      const distance = Math.hypot(qx - px, qy - py);
      if (distance < reach) [found, reach, row] = [i, distance, count];
      count++;
    }
    const { support, alpha, slack } = this.frame.arrays;
    if (found < 0 || !slack || row >= slack.data.length) return "";
    const size = slack.data[row];
    const side = size > 1 ? " (wrong side)" : size > 1e-3 ? " (inside the margin)" : "";
    if (!support) return `The nearest training point has slack ${num(size)}${side}.`;
    const kind = { [FREE]: "a free support vector", [BOUNDED]: "a bounded support vector" }[support.data[row]];
    const share = kind && alpha.data[row] > 0 ? `, α = ${num(alpha.data[row])} C` : "";
    return `The nearest training point is ${kind ?? "no support vector"}${share}, slack ${num(size)}${side}.`;
  }

  resize() {
    this.map.resize(this.holder.clientWidth);
  }

  destroy() {
    this.map.destroy();
    this.node.remove();
  }
}
