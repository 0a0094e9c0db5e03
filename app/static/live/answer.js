// Entry of the answer view: one image, what a network says it is, its feature maps (docs/live.md).

const version = new URL(import.meta.url).search;
const load = (name) => import(`./${name}.js${version}`);
const [{ AnswerView }, { ImageStage }, { ImagePanels }, { addStyle, mounter, styled }] =
  await Promise.all(["answer_view", "image_stage", "image_panels", "mount"].map(load));
await Promise.all([styled, addStyle("image.css")]);

class ImageAnswer extends AnswerView {
  constructor(parent) {
    super(parent, { Stage: ImageStage, Panels: ImagePanels });
  }
}

export default mounter(ImageAnswer, (globalThis.rdfiaAnswerViews ??= new WeakMap()));
