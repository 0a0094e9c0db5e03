// One matrix of the workbench: a table of numbers in signed colours, typed into or pointed at.

const version = new URL(import.meta.url).search;
const load = (name) => import(`./${name}.js${version}`);
const [{ el, setAttr, setText }, { paint, signedOf }, { shown }, { MATRICES, SOURCES, written }] =
  await Promise.all(["dom", "kernel_cells", "kernel_math", "workbench_steps"].map(load));

const ARROWS = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };

export class Matrix {
  /** `hooks`: point(name, [row, column] | null), choose(name, [row, column]), type(name, row, column, field). */
  constructor(name, isResult, hooks) {
    Object.assign(this, { name, hooks, ...MATRICES[name] });
    this.isResult = isResult && name in SOURCES;
    this.size = this.shape = null;
    this.caption = el("caption", {}, el("b", { text: this.symbol }), ` ${this.title}`);
    this.head = el("thead");
    this.body = el("tbody");
    this.node = el("table", { class: "rl-matrix", "data-matrix": name }, this.caption, this.head, this.body);
    if (!this.isResult) return;
    this.node.addEventListener("pointerover", (event) => event.pointerType === "mouse" && this.hooks.point(name, this.placeOf(event)));
    this.node.addEventListener("pointerleave", () => this.hooks.point(name, null));
    this.node.addEventListener("click", (event) => this.choose(this.placeOf(event)));
    this.node.addEventListener("focusin", (event) => event.target.matches(":focus-visible") && this.choose(this.placeOf(event)));
    this.node.addEventListener("keydown", (event) => this.key(event));
  }

  placeOf({ target }) {
    const cell = target.closest("[data-at]");
    return cell ? cell.dataset.at.split(",").map(Number) : null;
  }

  choose(place) {
    if (place) this.hooks.choose(this.name, place);
  }

  key(event) {
    const place = this.placeOf(event);
    if (!place || !(event.key in ARROWS) || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    const [row, column] = ARROWS[event.key].map((by, axis) => place[axis] + by);
    this.cells[row]?.[column]?.focus();
  }

  /** `tokens` are the names that rows or columns may bear; `texts` what was typed, of an editable matrix. */
  draw(values, tokens, theme, texts = null) {
    const shape = [values.length, values[0].length];
    if (String(shape) !== this.shape) this.build(...shape);
    const most = Math.max(...values.flat().map(Math.abs));
    const nameOf = (kind, i) => (kind === "tokens" ? tokens[i] : String(i + 1));
    this.heads.forEach((head, i) => setText(head, nameOf(this.columns, i)));
    values.forEach((line, row) => {
      setText(this.sides[row], nameOf(this.rows, row));
      line.forEach((value, column) => {
        const cell = this.cells[row][column];
        const text = texts ? texts[row][column] : written(this.name, value);
        const name = `${this.symbol}, ${nameOf(this.rows, row)}, ${nameOf(this.columns, column)}`;
        if (this.isEditable) {
          if (cell.value !== text) cell.value = text;
          setAttr(cell, "aria-label", name);
        } else {
          setText(cell, text);
          if (this.isResult) setAttr(cell, "aria-label", `${name}: ${text}`);
        }
        setAttr(cell, "data-value", value);
        paint(cell, signedOf(theme, value, most));
      });
      if (!this.hasSums) return;
      const sum = line.reduce((a, b) => a + b, 0);
      setText(this.sums[row], shown(sum));
      setAttr(this.sums[row], "data-sum", sum);
    });
  }

  build(rows, columns) {
    this.shape = `${rows},${columns}`;
    this.heads = Array.from({ length: columns }, () => el("th", { scope: "col" }));
    this.sides = Array.from({ length: rows }, () => el("th", { scope: "row" }));
    this.sums = this.sides.map(() => el("td", { class: "rl-matrix-sum" }));
    this.cells = this.sides.map((_, row) => this.heads.map((__, column) => this.cell(row, column)));
    const withSums = this.hasSums && this.isResult;
    this.hasSums = withSums;
    this.head.replaceChildren(el("tr", {}, el("td"), this.heads, withSums ? el("th", { scope: "col", text: "Sum" }) : null));
    this.body.replaceChildren(...this.cells.map((line, row) => el("tr", {}, this.sides[row],
      line.map((cell) => el("td", {}, cell)), withSums ? this.sums[row] : null)));
  }

  cell(row, column) {
    const props = { class: "rl-number", "data-at": `${row},${column}` };
    if (this.isEditable) {
      const field = el("input", { ...props, type: "text", inputmode: "text", autocomplete: "off", on: {
        change: () => this.hooks.type(this.name, row, column, field), focus: () => field.select() } });
      return field;
    }
    return this.isResult ? el("button", { ...props, type: "button", tabindex: -1 }) : el("span", props);
  }

  /** Outlines what `isMarked(row, column)` says; `chosen` is the place of a result that keys start from. */
  mark(isMarked, chosen = null) {
    this.cells.forEach((line, row) => line.forEach((cell, column) => {
      setAttr(cell, "data-on", isMarked(row, column));
      if (this.isResult) setAttr(cell, "tabindex", String([row, column]) === String(chosen ?? [0, 0]) ? 0 : -1);
    }));
  }
}
