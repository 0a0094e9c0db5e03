// Entry of the drawing pad (docs/live.md).

const version = new URL(import.meta.url).search;
const load = (name) => import(`./${name}.js${version}`);
const [{ PadView }, { addStyle, mounter, styled }] = await Promise.all(["pad_view", "mount"].map(load));
await Promise.all([styled, addStyle("image.css")]);

export default mounter(PadView, (globalThis.rdfiaPadViews ??= new WeakMap()));
