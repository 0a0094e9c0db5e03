// Square cells with numbers in them: the input, the kernel and the output of the kernel view.

const version = new URL(import.meta.url).search;
const [{ el, setAttr, setText }, { css, signedColor }] =
  await Promise.all([import(`./dom.js${version}`), import(`./theme.js${version}`)]);

/** Black for 0, white for `most`. */
export function greyOf(value, most) {
  const level = 255 * Math.min(1, Math.max(0, value / most));
  return [level, level, level];
}

/** Purple below zero, green above; `most` is the largest size. */
export const signedOf = (theme, value, most) => signedColor(theme, most ? value / most : 0);

// Of black and white the one that is read more easily (WCAG relative luminance, gamma 2.2).
function inkOn(rgb) {
  const [r, g, b] = rgb.map((v) => (v / 255) ** 2.2);
  return 0.2126 * r + 0.7152 * g + 0.0722 * b > 0.18 ? "#000000" : "#ffffff";
}

/** Writes a cell's colour; null for none. */
export function paint(cell, rgb) {
  cell.style.background = rgb ? css(rgb) : "";
  cell.style.color = rgb ? inkOn(rgb) : "";
}

/** A square of cells, with an outline that can lie over some of them. */
export class Cells {
  /** `make(row, column)` returns a cell's node; the default holds text. */
  constructor(name, make = () => el("span", { class: "rl-cell" })) {
    this.make = make;
    this.outline = el("div", { class: "rl-window", hidden: true, "aria-hidden": "true" });
    this.grid = el("div", { class: "rl-cells", "data-cells": name });
    this.size = 0;
  }

  /** Makes size × size cells unless they are there. Returns whether they are new. */
  resize(size) {
    if (size === this.size) return false;
    this.size = size;
    this.cells = Array.from({ length: size * size }, (_, i) => {
      const cell = this.make(Math.floor(i / size), i % size);
      cell.dataset.i = i;
      return cell;
    });
    this.grid.style.setProperty("--side", size);
    this.grid.replaceChildren(...this.cells, this.outline);
    return true;
  }

  /** Writes each cell: `look(i, row, column)` returns {text, rgb, cls, value}. */
  draw(look) {
    let longest = 1;
    this.cells.forEach((cell, i) => {
      const { text, rgb = null, cls = "", value } = look(i, Math.floor(i / this.size), i % this.size);
      if (cell instanceof HTMLInputElement) {
        if (cell.value !== text) cell.value = text;
      } else {
        setText(cell, text);
      }
      longest = Math.max(longest, text.length);
      cell.className = `rl-cell ${cls}`;
      setAttr(cell, "data-value", value ?? null);
      paint(cell, rgb);
    });
    this.grid.style.setProperty("--longest", Math.max(2, longest));
  }

  /** Lays the outline over `side` × `side` cells from a row and column on. */
  mark(row, column, side) {
    this.outline.hidden = false;
    for (const [name, value] of [["--row", row], ["--column", column], ["--span", side]]) {
      this.outline.style.setProperty(name, value);
    }
  }

  set cellPixels(pixels) {
    this.grid.style.setProperty("--cell", `${pixels}px`);
  }
}
