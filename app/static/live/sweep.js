// Entry of the sweep view (docs/live.md): the heat map of a sweep and the table of its cells.

const version = new URL(import.meta.url).search;
const load = (name) => import(`./${name}.js${version}`);
const [{ SweepView }, { addStyle, mounter, styled }] = await Promise.all(["sweep_view", "mount"].map(load));
await Promise.all([styled, addStyle("sweep.css")]);

export default mounter(SweepView, (globalThis.rdfiaSweepViews ??= new WeakMap()));
