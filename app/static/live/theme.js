// Colours. Classes use the Okabe-Ito palette, which stays distinct under colour blindness
// (M. Okabe and K. Ito, Color Universal Design, 2008); signed values run from purple to green,
// so that "negative" is never mistaken for "class 0".

export const CLASS_COLORS = ["#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9"];
export const SPLITS = ["Training", "Validation", "Test"];

const CLASS_RGB = CLASS_COLORS.map(parse);
const NAN = { light: [158, 158, 158], dark: [112, 112, 112] };
const NAN_HATCH = { light: [118, 118, 118], dark: [150, 150, 150] };

/** "#rrggbb" as three numbers 0..255. */
function parse(hex) {
  return [1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16));
}

let dot = null;

/** Any CSS colour as three numbers 0..255: the browser paints it on white and we read the pixel. */
function painted(color) {
  dot ??= Object.assign(document.createElement("canvas"), { width: 1, height: 1 }).getContext("2d", { willReadFrequently: true });
  for (const fill of ["#ffffff", color]) {
    dot.fillStyle = fill;
    dot.fillRect(0, 0, 1, 1);
  }
  return [...dot.getImageData(0, 0, 1, 1).data.slice(0, 3)];
}

/** Relative luminance 0..1 (WCAG 2.2). */
function luminance(rgb) {
  const [r, g, b] = rgb.map((v) => (v <= 10 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

const mix = (a, b, t) => [0, 1, 2].map((i) => a[i] + (b[i] - a[i]) * t);
export const css = (rgb) => `rgb(${rgb.map(Math.round).join(", ")})`;

/** What the page looks like now, read from `root` and from its child .rl-probe, which carries the
 * theme's background and accent as its own colours. */
export function readTheme(root) {
  const style = getComputedStyle(root);
  const probe = getComputedStyle(root.querySelector(":scope > .rl-probe"));
  const background = painted(probe.backgroundColor);
  const accent = painted(probe.color);
  const text = painted(style.color);
  const dark = luminance(background) < 0.18;
  return {
    key: [text, background, accent, style.fontFamily].join("|"),
    dark, text, background, font: style.fontFamily,
    // White on the accent where that can be read (contrast 4.5), else near black.
    onAccent: 1.05 / (luminance(accent) + 0.05) >= 4.5 ? "#ffffff" : "#0b0d12",
    paper: dark ? mix(background, [255, 255, 255], 0.03) : [255, 255, 255],
    muted: css(mix(text, background, 0.28)),
    grid: css(mix(background, text, dark ? 0.2 : 0.13)),
    line: dark ? "#ffffff" : "#15181e",
    points: CLASS_RGB.map((rgb) => css(dark ? mix(rgb, [255, 255, 255], 0.22) : rgb)),
    train: dark ? "#a5a2ff" : "#4f46c8",
    val: dark ? "#43d6c3" : "#0b7d72",
    test: dark ? "#ff8ab5" : "#c01f5b",
    others: dark
      ? ["#f2b84b", "#5ec8ff", "#ff8f6b", "#b9e769", "#e0a3ff", "#c9c9c9"]
      : ["#9a5b00", "#00699e", "#c03a14", "#44730b", "#8a2fb8", "#555555"],
    positive: dark ? [53, 208, 172] : [10, 138, 108],
    negative: dark ? [196, 132, 255] : [130, 58, 190],
  };
}

// How much class colour the map takes at full certainty: points of the same class must stand out.
const STRENGTH = { light: 0.62, dark: 0.6 };

// Below 1, so that a network that has only begun to learn already shows where it leans.
const BLEND = 0.8;

/** Colours for the map of K = 1: 256 entries (RGB) indexed by the probability of class 1. */
export function binaryTable(theme, hard) {
  const table = new Uint8ClampedArray(256 * 3);
  const strength = theme.dark ? STRENGTH.dark : STRENGTH.light;
  for (let i = 0; i < 256; i++) {
    const p = Math.min(1, i / 254);
    const certainty = hard ? 0.72 : Math.abs(2 * p - 1);
    table.set(mix(theme.paper, CLASS_RGB[p > 0.5 ? 1 : 0], strength * certainty ** BLEND), i * 3);
  }
  return table;
}

/** Colour of a winning class k of K at probability p, for K >= 3. Writes into `out` at `at`. */
export function multiColor(theme, k, p, numClasses, hard, out, at) {
  const strength = theme.dark ? STRENGTH.dark : STRENGTH.light;
  const certainty = hard ? 0.72 : Math.max(0, (p - 1 / numClasses) / (1 - 1 / numClasses));
  const rgb = CLASS_RGB[k % CLASS_RGB.length];
  const t = strength * certainty ** BLEND;
  for (let i = 0; i < 3; i++) out[at + i] = theme.paper[i] + (rgb[i] - theme.paper[i]) * t;
}

/** Grey with a diagonal hatch: a value that is not a number. */
export function nanColor(theme, row, column, period) {
  const mode = theme.dark ? "dark" : "light";
  return (row + column) % period < period * 0.3 ? NAN_HATCH[mode] : NAN[mode];
}

/** Colour of a signed value in -1..1: purple, background, green. */
export function signedColor(theme, value) {
  const end = value < 0 ? theme.negative : theme.positive;
  return mix(theme.paper, end, Math.min(1, Math.abs(value)) ** 0.85);
}

/** Colour of an amount in 0..1: from the background to orange. */
export function heatColor(theme, share) {
  return mix(theme.paper, theme.dark ? [255, 186, 84] : [176, 68, 0], share ** 0.85);
}

/** 256 RGB entries for `units` bytes (127 is zero, 255 is not a number). */
export function signedTable(theme) {
  const table = new Uint8ClampedArray(256 * 3);
  for (let i = 0; i < 255; i++) table.set(signedColor(theme, (i - 127) / 127), i * 3);
  table.set(nanColor(theme, 1, 1, 2), 255 * 3);
  return table;
}
