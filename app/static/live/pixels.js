// Bytes to pixels on canvases that are kept, one canvas pixel a value; the style sheet enlarges them.

const { el } = await import(`./dom.js${new URL(import.meta.url).search}`);

/** A canvas that shows one small picture. */
export function tile(props = {}) {
  return el("canvas", { width: 1, height: 1, class: "rl-pixels", ...props });
}

/** Draws `count` bytes from `at` on: one value a pixel through `table` (256 RGB entries), or three. */
export function paint(canvas, data, at, height, width, channels, table = null) {
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
  const context = canvas.getContext("2d");
  const image = context.createImageData(width, height);
  const out = image.data;
  for (let i = 0; i < height * width; i++) {
    for (let c = 0; c < 3; c++) {
      const value = data[at + i * channels + (channels === 3 ? c : 0)];
      out[4 * i + c] = table ? table[3 * value + (channels === 3 ? 0 : c)] : value;
    }
    out[4 * i + 3] = 255;
  }
  context.putImageData(image, 0, 0);
}
