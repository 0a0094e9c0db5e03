// The confusion matrix as a table whose cells are shaded by their part of the row.

const { el, setText } = await import(`./dom.js${new URL(import.meta.url).search}`);

const MOST = 20;

export class Confusion {
  constructor() {
    this.table = el("table", { class: "rl-confusion" });
    this.reading = el("p", { class: "rl-muted", "aria-live": "off" });
    this.node = el("div", { class: "rl-confusion-frame" }, el("div", { class: "rl-scroll" }, this.table), this.reading);
  }

  draw({ shape, data }, names) {
    const [size] = shape;
    if (size > MOST) {
      setText(this.reading, `Drawn for up to ${MOST} classes; there are ${size}.`);
      return;
    }
    if (this.names?.join() !== names.join()) this.build(names);
    let worst = null;
    for (let row = 0; row < size; row++) {
      const counts = data.subarray(row * size, (row + 1) * size);
      const total = counts.reduce((sum, count) => sum + count, 0);
      counts.forEach((count, column) => {
        const cell = this.cells[row][column];
        setText(cell, String(count));
        cell.style.setProperty("--share", total ? (count / total).toFixed(3) : "0");
        cell.title = `${names[row]} taken for ${names[column]}: ${count} of ${total}`;
        if (row !== column && count > (worst?.count ?? 0)) worst = { count, total, row, column };
      });
    }
    setText(this.reading, worst
      ? `Most often mistaken: ${names[worst.row]} for ${names[worst.column]}, ${worst.count} of ${worst.total}.`
      : "No mistake.");
  }

  build(names) {
    this.names = names;
    const head = el("tr", {}, el("td"), names.map((name) => el("th", { scope: "col" }, el("span", { text: name }))));
    this.cells = names.map((_, row) => names.map((__, column) => el("td", { "data-diagonal": row === column })));
    this.table.replaceChildren(el("thead", {}, head), el("tbody", {},
      names.map((name, row) => el("tr", {}, el("th", { scope: "row", text: name }), this.cells[row]))));
  }
}
