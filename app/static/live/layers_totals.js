// The last row of the table: what the whole network takes, or that it cannot be built.

const version = new URL(import.meta.url).search;
const load = (name) => import(`./${name}.js${version}`);
const [{ el, setText }, { thousands }, { memory }] = await Promise.all(["dom", "layers_table", "layers_row"].map(load));

export class Totals {
  constructor() {
    const cell = (name, label, more = {}) =>
      el("td", { role: "cell", class: "rl-number", "data-sum": name, "data-label": label, ...more });
    this.cells = [cell("weights", "Weights"), cell("work", "Multiply-adds"), cell("stored", "Memory"),
      cell("batch", "Memory of a batch", { colspan: 2 })];
    this.verdict = el("p", { class: "rl-muted" });
    this.node = el("tfoot", { role: "rowgroup" }, el("tr", { role: "row" },
      el("th", { role: "rowheader", scope: "row", text: "Whole network" }),
      el("td", { role: "cell", class: "rl-settings" }, this.verdict), el("td", { role: "cell", class: "rl-blank" }), this.cells));
  }

  /** @param whole sums over all layers; @param error why there is no network, or "" */
  draw({ error, whole, batchSize }) {
    const shown = [thousands(whole.weights), thousands(whole.work), memory(whole.values),
      `${memory(whole.values * batchSize)} a batch of ${thousands(batchSize)}`];
    this.cells.forEach((cell, i) => setText(cell, error ? "–" : shown[i]));
    setText(this.verdict, error ? `Cannot be built: see ${error.split(":")[0]}.` : "");
  }

  /** For those who hear the page. */
  get words() {
    return this.verdict.textContent || `${this.cells[0].textContent} weights, ${this.cells[1].textContent} multiply-adds`;
  }
}
