// Heat maps of the patches, plain or over the dimmed image, on canvases that are kept.

const version = new URL(import.meta.url).search;
const [{ paint, tile }, { heatColor }] = await Promise.all([import(`./pixels.js${version}`), import(`./theme.js${version}`)]);

const DIMMED = 0.38;              // what is left of the image's light below the heat
const OVERLAY = [255, 176, 32];   // the heat's colour over the image
const MOST_OPAQUE = 0.92;

export class Heat {
  constructor(theme) {
    this.theme = theme;
    this.isOver = true;
    this.image = tile();     // as it is, never on the page
    this.patches = tile();   // one pixel a patch
  }

  /** `image`: the array of a frame, (S, S, C). */
  setImage({ shape: [height, width, channels], data }) {
    paint(this.image, data, 0, height, width, channels);
  }

  drawImage(canvas) {
    const { width, height } = this.image;
    this.context(canvas, width, height).drawImage(this.image, 0, 0);
  }

  /**
   * Colours each patch by its value, from 0 to `most`. Over the image the patches lie where `grid` says,
   * on a canvas of at most `mostPixels` a side; else the map has one pixel a patch.
   */
  draw(canvas, values, most, grid, mostPixels = Infinity) {
    this.colour(values, most, grid);
    if (!this.isOver) {
      this.context(canvas, grid.columns, grid.rows).drawImage(this.patches, 0, 0);
      return;
    }
    const shrink = Math.min(1, mostPixels / this.image.width);
    const width = Math.round(this.image.width * shrink);
    const height = Math.round(this.image.height * shrink);
    const context = this.context(canvas, width, height);
    context.fillStyle = "#000000";
    context.fillRect(0, 0, width, height);
    context.globalAlpha = DIMMED;
    context.drawImage(this.image, 0, 0, width, height);
    context.globalAlpha = 1;
    context.imageSmoothingEnabled = false;
    context.drawImage(this.patches, 0, 0, grid.columns * grid.width * width, grid.rows * grid.height * height);
  }

  colour(values, most, { rows, columns }) {
    const context = this.context(this.patches, columns, rows);
    const picture = context.createImageData(columns, rows);
    values.forEach((value, i) => {
      const share = most > 0 ? Math.min(1, value / most) : 0;
      const rgb = this.isOver ? OVERLAY : heatColor(this.theme, share);
      picture.data.set([...rgb, 255 * (this.isOver ? MOST_OPAQUE * share : 1)], 4 * i);
    });
    context.putImageData(picture, 0, 0);
  }

  // Sized anew only where the size differs: that would empty it.
  context(canvas, width, height) {
    if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
    return canvas.getContext("2d");
  }
}
