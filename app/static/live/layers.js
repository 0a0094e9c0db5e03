// Entry of the layers view: a network as a table of blocks, edited in place (docs/live.md).

const version = new URL(import.meta.url).search;
const [{ LayersView }, { addStyle, mounter, styled }] =
  await Promise.all([import(`./layers_view.js${version}`), import(`./mount.js${version}`)]);
await Promise.all([styled, addStyle("layers.css")]);

export default mounter(LayersView, (globalThis.rdfiaLayersViews ??= new WeakMap()));
