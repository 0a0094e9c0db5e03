// One head, large: from which patch it looks (left picture), and where to (right picture), with the numbers.

const version = new URL(import.meta.url).search;
const load = (name) => import(`./${name}.js${version}`);
const [{ button, el, num, setAttr, setText }, { PatchBoard }, { SUMMARY, argmax, patchName, sumOf }] =
  await Promise.all(["dom", "patch_board", "attention_data"].map(load));

const OFF_BY = 0.005;   // a sum that differs more from 1 is explained

const HOW = "Choose a patch in the left picture: the right one shows how much it takes from every other. "
  + "Point at the right one for a number.";

export class HeadView {
  constructor() {
    this.chosen = SUMMARY;   // the query, while none is pointed at
    this.pointed = null;
    this.read = null;        // the patch whose number is read out; null: the strongest
    this.title = el("h4");
    this.how = el("p", { class: "rl-muted" });
    this.summary = button("", { cls: "rl-small", onClick: () => this.choose(SUMMARY) });
    this.from = new PatchBoard("From this patch", { onLook: (patch) => this.point(patch), onPick: (patch) => this.choose(patch) });
    this.to = new PatchBoard("To this patch", { onLook: (patch) => this.say(patch), onPick: (patch) => this.say(patch) });
    this.reading = el("p", { class: "rl-head-reading" });
    this.facts = ["Sum of the row", "To all patches", "To the class token", "Strongest"].map((name) => {
      const value = el("dd");
      return { value, node: el("div", {}, el("dt", { text: name }), value) };
    });
    const figure = (title, board) => el("figure", {}, el("figcaption", { text: title }), board.node);
    this.node = el("div", { class: "rl-head-view" }, this.title, this.how,
      el("div", { class: "rl-head-pictures" }, figure("From", this.from), figure("To", this.to),
        el("div", { class: "rl-head-words" }, this.summary, this.reading, el("dl", { class: "rl-head-facts" }, this.facts.map(({ node }) => node)))));
  }

  draw(attention, heat, [block, head]) {
    Object.assign(this, { attention, heat, block, head });
    const { grid, numPatches } = attention;
    if (this.chosen >= numPatches || !attention.hasAllQueries) this.chosen = SUMMARY;
    if (this.read >= numPatches) this.read = null;
    setText(this.title, `Block ${block + 1}, head ${head + 1}`);
    setText(this.how, attention.hasAllQueries ? HOW : this.onlyOneRow());
    setText(this.summary.querySelector("span"), `From ${attention.summaryName}`);
    for (const board of [this.from, this.to]) board.setGrid(grid);
    this.from.setActive(attention.hasAllQueries);
    heat.drawImage(this.from.canvas);
    this.show();
  }

  onlyOneRow() {
    const { numTokens, hasClassToken, summaryName } = this.attention;
    const whole = `${numTokens} × ${numTokens} numbers of every head would be too much to send while the network trains`;
    return hasClassToken
      ? `Here only ${summaryName} can be asked where it looks: the ${whole}. Point at the right picture for a number.`
      : `Here only the mean of all rows is shown: the ${whole}. Point at the right picture for a number.`;
  }

  sumWords(sum, count) {
    return `${num(sum)} over ${count} tokens${Math.abs(sum - 1) > OFF_BY ? " (1 but for rounding)" : ""}`;
  }

  choose(query) {
    this.chosen = query;
    this.pointed = null;
    this.show();
  }

  point(patch) {
    this.pointed = patch;
    this.show();
  }

  say(patch) {
    this.read = patch;
    this.show();
  }

  show() {
    const { attention, heat, block, head, read } = this;
    const query = this.pointed ?? this.chosen;
    const row = attention.row(block, head, query);
    const values = attention.patchesOf(row);
    const strongest = argmax(values);
    heat.draw(this.to.canvas, values, values[strongest], attention.grid);
    this.from.show(query === SUMMARY ? null : query, attention.nameOf(query));
    const [from, to] = [attention.nameOf(query), patchName(read ?? strongest, attention.grid)];
    const value = values[read ?? strongest];
    this.to.show(read, `${to}: ${num(value, 2)}`);
    setText(this.reading, read === null ? `From ${from} most goes to ${to}: ${num(value, 2)}.` : `From ${from} to ${to}: ${num(value, 2)}.`);
    setAttr(this.summary, "aria-pressed", String(query === SUMMARY));
    const [received, sum] = [attention.classTokenOf(row), sumOf(row)];
    this.facts[2].node.hidden = received === null;
    [this.sumWords(sum, row.length), num(sumOf(values)), num(received, 2),
      `${patchName(strongest, attention.grid)}: ${num(values[strongest], 2)}`].forEach((text, i) => setText(this.facts[i].value, text));
    Object.assign(this.node.dataset, { block: block + 1, head: head + 1, query, sum, received: received ?? "", to: read ?? strongest, value });
  }
}
