// Small builders for HTML and SVG nodes. Text always goes through textContent.

const SVG = "http://www.w3.org/2000/svg";

/** An HTML element. `props` are attributes; `on` holds listeners; `text` is its text. */
export function el(tag, props = {}, ...children) {
  return fill(document.createElement(tag), props, children);
}

/** An SVG element, same arguments as `el`. */
export function svg(tag, props = {}, ...children) {
  return fill(document.createElementNS(SVG, tag), props, children);
}

function fill(node, props, children) {
  for (const [name, value] of Object.entries(props)) {
    if (value === null || value === undefined || (value === false && !name.startsWith("aria-"))) continue;
    if (name === "on") {
      for (const [event, listener] of Object.entries(value)) node.addEventListener(event, listener);
    } else if (name === "text") {
      node.textContent = value;
    } else {
      node.setAttribute(name, value === true && !name.startsWith("aria-") ? "" : String(value));
    }
  }
  for (const child of children.flat(Infinity)) if (child) node.append(child);
  return node;
}

/** Writes text only where it differs, so that selections and screen readers are left alone. */
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

export function setAttr(node, name, value) {
  if (value === null || value === false) node.removeAttribute(name);
  else if (node.getAttribute(name) !== String(value)) node.setAttribute(name, value === true ? "" : String(value));
}

const ICONS = {
  play: "M7 4.5v15l13-7.5z",
  pause: "M6 4.5h4.2v15H6zM13.8 4.5H18v15h-4.2z",
  stop: "M5.5 5.5h13v13h-13z",
  batch: "M5 5v14l9-7zM16 5h3v14h-3z",
  epoch: "M3 5v14l8-7zM11 5v14l8-7zM19 5h2.4v14H19z",
  reset: "M12 5a7 7 0 1 1-6.6 4.6l1.9.7A5 5 0 1 0 12 7v3.2L6.8 6 12 1.8z",
  seed: "M5 3h14a2 2 0 0 1 2 2v14a2 2 0 0 1-2 2H5a2 2 0 0 1-2-2V5a2 2 0 0 1 2-2zm0 2v14h14V5zm3 1.6a1.7 1.7 0 1 1 0 3.4 1.7 1.7 0 0 1 0-3.4zm8 7.4a1.7 1.7 0 1 1 0 3.4 1.7 1.7 0 0 1 0-3.4zm-4-3.7a1.7 1.7 0 1 1 0 3.4 1.7 1.7 0 0 1 0-3.4z",
  undo: "M9 4v4h5a6 6 0 0 1 0 12H7v-2.4h7a3.6 3.6 0 0 0 0-7.2H9v4L3 9z",
};

export function icon(name) {
  const path = svg("path", { d: ICONS[name], "fill-rule": "evenodd" });
  return svg("svg", { viewBox: "0 0 24 24", class: "rl-icon", "aria-hidden": "true" }, path);
}

/** A push button with an optional icon. */
export function button(label, { glyph, cls = "", onClick, ...props } = {}) {
  const text = el("span", { class: "rl-button-text", text: label });
  return el("button", { type: "button", class: `rl-button ${cls}`, on: { click: onClick }, ...props },
    glyph ? icon(glyph) : null, text);
}

/** A checkbox drawn as a small pill. */
export function toggle(label, checked, onChange, props = {}) {
  const input = el("input", { type: "checkbox", checked, ...props,
    on: { change: () => onChange(input.checked) } });
  const node = el("label", { class: "rl-toggle" }, input, el("span", { text: label }));
  return { node, input };
}

/** A number for people: three significant digits, a real minus sign. */
export function num(value, digits = 3) {
  if (value === null || value === undefined || !Number.isFinite(value)) return "–";
  if (value === 0) return "0";
  const size = Math.abs(value);
  const text = size >= 1e5 || size < 1e-3 ? value.toExponential(1) : String(Number(value.toPrecision(digits)));
  return text.replace("-", "−");
}

/** An epoch: whole numbers as they are, fractions with two decimals at most. */
export function epochText(epoch) {
  if (epoch === null || epoch === undefined || !Number.isFinite(epoch)) return "–";
  return Number.isInteger(epoch) ? String(epoch) : epoch.toFixed(epoch < 10 ? 2 : 1);
}

export function seconds(value) {
  if (value === null || value === undefined || !Number.isFinite(value)) return "–";
  if (value < 60) return `${Math.max(1, Math.round(value))} s`;
  const minutes = Math.floor(value / 60);
  if (minutes < 60) return `${minutes} min ${Math.round(value % 60)} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** A time to come that nobody knows to the second. */
export function roughly(value) {
  if (value < 90) return `about ${Math.round(value)} s`;
  return value < 5400 ? `about ${Math.round(value / 60)} min` : `about ${num(value / 3600, 2)} h`;
}

export const reducedMotion = () => window.matchMedia("(prefers-reduced-motion: reduce)").matches;
