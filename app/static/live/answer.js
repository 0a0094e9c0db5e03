// Entry of the answer view: one image, what a network says it is, its feature maps (docs/live.md).

const version = new URL(import.meta.url).search;
const load = (name) => import(`./${name}.js${version}`);
const [{ AnswerView }, { addStyle, mounter, styled }] = await Promise.all(["answer_view", "mount"].map(load));
await Promise.all([styled, addStyle("image.css")]);

export default mounter(AnswerView, (globalThis.rdfiaAnswerViews ??= new WeakMap()));
