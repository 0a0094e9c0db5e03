// Entry of the attention answer: one image, what a network says it is, and where its heads look (docs/live.md).

const version = new URL(import.meta.url).search;
const load = (name) => import(`./${name}.js${version}`);
const [{ AnswerView }, { VitStage }, { VitPanels }, { addStyle, mounter, styled }] =
  await Promise.all(["answer_view", "vit_stage", "vit_panels", "mount"].map(load));
await Promise.all([styled, addStyle("image.css"), addStyle("vit.css")]);

class AttentionAnswer extends AnswerView {
  constructor(parent) {
    super(parent, { Stage: VitStage, Panels: VitPanels });
  }
}

export default mounter(AttentionAnswer, (globalThis.rdfiaAttentionAnswers ??= new WeakMap()));
