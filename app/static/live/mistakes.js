// The wrong answers of which the network was surest; their images come from a route of their own.

const version = new URL(import.meta.url).search;
const { el, setText } = await import(`./dom.js${version}`);
const { paint, tile } = await import(`./pixels.js${version}`);
const { fetchImages } = await import(`./feed.js${version}`);

const SHOWN = 12;

export class Mistakes {
  constructor() {
    this.note = el("p", { class: "rl-muted", text: "Wrong answers, the surest first." });
    this.tiles = [];
    this.grid = el("div", { class: "rl-mistakes" });
    this.node = el("div", {}, this.note, this.grid);
    this.known = new Map();
  }

  forget() {
    this.known.clear();
    this.abort?.abort();
    this.pending = false;
  }

  draw({ shape, data }, probs, names, part) {
    const count = Math.min(SHOWN, shape[0]);
    setText(this.note, shape[0] ? "Wrong answers, the surest first." : "None: every answer is right.");
    while (this.tiles.length < count) this.addTile();
    this.shown = [];
    this.tiles.forEach((one, i) => {
      one.node.hidden = i >= count;
      if (i >= count) return;
      const [row, label, answer] = data.subarray(3 * i, 3 * i + 3);
      this.shown.push(row);
      setText(one.words, `${names[answer]} ${Math.round(100 * probs.data[i])} %`);
      setText(one.truth, `is ${names[label]}`);
      one.node.title = `${part === "test" ? "Test image" : "Training image, held out,"} ${row}`;
    });
    this.part = part;
    this.paint();
    this.fetch();
  }

  addTile() {
    const [canvas, words, truth] = [tile(), el("strong"), el("span")];
    const node = el("figure", { class: "rl-mistake" }, canvas, el("figcaption", {}, words, truth));
    this.tiles.push({ node, canvas, words, truth });
    this.grid.append(node);
  }

  paint() {
    this.shown.forEach((row, i) => {
      const known = this.known.get(row);
      const { canvas } = this.tiles[i];
      canvas.classList.toggle("rl-absent", !known);
      if (known) paint(canvas, known.pixels, 0, known.size, known.size, known.channels);
    });
  }

  // One request at a time: while the network learns the rows change with every epoch.
  async fetch() {
    const rows = this.shown.filter((row) => !this.known.has(row));
    if (!rows.length || this.pending || !this.run) return;
    this.pending = true;
    this.abort = new AbortController();
    const { signal } = this.abort;
    try {
      const found = await fetchImages({ run: this.run, share: this.share }, this.part, rows, signal);
      if (signal.aborted) return;
      for (const [row, image] of found) this.known.set(row, image);
      this.pending = false;
      this.paint();
      if (found.size) this.fetch();
    } catch (error) {
      if (!signal.aborted) this.pending = false;   // without pictures the words still say it
    }
  }
}
