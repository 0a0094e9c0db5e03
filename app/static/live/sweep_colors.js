// Colours of the cells: viridis, which grows evenly in lightness and survives colour blindness and a
// grey printer (N. Smith and S. van der Walt, 2015).

const STOPS = [[68, 1, 84], [72, 40, 120], [62, 74, 137], [49, 104, 142], [38, 130, 142],
  [31, 158, 137], [53, 183, 121], [109, 205, 89], [180, 222, 44], [253, 231, 37]];

const css = (rgb) => `rgb(${rgb.map(Math.round).join(", ")})`;

export const heatStops = () => STOPS.map(css);

/** Colour of an amount in 0..1, and the ink that can be read on it (contrast 4.5 at least). */
export function heat(share) {
  const at = Math.min(1, Math.max(0, share)) * (STOPS.length - 1);
  const i = Math.min(STOPS.length - 2, Math.floor(at));
  const rgb = [0, 1, 2].map((k) => STOPS[i][k] + (STOPS[i + 1][k] - STOPS[i][k]) * (at - i));
  return { paper: css(rgb), ink: luminance(rgb) > 0.179 ? "#000000" : "#ffffff" };
}

/** Relative luminance 0..1 (WCAG 2.2): at 0.179 black and white are read equally well. */
function luminance(rgb) {
  const [r, g, b] = rgb.map((v) => (v <= 10 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}
