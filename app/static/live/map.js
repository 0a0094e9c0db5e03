// The decision map: class probability over the plane, its boundary line, and the data on top.
// One canvas, kept for the life of the component. The picture moves from one frame to the next by
// blending probabilities (not colours), so that the boundary line travels instead of fading.

const version = new URL(import.meta.url).search;
const { el, reducedMotion } = await import(`./dom.js${version}`);
const { binaryTable, multiColor, nanColor } = await import(`./theme.js${version}`);
const { softened, upsampled } = await import(`./contour.js${version}`);
const { boundaryPath, gridPlaces } = await import(`./lines.js${version}`);
const { drawAxes, drawTag } = await import(`./axes.js${version}`);
const { drawPoint, ring } = await import(`./points.js${version}`);

const MARGIN = { left: 30, right: 8, top: 8, bottom: 22 };
const UPSAMPLE = 3;   // of the grid, in "hard" mode, where smoothing colours would blur the edge

export class DecisionMap {
  constructor(theme) {
    this.theme = theme;
    this.canvas = el("canvas", { class: "rdfia-map", role: "img", "aria-label": "Decision map" });
    this.context = this.canvas.getContext("2d");
    this.image = document.createElement("canvas");
    this.layer = document.createElement("canvas");
    this.extent = [-1, 1, -1, 1];
    this.points = { x: [], y: [], label: [], split: [] };
    this.options = { hard: false, test: true, line: true, batch: true };
    this.batch = null;
    this.grid = null;         // {K, G, data: Float32Array of 0..254 or NaN} as drawn now
    this.side = 0;
    this.request = null;
    this.overlay = null;      // (map): draws over the picture, under the points
    this.mark = null;         // (context, row, x, y, radius): draws on training point `row`
    this.clear();
  }

  /** Keeps the old picture, faded by the style sheet, until the next frame takes over from it. */
  fade() {
    this.canvas.dataset.step = "";
    this.canvas.dataset.epoch = "";
    this.canvas.classList.toggle("rl-waiting", Boolean(this.to));
    this.setBatch(null, false);
  }

  clear() {
    this.canvas.classList.remove("rl-waiting");
    this.from = this.to = this.grid = this.batch = null;
    this.canvas.dataset.step = "";
    this.canvas.dataset.epoch = "";
    this.layerDirty = true;
    this.redraw();
  }

  setTheme(theme) {
    this.theme = theme;
    this.layerDirty = true;
    this.redraw();
  }

  setOption(name, value) {
    this.options[name] = value;
    this.layerDirty = true;
    this.redraw();
  }

  setPoints(points, extent) {
    this.points = points;
    if (extent && !this.to) this.extent = extent;
    this.layerDirty = true;
    this.redraw();
  }

  /** `ringed`: whether the last batch is marked. */
  setBatch(batch, ringed) {
    const next = ringed ? batch : null;
    if (next === this.batch) return;
    this.batch = next;
    this.layerDirty = true;
    this.redraw();
  }

  /** Moves to `frame` over `duration` ms (0: at once). */
  setFrame(frame, duration) {
    this.canvas.classList.remove("rl-waiting");
    this.canvas.dataset.step = String(frame.step);
    this.canvas.dataset.epoch = String(frame.epoch);
    const extent = frame.info.extent;
    if (extent && extent.some((v, i) => v !== this.extent[i])) {
      this.extent = extent;
      this.layerDirty = true;
    }
    const probs = frame.arrays.probs;
    if (!probs) return;
    const [K, G] = probs.shape;
    const same = this.grid && this.grid.K === K && this.grid.G === G;
    this.from = same ? this.grid.data.slice() : null;
    this.to = finer(probs, frame.arrays.probs_rest);
    this.grid = same ? this.grid : { K, G, data: new Float32Array(K * G * G) };
    this.began = performance.now();
    this.duration = same && !reducedMotion() && !document.hidden ? duration : 0;
    if (this.duration === 0) this.draw(this.began);
    else this.redraw();
  }

  resize(width) {
    const side = Math.max(120, Math.floor(width - MARGIN.left - MARGIN.right));
    const ratio = Math.min(3, window.devicePixelRatio || 1);
    if (side === this.side && ratio === this.ratio) return;
    [this.side, this.ratio] = [side, ratio];
    const height = side + MARGIN.top + MARGIN.bottom;
    for (const canvas of [this.canvas, this.layer]) {
      canvas.width = Math.round(width * ratio);
      canvas.height = Math.round(height * ratio);
    }
    Object.assign(this.canvas.style, { width: `${width}px`, height: `${height}px` });
    this.layerDirty = true;
    this.draw(performance.now());
  }

  toPixel(x, y) {
    const [x0, x1, y0, y1] = this.extent;
    return [MARGIN.left + ((x - x0) / (x1 - x0)) * this.side, MARGIN.top + ((y1 - y) / (y1 - y0)) * this.side];
  }

  /** Data coordinates of a pointer event, or null outside the plane. */
  toData(event) {
    const box = this.canvas.getBoundingClientRect();
    const u = (event.clientX - box.left - MARGIN.left) / this.side;
    const v = (event.clientY - box.top - MARGIN.top) / this.side;
    if (u < 0 || u > 1 || v < 0 || v > 1) return null;
    const [x0, x1, y0, y1] = this.extent;
    return [x0 + u * (x1 - x0), y1 - v * (y1 - y0)];
  }

  /** Class probabilities at a place, one a class, or null without a picture there. */
  probsAt(x, y) {
    if (!this.grid) return null;
    const { K, G, data } = this.grid;
    const [x0, x1, y0, y1] = this.extent;
    const col = Math.min(G - 1, Math.floor(((x - x0) / (x1 - x0)) * G));
    const row = Math.min(G - 1, Math.floor(((y1 - y) / (y1 - y0)) * G));
    const values = [];
    for (let k = 0; k < K; k++) values.push(data[k * G * G + row * G + col] / 254);
    return K === 1 ? [1 - values[0], values[0]] : values;
  }

  redraw() {
    this.request ??= requestAnimationFrame((now) => {
      this.request = null;
      this.draw(now);
    });
  }

  draw(now) {
    if (!this.side || !this.layer.width) return;   // not laid out yet, or hidden
    const t = this.duration ? Math.min(1, Math.max(0, (now - this.began) / this.duration)) : 1;
    const { context: c, side } = this;
    c.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
    c.clearRect(0, 0, this.canvas.width, this.canvas.height);
    c.fillStyle = `rgb(${this.theme.paper.map(Math.round)})`;
    c.fillRect(MARGIN.left, MARGIN.top, side, side);
    if (this.to) {
      this.blend(t);
      this.smooth();
      this.paint();
      c.imageSmoothingEnabled = true;
      c.imageSmoothingQuality = "high";
      c.drawImage(this.image, MARGIN.left, MARGIN.top, side, side);
      if (this.options.line) this.drawLine();
      this.overlay?.(this);
      if (this.missing) drawTag(c, "not a number", this.missing, { ...MARGIN, side }, this.theme);
    }
    if (this.layerDirty) this.drawLayer();
    c.setTransform(1, 0, 0, 1, 0, 0);
    c.drawImage(this.layer, 0, 0);
    if (t < 1) this.redraw();
  }

  blend(t) {
    const { from, to, grid: { data } } = this;
    for (let i = 0; i < data.length; i++) {
      const end = to[i] === 255 ? NaN : to[i];
      data[i] = t < 1 && from && from[i] === from[i] ? from[i] + (end - from[i]) * t : end;
    }
  }

  // The planes from which winners are told, by the line and the hard regions alike.
  smooth() {
    const { K, G, data } = this.grid;
    this.planes = [];
    for (let k = 0; k < K; k++) {
      this.planes.push(softened(softened(data.subarray(k * G * G, (k + 1) * G * G), G), G));
    }
  }

  paint() {
    const { K, G, data } = this.grid;
    const hard = this.options.hard;
    const n = hard ? G * UPSAMPLE : G;
    if (this.image.width !== n) this.image.width = this.image.height = n;
    const c = this.image.getContext("2d");
    const pixels = c.createImageData(n, n);
    const out = pixels.data;
    const table = K === 1 ? binaryTable(this.theme, hard) : null;
    const sample = hard ? upsampled(this.planes, G, n) : (k, row, col) => data[k * G * G + row * G + col];
    const period = n / 14;
    let [missing, sumX, sumY] = [0, 0, 0];
    for (let row = 0, at = 0; row < n; row++) {
      for (let col = 0; col < n; col++, at += 4) {
        let best = 0;
        let value = sample(0, row, col);
        let isNumber = value === value;
        for (let k = 1; k < K; k++) {
          const other = sample(k, row, col);
          if (other !== other) isNumber = false;
          if (other > value) [best, value] = [k, other];
        }
        if (!isNumber) {
          out.set(nanColor(this.theme, row, col, period), at);
          missing++;
          sumX += col;
          sumY += row;
        } else if (table) {
          // Rounded away from one half: a probability just above it must not look like class 0.
          const i = value > 127 ? Math.ceil(value) : Math.floor(value);
          out[at] = table[i * 3];
          out[at + 1] = table[i * 3 + 1];
          out[at + 2] = table[i * 3 + 2];
        } else {
          multiColor(this.theme, best, value / 254, K, hard, out, at);
        }
        out[at + 3] = 255;
      }
    }
    this.missing = missing > 0.01 * n * n ? [sumX / missing / n, sumY / missing / n] : null;
    c.putImageData(pixels, 0, 0);
  }

  drawLine() {
    const { K, G } = this.grid;
    this.strokeInside((c) => {
      c.lineWidth = 1.8;
      c.lineCap = "round";
      c.strokeStyle = this.theme.line;
      c.stroke(boundaryPath(this.planes, K, G, this.places()));
    });
  }

  /** Where a (column, row) of the grid lies in the drawing. */
  places() {
    return gridPlaces(this.grid.G, MARGIN, this.side);
  }

  /** Draws with everything outside the plane cut off. */
  strokeInside(draw) {
    const c = this.context;
    c.save();
    c.beginPath();
    c.rect(MARGIN.left, MARGIN.top, this.side, this.side);
    c.clip();
    draw(c);
    c.restore();
  }

  drawLayer() {
    this.layerDirty = false;
    const c = this.layer.getContext("2d");
    c.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
    c.clearRect(0, 0, this.layer.width, this.layer.height);
    drawAxes(c, this.extent, { ...MARGIN, side: this.side }, this.theme);
    c.save();
    c.beginPath();
    c.rect(MARGIN.left, MARGIN.top, this.side, this.side);
    c.clip();
    const { x, y, label, split } = this.points;
    const radius = (x.length > 500 ? 3 : x.length > 250 ? 3.6 : 4.3) * Math.min(1, 0.6 + this.side / 900);
    const ringed = this.batch ? new Set(this.batch) : null;
    for (const pass of [2, 1, 0]) {
      let row = -1;   // among the training points, which is what `batch` counts
      for (let i = 0; i < x.length; i++) {
        const kind = split ? split[i] : 0;
        if (kind === 0) row++;
        if (kind !== pass || (kind === 2 && !this.options.test)) continue;
        const [px, py] = this.toPixel(x[i], y[i]);
        drawPoint(c, px, py, kind, label[i], radius, this.theme);
        if (kind === 0) this.mark?.(c, row, px, py, radius);
        if (kind === 0 && this.options.batch && ringed?.has(row)) ring(c, px, py, radius + 3.2, this.theme);
      }
    }
    c.restore();
  }

  destroy() {
    cancelAnimationFrame(this.request);
  }
}

/** Codes 0..254 (255: not a number), with what was rounded away where the frame tells it. */
function finer({ data }, rest) {
  if (!rest) return data;
  return Float32Array.from(data, (code, i) => (code === 255 ? 255 : code + (rest.data[i] - 127) / 254));
}
