// How far each head looks, block by block (as in A. Dosovitskiy et al., An image is worth 16x16 words,
// ICLR 2021, figure 11): a dot for each head.

const version = new URL(import.meta.url).search;
const { el, num, setAttr, setText, svg } = await import(`./dom.js${version}`);

const [WIDTH, HEIGHT] = [400, 220];
const EDGE = { left: 40, right: 8, top: 12, bottom: 34 };
const TICKS = 4;

export class DistanceChart {
  constructor() {
    this.picture = svg("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, class: "rl-distances", role: "img" });
    this.words = el("p", { class: "rl-muted" });
    this.node = el("section", { class: "rl-card", "aria-label": "Attention distance" },
      el("h3", { text: "How far does each head look?" }), this.words, this.picture);
  }

  draw(attention, [block, head]) {
    const { numBlocks, numHeads } = attention;
    const even = attention.evenDistance;
    setText(this.words, "A dot for each head: the mean distance from a patch to those it attends to. Low: its neighbours, as a "
      + "convolution. The dashed line, " + `${num(even)} pixels: all patches alike.`);
    const most = 1.08 * Math.max(even, ...attention.distance.filter(Number.isFinite), 1e-6);
    if (numBlocks !== this.numBlocks || numHeads !== this.numHeads) this.build(numBlocks, numHeads);
    const yOf = (value) => HEIGHT - EDGE.bottom - (value / most) * (HEIGHT - EDGE.bottom - EDGE.top);
    const step = tickStep(most / TICKS);
    this.ticks.forEach(({ line, text }, i) => {
      const value = step * i;
      const isInside = value <= most;
      for (const node of [line, text]) setAttr(node, "visibility", isInside ? null : "hidden");
      for (const name of ["y1", "y2"]) setAttr(line, name, yOf(value));
      setAttr(text, "y", yOf(value) + 4);
      setText(text, num(value));
    });
    for (const name of ["y1", "y2"]) setAttr(this.even, name, yOf(even));
    this.dots.forEach(({ dot, title }, i) => {
      const at = [Math.floor(i / numHeads), i % numHeads];
      const distance = attention.distanceOf(...at);
      const isNumber = Number.isFinite(distance);   // not so once a run has diverged
      setAttr(dot, "visibility", isNumber ? null : "hidden");
      setAttr(dot, "cy", yOf(isNumber ? distance : 0));
      setAttr(dot, "data-distance", distance);
      setAttr(dot, "data-chosen", at[0] === block && at[1] === head);
      setText(title, `Block ${at[0] + 1}, head ${at[1] + 1}: ${num(distance)} pixels`);
    });
    const means = Array.from({ length: numBlocks }, (_, l) =>
      Array.from({ length: numHeads }, (__, h) => attention.distanceOf(l, h)).reduce((a, b) => a + b, 0) / numHeads);
    setAttr(this.picture, "aria-label", `Mean attention distance of the heads of each block, in pixels: ${
      means.map((mean, l) => `block ${l + 1} ${num(mean)}`).join(", ")}; ${num(even)} if all patches were attended alike`);
  }

  build(numBlocks, numHeads) {
    Object.assign(this, { numBlocks, numHeads });
    const width = WIDTH - EDGE.left - EDGE.right;
    const band = width / numBlocks;
    const apart = Math.min(14, (0.8 * band) / numHeads);
    const middle = (l) => EDGE.left + band * (l + 0.5);
    this.ticks = Array.from({ length: 2 * TICKS + 1 }, () => ({
      line: svg("line", { x1: EDGE.left, x2: WIDTH - EDGE.right, class: "rl-chart-grid" }),
      text: svg("text", { x: EDGE.left - 6, "text-anchor": "end" }),
    }));
    this.even = svg("line", { x1: EDGE.left, x2: WIDTH - EDGE.right, class: "rl-chart-even" });
    const names = Array.from({ length: numBlocks }, (_, l) =>
      svg("text", { x: middle(l), y: HEIGHT - EDGE.bottom + 15, "text-anchor": "middle", text: l + 1 }));
    this.dots = Array.from({ length: numBlocks * numHeads }, (_, i) => {
      const title = svg("title");
      const x = middle(Math.floor(i / numHeads)) + apart * ((i % numHeads) - (numHeads - 1) / 2);
      return { title, dot: svg("circle", { cx: x, r: 4.5, class: "rl-chart-dot" }, title) };
    });
    this.picture.replaceChildren(...this.ticks.flatMap(({ line, text }) => [line, text]), this.even, ...names,
      svg("text", { x: EDGE.left + width / 2, y: HEIGHT - 4, "text-anchor": "middle", text: "Block" }),
      svg("text", { x: 12, y: EDGE.top + (HEIGHT - EDGE.bottom - EDGE.top) / 2, "text-anchor": "middle", class: "rl-chart-side", text: "Pixels" }),
      ...this.dots.map(({ dot }) => dot));
  }
}

// 1, 2 or 5 times a power of ten, at least `least`.
function tickStep(least) {
  const power = 10 ** Math.floor(Math.log10(least));
  return power * [1, 2, 5, 10].find((times) => times * power >= least);
}
