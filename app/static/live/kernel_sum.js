// One number of the output, written out: the products row by row, and their sum.

const version = new URL(import.meta.url).search;
const [{ el }, { shown, sum }] =
  await Promise.all([import(`./dom.js${version}`), import(`./kernel_math.js${version}`)]);

const THIN = "\u2009";

export class WrittenSum {
  constructor() {
    this.node = el("div", { class: "rl-sum" });
  }

  /** `terms` are k rows of [pixel, weight], `texts` the weights as they were typed. */
  draw(row, column, terms, texts) {
    const total = sum(terms);
    const lines = terms.map((line, r) => line.map(([pixel, weight], c) =>
      el("span", { class: pixel * weight === 0 ? "rl-nothing" : "" },
        r + c > 0 ? el("i", { text: "+" }) : null, `${pixel}${THIN}×${THIN}${bracketed(texts[r][c])}`)));
    this.node.style.setProperty("--side", terms.length);
    this.node.replaceChildren(
      el("h3", { text: `Output row ${row + 1}, column ${column + 1}` }),
      el("p", { class: "rl-muted", text: "Pixel × weight, all added up" }),
      el("div", { class: "rl-terms" }, lines),
      el("p", { class: "rl-total", "data-total": total, text: `= ${shown(total)}` }));
  }
}

/** Negative weights in brackets, as one writes products. */
const bracketed = (text) => (/^[-−]/.test(text) ? `(${text})` : text);
