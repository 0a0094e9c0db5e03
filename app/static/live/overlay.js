// Entry of the overlay: curves of several runs in one figure, which grow while the runs live.

const version = new URL(import.meta.url).search;
const [{ OverlayView }, { mounter, styled }] =
  await Promise.all([import(`./overlay_view.js${version}`), import(`./mount.js${version}`)]);
await styled;

export default mounter(OverlayView, (globalThis.rdfiaOverlayViews ??= new WeakMap()));
