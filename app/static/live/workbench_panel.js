// One step of the workbench: its matrices side by side, and one number of the result written out.

const version = new URL(import.meta.url).search;
const load = (name) => import(`./${name}.js${version}`);
const [{ el, setText }, { Matrix }, { MATRICES, SOURCES, explained }] =
  await Promise.all(["dom", "workbench_matrix", "workbench_steps"].map(load));

export class StepPanel {
  /** `type(name, row, column, field)` is told of what is typed. */
  constructor({ name, equations, say }, type) {
    this.say = say;
    this.pointed = this.chosen = null;   // [name of a result, [row, column]]
    const hooks = { type,
      point: (matrix, place) => { this.pointed = place && [matrix, place]; this.show(); },
      choose: (matrix, place) => { this.chosen = [matrix, place]; this.pointed = null; this.show(); } };
    const results = equations.map((parts) => parts.at(-1));
    this.matrices = [];
    const nodeOf = (part) => {
      if (!(part in MATRICES)) return el("span", { class: "rl-sign", text: part, "aria-hidden": "true" });
      this.matrices.push(new Matrix(part, results.includes(part), hooks));
      return el("div", { class: "rl-matrix-frame" }, this.matrices.at(-1).node);
    };
    const board = el("div", { class: "rl-equations" }, equations.map((parts) => el("div", { class: "rl-equation" }, parts.map(nodeOf))));
    this.first = this.matrices.find(({ isResult }) => isResult);
    this.sentence = el("p", { class: "rl-step-sentence" });
    this.extra = el("p", { class: "rl-muted rl-step-extra", hidden: true });
    this.title = el("h4");
    this.terms = el("p", { class: "rl-written-terms" });
    this.total = el("p", { class: "rl-written-total" });
    this.sum = el("div", { class: "rl-written", hidden: !this.first }, this.title, this.terms, this.total);
    this.node = el("section", { "aria-label": name, "data-panel": name }, this.sentence, board, this.extra, this.sum);
  }

  /** `state`: {all: matrices by name, texts: those typed, tokens, h, isScaled, theme}; `extra` a further sentence. */
  draw(state, extra = "") {
    this.state = state;
    setText(this.sentence, this.say(state));
    setText(this.extra, extra);
    this.extra.hidden = !extra;
    for (const matrix of this.matrices) {
      matrix.draw(state.all[matrix.name], state.tokens, state.theme, matrix.isEditable ? state.texts[matrix.name] : null);
    }
    this.show();
  }

  show() {
    if (!this.first) return;
    const [name, [row, column]] = this.pointed ?? this.place();
    const [left, right] = SOURCES[name];
    for (const matrix of this.matrices) {
      matrix.mark((r, c) => (matrix.name === name ? r === row && c === column
        : matrix.name === left ? r === row && (name !== "scaled" || c === column)
          : matrix.name === right && c === column), this.chosen?.[0] === matrix.name ? this.chosen[1] : null);
    }
    const { title, top, terms, total, totalText } = explained(name, row, column, this.state);
    setText(this.title, title);
    this.terms.replaceChildren(...top ? [el("span", { text: `${top} / (` })] : [],
      ...terms.map((term, i) => el("span", { text: `${i ? "+ " : ""}${term}` })), ...top ? [el("span", { text: ")" })] : []);
    setText(this.total, `= ${totalText}`);
    this.total.dataset.total = total;
  }

  /** The number written out while none is pointed at; another example may be smaller. */
  place() {
    const [name, [row, column]] = this.chosen ?? [this.first.name, [0, 0]];
    return this.state.all[name][row]?.[column] === undefined ? [name, [0, 0]] : [name, [row, column]];
  }
}
