// All heads at a glance: a row of pictures for each block, a column for each head; one of them is chosen.

const version = new URL(import.meta.url).search;
const load = (name) => import(`./${name}.js${version}`);
const [{ el, num, setAttr, setText }, { tile }, { SUMMARY, argmax, patchName }] =
  await Promise.all(["dom", "pixels", "attention_data"].map(load));

const MOST_PIXELS = 112;   // of a picture's canvas, a side
const ARROWS = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };

export class AttentionTiles {
  /** `onChoose(block, head)`, both counted from 0. */
  constructor(onChoose) {
    this.onChoose = onChoose;
    this.tiles = [];
    this.grid = el("div", { class: "rl-heads", role: "group", "aria-label": "Attention of each block and head",
      on: { keydown: (event) => this.key(event) } });
    this.node = el("div", { class: "rl-scroll" }, this.grid);
  }

  draw(attention, heat, chosen) {
    const { numBlocks, numHeads, grid } = attention;
    if (numBlocks !== this.numBlocks || numHeads !== this.numHeads) this.build(numBlocks, numHeads);
    this.tiles.forEach((one, i) => {
      const [block, head] = [Math.floor(i / numHeads), i % numHeads];
      const values = attention.patchesOf(attention.row(block, head, SUMMARY));
      const strongest = argmax(values);
      const distance = attention.distanceOf(block, head);
      heat.draw(one.canvas, values, values[strongest], grid, MOST_PIXELS);
      setText(one.caption, `${Number.isFinite(distance) ? distance.toFixed(distance < 99.95 ? 1 : 0) : "–"} px`);
      const words = `Block ${block + 1}, head ${head + 1}: ${attention.summaryName} looks most at `
        + `${patchName(strongest, grid)} (${num(values[strongest], 2)}); patches look ${num(distance)} pixels far on average`;
      setAttr(one.node, "aria-label", words);
      setAttr(one.node, "title", words);
      setAttr(one.node, "data-most", values[strongest]);
      setAttr(one.node, "data-distance", distance);
    });
    this.mark(chosen);
  }

  mark([block, head]) {
    this.tiles.forEach(({ node }, i) => {
      const isChosen = i === block * this.numHeads + head;
      setAttr(node, "aria-pressed", String(isChosen));
      setAttr(node, "tabindex", isChosen ? 0 : -1);
    });
  }

  build(numBlocks, numHeads) {
    Object.assign(this, { numBlocks, numHeads });
    this.tiles = Array.from({ length: numBlocks * numHeads }, (_, i) => {
      const [block, head] = [Math.floor(i / numHeads), i % numHeads];
      const [canvas, caption] = [tile({ "aria-hidden": "true" }), el("span")];
      const node = el("button", { type: "button", class: "rl-head", "data-block": block + 1, "data-head": head + 1,
        on: { click: () => this.onChoose(block, head) } }, canvas, caption);
      return { node, canvas, caption };
    });
    this.node.style.setProperty("--heads", numHeads);
    const names = Array.from({ length: numHeads }, (_, head) => el("span", { class: "rl-heads-name", text: `Head ${head + 1}` }));
    const rows = Array.from({ length: numBlocks }, (_, block) => [
      el("span", { class: "rl-heads-name rl-heads-block", text: `Block ${block + 1}` }),
      this.tiles.slice(block * numHeads, (block + 1) * numHeads).map(({ node }) => node)]);
    this.grid.replaceChildren(...[el("span"), names, rows].flat(Infinity));
  }

  key(event) {
    const { block, head } = event.target.dataset ?? {};
    if (!block || !(event.key in ARROWS) || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    const [down, right] = ARROWS[event.key];
    const [row, column] = [Number(block) - 1 + down, Number(head) - 1 + right];
    if (Math.min(row, column) < 0 || row >= this.numBlocks || column >= this.numHeads) return;
    this.onChoose(row, column);
    this.tiles[row * this.numHeads + column].node.focus();
  }
}
