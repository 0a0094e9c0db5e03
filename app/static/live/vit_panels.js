// Below the curves: where the heads look, then what any run on images shows.

const version = new URL(import.meta.url).search;
const [{ ImagePanels }, { AttentionCards }] =
  await Promise.all([import(`./image_panels.js${version}`), import(`./attention_cards.js${version}`)]);

export class VitPanels extends ImagePanels {
  constructor(theme) {
    super();
    this.attention = new AttentionCards(theme);
    this.node.prepend(this.attention.node);
  }

  setFrame(frame) {
    super.setFrame(frame);
    this.attention.setFrame(frame);
  }

  setTheme(theme) {
    this.attention.setTheme(theme);
  }
}
