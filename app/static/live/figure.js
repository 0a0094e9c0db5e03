// Entry of the figure: a Plotly figure that is redrawn in place, and tells Python what was clicked.

const version = new URL(import.meta.url).search;
const [{ FigureView }, { mounter, styled }] =
  await Promise.all([import(`./figure_view.js${version}`), import(`./mount.js${version}`)]);
await styled;

export default mounter(FigureView, (globalThis.rdfiaFigureViews ??= new WeakMap()));
