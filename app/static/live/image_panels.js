// Below the curves: feature maps of the image shown, confusion matrix, the surest mistakes.

const version = new URL(import.meta.url).search;
const { el, num, setText } = await import(`./dom.js${version}`);
const { paint, tile } = await import(`./pixels.js${version}`);
const { Confusion } = await import(`./confusion.js${version}`);
const { Mistakes } = await import(`./mistakes.js${version}`);

const PARTS = { val: "validation", test: "test", train_now: "training" };

export class ImagePanels {
  constructor() {
    this.layers = [];
    this.maps = el("div", { class: "rl-map-layers" });
    this.confusion = new Confusion();
    this.mistakes = new Mistakes();
    this.evaluated = el("p", { class: "rl-muted" });
    this.outcome = el("div", { class: "rl-outcome", hidden: true },
      el("section", { class: "rl-card", "aria-label": "Confusion matrix" },
        el("h3", { text: "Confusion matrix" }), this.evaluated, this.confusion.node),
      el("section", { class: "rl-card", "aria-label": "Surest mistakes" },
        el("h3", { text: "Surest mistakes" }), this.mistakes.node));
    this.mapCard = el("section", { class: "rl-card", "aria-label": "Feature maps" },
      el("header", { class: "rl-card-head" }, el("h3", { text: "Feature maps of the image" }),
        el("span", { class: "rl-muted", text: "Each from its darkest to its brightest value; point at one for the numbers." })),
      this.maps);
    this.node = el("div", { class: "rl-image-panels", hidden: true }, this.mapCard, this.outcome);
    this.measured = this.maps;
  }

  take(data) {
    this.mistakes.run = data.run;
    this.mistakes.share = data.share;
  }

  /** The next frame is another run's. */
  expectNew() {
    this.mistakes.forget();
  }

  clear() {
    this.node.hidden = true;
    this.mistakes.forget();
  }

  setFrame({ arrays, info }) {
    this.node.hidden = false;
    const layers = info.maps ?? [];
    this.mapCard.hidden = layers.length === 0;
    while (this.layers.length < layers.length) this.addLayer();
    this.layers.forEach((layer, i) => {
      layer.node.hidden = i >= layers.length;
      if (i < layers.length) this.drawLayer(layer, layers[i], arrays[`maps_${i + 1}`], arrays[`maps_${i + 1}_range`]);
    });
    this.outcome.hidden = !arrays.confusion;
    if (!arrays.confusion) return;
    const { part, count, epoch } = info.evaluated;
    setText(this.evaluated, `${count.toLocaleString("en")} ${PARTS[part] ?? part} images after epoch ${epoch}. `
      + "Rows are the true classes, columns the network's answers.");
    this.confusion.draw(arrays.confusion, info.class_names);
    this.mistakes.draw(arrays.mistakes, arrays.mistake_probs, info.class_names, part);
  }

  addLayer() {
    const head = el("h4");
    const tiles = el("div", { class: "rl-map-tiles" });
    const node = el("div", { class: "rl-map-layer" }, head, tiles);
    this.layers.push({ node, head, tiles, canvases: [] });
    this.maps.append(node);
  }

  drawLayer(layer, { name, channels, size }, maps, range) {
    const [count, height, width] = maps.shape;
    const more = count < channels ? `, ${count} of ${channels} shown` : "";
    setText(layer.head, `${name}: ${channels} maps of ${size} × ${size}${more}`);
    while (layer.canvases.length < count) {
      layer.canvases.push(tile());
      layer.tiles.append(layer.canvases.at(-1));
    }
    layer.canvases.forEach((canvas, i) => {
      canvas.hidden = i >= count;
      if (i >= count) return;
      paint(canvas, maps.data, i * height * width, height, width, 1);
      canvas.title = `Map ${i + 1}: from ${num(range.data[2 * i])} to ${num(range.data[2 * i + 1])}`;
    });
  }

  setTheme() {}

  resize() {}

  destroy() {
    this.mistakes.forget();
  }
}
