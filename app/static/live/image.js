// Entry of the image view: the live view of a run on images (docs/live.md).

const version = new URL(import.meta.url).search;
const load = (name) => import(`./${name}.js${version}`);
const [{ View }, { ImageStage }, { ImagePanels }, { addStyle, mounter, styled }] =
  await Promise.all(["view", "image_stage", "image_panels", "mount"].map(load));
await Promise.all([styled, addStyle("image.css")]);

class ImageView extends View {
  constructor(parent) {
    super(parent, { Stage: ImageStage, Panels: ImagePanels });
  }
}

export default mounter(ImageView, (globalThis.rdfiaImageViews ??= new WeakMap()));
