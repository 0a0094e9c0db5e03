// Entry of the fit view (docs/live.md): decision maps of models that are solved at once.

const version = new URL(import.meta.url).search;
const [{ FitView }, { mounter, styled }] =
  await Promise.all([import(`./fit_view.js${version}`), import(`./mount.js${version}`)]);
await styled;

export default mounter(FitView, (globalThis.rdfiaFitViews ??= new WeakMap()));
