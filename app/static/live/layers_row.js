// One row of the table: a block with its numbers as small fields, and what it makes of its input.

const version = new URL(import.meta.url).search;
const load = (name) => import(`./${name}.js${version}`);
const [{ el, num, setAttr, setText }, { ACTIVATION, ACTIVATIONS }, { thousands }, { ACTIVATION_TITLES, KINDS, changed }] =
  await Promise.all(["dom", "layers_text", "layers_table", "layers_kinds"].map(load));

const FLOAT = 4;   // bytes of a float32
const NONE = "–";
/** Columns with numbers: what is above them, and beside them where a row is a card. */
export const COLUMNS = ["Output", "Weights", "Multiply-adds", "Memory", "Receptive field"];

/** Bytes for people. */
export function bytes(count) {
  if (count >= 999_500) return `${num(count / 1e6)} MB`;
  return count >= 1000 ? `${num(count / 1e3)} kB` : `${count} B`;
}

export const memory = (values) => bytes(FLOAT * values);

/** "conv3: a window of 5 x 5 ..." as a sentence without the name. */
export function sentence(error) {
  const words = error.slice(error.indexOf(": ") + 2).replace(/ x /g, " × ");
  return `${words[0].toUpperCase()}${words.slice(1)}.`;
}

export class Row {
  /**
   * @param settings what stands in the second column
   * @param tools buttons at the end of the row
   */
  constructor(title, settings, tools = []) {
    this.name = el("span", { class: "rl-layer-name" });
    this.cells = COLUMNS.map((label) => el("td", { role: "cell", class: "rl-number", "data-label": label }));
    this.cells.at(-1).append(this.field = el("span"), this.jump = el("span", { class: "rl-muted" }));
    this.reason = el("p", { class: "rl-reason", hidden: true });
    this.node = el("tr", { role: "row" },
      el("th", { role: "rowheader", scope: "row" }, this.name, el("span", { class: "rl-muted", text: title })),
      el("td", { role: "cell", class: "rl-settings" }, settings, this.reason),
      this.cells, el("td", { role: "cell", class: "rl-tools" }, tools));
  }

  /**
   * @param layer of the table, or null where the network does not come so far
   * @param whole sums over all layers, for the shares
   */
  draw({ name, layer, whole, reason }) {
    setText(this.name, name);
    setAttr(this.node, "data-layer", name);
    setAttr(this.node, "data-failed", reason ? "true" : null);
    this.reason.hidden = !reason;
    setText(this.reason, reason);
    const [output, weights, work, stored] = this.cells;
    setText(output, layer ? shapeText(layer) : NONE);
    for (const cell of this.cells) setAttr(cell, "data-none", layer ? null : "true");
    this.drawShare(weights, layer?.weights, whole?.weights, "weights");
    this.drawShare(work, layer?.work, whole?.work, "multiply-adds");
    setText(stored, layer ? memory(layer.values) : NONE);
    setText(this.field, layer ? `${thousands(layer.field)} px` : NONE);
    setText(this.jump, layer?.jump > 1 ? ` every ${thousands(layer.jump)}` : "");
  }

  drawShare(cell, value, sum, what) {
    setText(cell, value === undefined ? NONE : thousands(value));
    setAttr(cell, "data-none", value ? null : "true");
    const share = value && sum ? value / sum : 0;
    cell.style.setProperty("--share", share.toFixed(4));
    setAttr(cell, "title", share ? `${num(100 * share, 2)} % of the network's ${what}` : null);
  }

  destroy() {
    this.node.remove();
  }
}

const shapeText = ({ channels, size }) => (size ? `${thousands(channels)} × ${size} × ${size}` : thousands(channels));

/** A row whose block is edited. */
export class BlockRow extends Row {
  /** @param actions {change(block, field), add(button), move(by), remove()} */
  constructor(block, limits, actions) {
    const { title, hint, fields } = KINDS[block.kind];
    const isPlain = Object.keys(block).length === 1;
    const settings = isPlain ? el("p", { class: "rl-muted", text: `${hint[0].toUpperCase()}${hint.slice(1)}.` }) : el("div", { class: "rl-sizes" });
    const tool = (text, onClick, more = {}) =>
      el("button", { type: "button", class: "rl-tool", text, on: { click: onClick }, ...more });
    const tools = [
      tool("↑", () => actions.move(-1)), tool("↓", () => actions.move(1)), tool("×", () => actions.remove()),
      tool("+", () => actions.add(tools[3]), { "aria-haspopup": "menu", "aria-expanded": "false" }),
    ];
    super(title, settings, tools);
    Object.assign(this, { limits, actions, tools, fields: [] });
    this.block = block;
    for (const [name, label, least, most] of fields?.(limits) ?? []) settings.append(this.numberField(name, label, least, most));
    if (block.kind === ACTIVATION) settings.append(this.functionField());
    if ("up" in block) settings.append(this.switchField());
  }

  numberField(name, label, least, most) {
    const isWhole = name !== "p";
    const input = el("input", { type: "number", min: least, step: isWhole ? 1 : 0.05, inputmode: isWhole ? "numeric" : "decimal",
      on: { input: () => this.typed(field), blur: () => this.left(field), focus: () => input.select() } });
    const field = { name, label, input, least, isWhole, most: typeof most === "function" ? most : () => most };
    this.fields.push(field);
    return el("label", { class: "rl-size" }, el("span", { text: label }), input);
  }

  functionField() {
    const input = el("select", { on: { change: () => this.set("name", input.value) } },
      ACTIVATIONS.map((name) => el("option", { value: name, text: ACTIVATION_TITLES[name] })));
    this.fields.push({ name: "name", label: "Function", input });
    return input;
  }

  switchField() {
    const input = el("input", { type: "checkbox", on: { change: () => this.set("up", input.checked) } });
    this.fields.push({ name: "up", label: "Round up", input });
    return el("label", { class: "rl-size", title: "Keep a last window that hangs over the border" },
      el("span", { text: "Round up" }), input);
  }

  set(name, value) {
    this.actions.change(changed(this.block, name, value, this.limits), name);
  }

  typed(field) {
    const { input, isWhole, label, least } = field;
    const value = input.value.trim() === "" ? NaN : Number(input.value);
    const most = field.most(this.block);
    const isRight = value >= least && value <= most && (!isWhole || Number.isInteger(value));
    setAttr(input, "aria-invalid", isRight ? null : "true");
    const kind = isWhole ? "a whole number" : "a number";
    this.trouble = isRight ? "" : `${label} must be ${kind} from ${least} to ${thousands(most)}.`;
    if (isRight) this.set(field.name, isWhole ? value : Number(value.toFixed(4)));
    else this.drawReason();
  }

  /** What was no number is forgotten. */
  left(field) {
    setAttr(field.input, "aria-invalid", null);
    this.trouble = "";
    this.drawFields();
    this.drawReason();
  }

  draw(facts) {
    super.draw(facts);
    this.impossible = facts.reason;
    this.drawReason();
    this.drawFields(facts);
    ["Move {} up", "Move {} down", "Remove {}", "Add a block below {}"].forEach((text, i) => {
      const label = text.replace("{}", facts.name);
      setAttr(this.tools[i], "aria-label", label);
      setAttr(this.tools[i], "title", label);
    });
    this.tools[0].disabled = facts.isFirst;
    this.tools[1].disabled = facts.isLast;
    this.tools[3].disabled = facts.isFull;
  }

  drawFields() {
    for (const { name, label, input, most } of this.fields) {
      setAttr(input, "aria-label", `${label} of ${this.name.textContent}`);
      if (most) setAttr(input, "max", most(this.block));
      if (input.type === "checkbox") input.checked = this.block[name];
      else if (document.activeElement !== input || input.tagName === "SELECT") input.value = this.block[name];
    }
  }

  drawReason() {
    const words = this.trouble || this.impossible || "";
    this.reason.hidden = !words;
    setText(this.reason, words);
  }

  /** Gives the focus to the first field, or else to the buttons. */
  focus(tool = null) {
    const wanted = tool === null ? this.fields[0]?.input ?? this.tools[3] : this.tools[tool];
    (wanted.disabled ? this.tools.find((button) => !button.disabled) : wanted).focus();
  }
}
