// Entry of the live view: a Streamlit component (v2) whose protocol is docs/live.md.
//
// Cache busting: Python imports live.js?v=VERSION. Every module passes the query of its own address
// (import.meta.url) on to whatever it imports, so a new version renews all of them together and two
// versions never mix. That is why imports are `await import(...)` and not import statements.

const version = new URL(import.meta.url).search;
const load = (name) => import(`./${name}.js${version}`);
const [{ View }, { Stage }, { Network }, { mounter, styled }] =
  await Promise.all(["view", "stage", "network", "mount"].map(load));
await styled;

class PointView extends View {
  constructor(parent) {
    super(parent, { Stage, Panels: Network });
  }
}

export default mounter(PointView, (globalThis.rdfiaLiveViews ??= new WeakMap()));
