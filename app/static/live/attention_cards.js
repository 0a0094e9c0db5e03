// The cards on attention: all heads and one of them large, how far they look, the positional embedding.

const version = new URL(import.meta.url).search;
const load = (name) => import(`./${name}.js${version}`);
const [{ el, num, setText, toggle }, { Attention, argmax, patchName, sumOf }, { Heat }, { tile }] =
  await Promise.all(["dom", "attention_data", "heat", "pixels"].map(load));
const [{ AttentionTiles }, { HeadView }, { DistanceChart }, { PositionCard }] =
  await Promise.all(["attention_tiles", "attention_head", "distance_chart", "position_card"].map(load));

export class AttentionCards {
  constructor(theme) {
    this.heat = new Heat(theme);
    this.chosen = [0, 0];
    this.words = el("p", { class: "rl-muted" });
    this.over = toggle("Over the image", true, (on) => { this.heat.isOver = on; this.draw(); },
      { title: "Lay the attention over the image, or show it alone" });
    this.tiles = new AttentionTiles((block, head) => { this.chosen = [block, head]; this.draw(); });
    this.head = new HeadView();
    this.rollout = tile({ role: "img", class: "rl-pixels rl-rollout-picture" });
    this.rolloutWords = el("p", { class: "rl-muted" });
    this.distances = new DistanceChart();
    this.positions = new PositionCard(theme);
    this.node = el("div", { class: "rl-attention", hidden: true },
      el("section", { class: "rl-card", "aria-label": "Attention" },
        el("header", { class: "rl-card-head" }, el("h3", { text: "Attention" }), this.over.node), this.words,
        el("div", { class: "rl-attention-top" }, this.tiles.node,
          el("div", { class: "rl-rollout" }, el("h4", { text: "Through all blocks: rollout" }), this.rollout, this.rolloutWords)),
        this.head.node),
      el("div", { class: "rl-outcome" }, this.distances.node, this.positions.node));
  }

  setFrame({ arrays, info }) {
    this.node.hidden = !arrays.attention;
    if (!arrays.attention) return;
    this.attention = new Attention({ arrays, info });
    if (arrays.shown_image) this.heat.setImage(arrays.shown_image);
    const { numBlocks, numHeads, grid } = this.attention;
    if (this.chosen[0] >= numBlocks || this.chosen[1] >= numHeads) this.chosen = [numBlocks - 1, 0];
    this.positions.draw(arrays.position_similarity, grid, info.attention.positions === true);
    this.draw();
  }

  draw() {
    const { attention, heat, chosen } = this;
    const subject = attention.hasClassToken ? "Each picture: how much of its attention the class token gives to each patch."
      : "Each picture: how much attention each patch gets, averaged over all patches that look.";
    setText(this.words, `${subject} The stronger the colour the more, each picture up to its own largest value; below it, how far `
      + "the head's patches look. Choose one to see it large.");
    this.tiles.draw(attention, heat, chosen);
    this.head.draw(attention, heat, chosen);
    this.distances.draw(attention, chosen);
    this.drawRollout();
  }

  drawRollout() {
    const { attention, heat } = this;
    const { rollout, grid } = attention;
    const values = attention.patchesOf(rollout);
    const strongest = argmax(values);
    heat.draw(this.rollout, values, values[strongest], grid);
    const received = attention.classTokenOf(rollout);
    const sum = sumOf(rollout);
    const own = received === null ? "" : `, ${num(received, 2)} of it for the class token itself`;
    setText(this.rolloutWords, `All heads and blocks in one: how much of each patch reaches ${attention.hasClassToken ? "the class token"
      : "the mean"} at the end, if a block's output is half attention, half what passed it by. The parts sum to ${num(sum)}${own}.`);
    this.rollout.dataset.sum = sum;
    this.rollout.setAttribute("aria-label", `Attention rollout: most comes from ${patchName(strongest, grid)}, ${num(values[strongest], 2)}`);
  }

  setTheme(theme) {
    this.heat.theme = theme;
    this.positions.setTheme(theme);
    if (this.attention) this.draw();
  }
}
