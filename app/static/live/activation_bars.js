// How often the units of each hidden layer give which answer: a small histogram a layer.

const version = new URL(import.meta.url).search;
const { el, num, setText } = await import(`./dom.js${version}`);
const { css } = await import(`./theme.js${version}`);

const [WIDTH, HEIGHT] = [400, 64];
const ENDS = { tanh: 1, sigmoid: 1 };    // bars at each end, where the function is nearly flat
const FLAT = { tanh: "tanh is flat", sigmoid: "the sigmoid is flat" };

export class ActivationBars {
  constructor() {
    this.layers = [];
    this.rows = el("div", { class: "rl-activation-rows" });
    this.note = el("p", { class: "rl-muted" });
    this.node = el("div", { class: "rl-activations", hidden: true },
      el("h4", { text: "What the hidden units answer" }), this.rows, this.note);
  }

  /** `counts` (L, bins), `info` {activation, ranges, images}; both absent where nothing was counted. */
  draw(counts, info, theme) {
    this.node.hidden = !counts;
    if (!counts) return;
    const [numLayers, numBins] = counts.shape;
    while (this.layers.length < numLayers) this.add();
    this.layers.forEach((layer, i) => {
      layer.node.hidden = i >= numLayers;
      if (i < numLayers) {
        this.drawLayer(layer, counts.data.subarray(i * numBins, (i + 1) * numBins), info.ranges[i], info, theme, i + 1);
      }
    });
    const flat = FLAT[info.activation];
    setText(this.note, `Each unit's answers to ${info.images} training images`
      + (flat ? `: at the two ends ${flat}, so no gradient passes and the unit hardly learns.` : "."));
  }

  add() {
    const canvas = el("canvas", { width: 2 * WIDTH, height: 2 * HEIGHT, role: "img" });
    const [low, name, high] = [el("span"), el("span"), el("span")];
    const node = el("div", { class: "rl-activation-row" }, canvas, el("div", { class: "rl-activation-axis" }, low, name, high));
    this.layers.push({ node, canvas, low, name, high });
    this.rows.append(node);
  }

  drawLayer(layer, bins, [low, high], { activation }, theme, number) {
    const { canvas } = layer;
    const context = canvas.getContext("2d");
    context.clearRect(0, 0, canvas.width, canvas.height);
    const most = Math.max(1, ...bins);
    const total = Math.max(1, bins.reduce((sum, count) => sum + count, 0));
    const step = canvas.width / bins.length;
    const ends = ENDS[activation] ?? 0;
    let flat = 0;
    bins.forEach((count, i) => {
      const isEnd = i < ends || i >= bins.length - ends;
      if (isEnd) flat += count;
      context.fillStyle = isEnd ? theme.test : css(theme.positive);
      const height = count / most * canvas.height;
      context.fillRect(i * step + 1, canvas.height - height, step - 2, height);
    });
    setText(layer.low, num(low, 2));
    setText(layer.high, num(high, 2));
    const share = ends ? `, ${Math.round(100 * flat / total)} % in the outermost bars` : "";
    setText(layer.name, `Layer ${number}${share}`);
    canvas.setAttribute("aria-label", `Histogram of the answers of layer ${number}, from ${num(low, 2)} to ${num(high, 2)}${share}`);
    canvas.dataset.flat = (flat / total).toFixed(3);
  }
}
