// The kinds of blocks: how they are called, what a new one is, which numbers of it are set; and the
// menu from which one is added.

const version = new URL(import.meta.url).search;
const load = (name) => import(`./${name}.js${version}`);
const [{ el, setText }, { ACTIVATION, mostPadding, usualStride }] = await Promise.all(["dom", "layers_text"].map(load));

/** In the order of the menu. `fields` are [name, label, least, most], most a number or a function. */
export const KINDS = {
  conv: { title: "Convolution", hint: "learned filters slide over the maps",
    fresh: { channels: 32, kernel: 3, stride: 1, padding: 1 },
    fields: (limits) => [["channels", "Channels", 1, limits.channels], ["kernel", "Kernel", 1, limits.kernel],
      ["stride", "Stride", 1, limits.stride], ["padding", "Padding", 0, limits.kernel]] },
  [ACTIVATION]: { title: "Activation", hint: "bends each value, as ReLU does", fresh: { name: "relu" } },
  pool: { title: "Max pooling", hint: "keeps the largest value of each window", fresh: pooling(), fields: poolFields },
  avgpool: { title: "Average pooling", hint: "keeps the mean of each window", fresh: pooling(), fields: poolFields },
  bn: { title: "Batch norm", hint: "evens out each channel over the batch", fresh: {} },
  res: { title: "Residual block", hint: "two convolutions and a shortcut", fresh: { channels: 64, stride: 1 },
    fields: (limits) => [["channels", "Channels", 1, limits.channels], ["stride", "Stride", 1, limits.stride]] },
  gap: { title: "Global average", hint: "one mean for each map", fresh: {} },
  fc: { title: "Fully connected", hint: "each unit looks at all values", fresh: { units: 100 },
    fields: (limits) => [[`units`, "Units", 1, limits.units]] },
  dropout: { title: "Dropout", hint: "silences values at random in training", fresh: { p: 0.5 },
    fields: (limits) => [["p", "Probability", 0, limits.dropout]] },
};

export const ACTIVATION_TITLES = { relu: "ReLU", leaky: "Leaky ReLU", gelu: "GELU", tanh: "Tanh", sigmoid: "Sigmoid" };

function pooling() {
  return { kernel: 2, stride: 2, padding: 0, up: false };
}

function poolFields(limits) {
  return [["kernel", "Window", 1, limits.kernel], ["stride", "Stride", 1, limits.stride],
    ["padding", "Padding", 0, (block) => mostPadding(block.kernel)]];
}

/** A block with one value changed, and with it what must follow. */
export function changed(block, name, value, limits) {
  const next = { ...block, [name]: value };
  if (name === "kernel" && block.kind !== "conv") {
    // Windows that lay side by side go on doing so.
    if (block.stride === usualStride(block.kernel, limits)) next.stride = usualStride(value, limits);
    next.padding = Math.min(next.padding, mostPadding(value));
  }
  return next;
}

/** The kinds to choose from, over the page. */
export class KindMenu {
  /** @param choose is called with a new block */
  constructor(choose) {
    this.heading = el("p", { class: "rl-muted" });
    this.items = Object.entries(KINDS).map(([kind, { title, hint, fresh }]) =>
      el("button", { type: "button", role: "menuitem", class: "rl-kind", tabindex: -1, "data-kind": kind,
        on: { click: () => { this.node.hidePopover(); choose({ kind, ...fresh }); } } },
      el("span", { text: title }), el("span", { class: "rl-muted", text: hint })));
    this.node = el("div", { popover: "auto", class: "rl-kinds", role: "menu", on: { keydown: (event) => this.key(event) } },
      this.heading, this.items);
    this.node.addEventListener("toggle", ({ newState }) => this.anchor?.setAttribute("aria-expanded", String(newState === "open")));
    this.onScroll = (event) => event.target !== this.node && this.node.hidePopover();
    document.addEventListener("scroll", this.onScroll, { capture: true, passive: true });
  }

  open(anchor, title) {
    this.anchor = anchor;
    setText(this.heading, title);
    this.node.setAttribute("aria-label", title);
    this.node.showPopover();
    const at = anchor.getBoundingClientRect();
    const { offsetWidth: width, offsetHeight: height } = this.node;
    const { clientWidth, clientHeight } = document.documentElement;
    const below = at.bottom + 4 + height <= clientHeight ? at.bottom + 4 : Math.max(8, Math.min(at.top, clientHeight - 8) - height - 4);
    this.node.style.left = `${Math.max(8, Math.min(at.right - width, clientWidth - width - 8))}px`;
    this.node.style.top = `${below}px`;
    this.items[0].focus({ preventScroll: true });
  }

  key(event) {
    const i = this.items.indexOf(document.activeElement);
    const count = this.items.length;
    const next = { ArrowDown: (i + 1) % count, ArrowUp: (i + count - 1) % count, Home: 0, End: count - 1 }[event.key];
    if (event.key === "Tab") this.node.hidePopover();
    if (next === undefined) return;
    event.preventDefault();
    this.items[next].focus();
  }

  destroy() {
    document.removeEventListener("scroll", this.onScroll, { capture: true });
  }
}
