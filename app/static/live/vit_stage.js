// The card beside the curves for a Vision Transformer: the image cut into patches, the answer, the embedding's filters.

const version = new URL(import.meta.url).search;
const load = (name) => import(`./${name}.js${version}`);
const [{ el, toggle }, { ImageStage }, { PatchLines }, { imageGrid }] =
  await Promise.all(["dom", "image_stage", "patch_board", "attention_data"].map(load));

const WORDS = {
  filters: "Filters of the patch embedding",
  filterNote: " Each patch is multiplied by every filter and summed: one number of its token for each.",
  elsewhere: "Under “Attention” the trained network answers to any other.",
};

export class VitStage extends ImageStage {
  constructor(theme, seek, send) {
    super(theme, seek, send, WORDS);
    this.lines = new PatchLines();
    const box = el("div", { class: "rl-patched" });
    this.image.replaceWith(box);
    box.append(this.image, this.lines.node);
    this.patches = toggle("Patches", true, (on) => { this.lines.node.hidden = !on; },
      { title: "Draw where the image is cut: each patch becomes one token" });
    box.after(this.patches.node);
  }

  draw() {
    super.draw();
    const { attention } = this.frame.info;
    this.patches.node.hidden = !attention;
    this.lines.node.hidden = !attention || !this.patches.input.checked;
    if (attention) this.lines.set(imageGrid(attention));
  }
}
