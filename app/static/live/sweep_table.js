// All cells as a table; a press on a column's head sorts by it, a second press turns the order.

const version = new URL(import.meta.url).search;
const { el, setAttr, setText } = await import(`./dom.js${version}`);

export class SweepTable {
  /** `pick(key)` is called when a row's first cell is pressed. */
  constructor(pick) {
    this.pick = pick;
    this.sort = { column: null, down: false };
    this.head = el("tr");
    this.body = el("tbody");
    this.node = el("details", { class: "rl-card rl-sweep-table" }, this.summary = el("summary"),
      el("div", { class: "rl-sweep-scroll" }, el("table", {}, el("thead", {}, this.head), this.body)));
  }

  /** `table`: {header: [{text, numeric}], rows: [{key, cells: [{text, sort}]}]}. */
  update(table, chosen) {
    this.node.hidden = !table;
    if (!table) return;
    [this.table, this.chosen] = [table, chosen];
    setText(this.summary, `All ${table.rows.length} cells as a table`);
    const header = JSON.stringify(table.header);
    if (header !== this.header) this.build(table.header);
    this.header = header;
    this.draw();
  }

  build(header) {
    this.sort = { column: null, down: false };
    this.heads = header.map(({ text, numeric }, column) => el("th", { scope: "col", class: numeric ? "rl-number" : "" },
      el("button", { type: "button", class: "rl-sweep-sort", on: { click: () => this.sortBy(column) } },
        el("span", { text }), el("span", { class: "rl-sweep-arrow", "aria-hidden": "true" }))));
    this.head.replaceChildren(...this.heads);
  }

  sortBy(column) {
    this.sort = { column, down: this.sort.column === column && !this.sort.down };
    this.draw();
  }

  draw() {
    const { column, down } = this.sort;
    this.heads.forEach((head, i) => {
      setAttr(head, "aria-sort", i !== column ? "none" : down ? "descending" : "ascending");
      setText(head.querySelector(".rl-sweep-arrow"), i !== column ? "" : down ? " ↓" : " ↑");
    });
    const rows = [...this.table.rows];
    if (column !== null) rows.sort((a, b) => compare(a.cells[column].sort, b.cells[column].sort, down));
    this.body.replaceChildren(...rows.map(({ key, cells }) => el("tr", { "data-chosen": String(key === this.chosen) },
      cells.map(({ text }, i) => (i === 0 ? this.first(key, text) : el("td", { class: this.numeric(i), text }))))));
  }

  numeric(column) {
    return this.table.header[column].numeric ? "rl-number" : "";
  }

  first(key, text) {
    return el("th", { scope: "row", class: this.numeric(0) },
      el("button", { type: "button", class: "rl-sweep-link", text, on: { click: () => this.pick(key) } }));
  }
}

/** Numbers by size, words by the alphabet; what is missing stays at the end either way. */
function compare(a, b, down) {
  if (a === null || b === null) return (a === null) - (b === null);
  const order = typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b));
  return down ? -order : order;
}
