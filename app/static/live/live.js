// Entry of the live view: a Streamlit component (v2) whose protocol is docs/live.md.
//
// Cache busting: Python imports live.js?v=VERSION. Every module passes the query of its own address
// (import.meta.url) on to whatever it imports, so a new version renews all of them together and two
// versions never mix. That is why imports are `await import(...)` and not import statements.

const version = new URL(import.meta.url).search;
const [{ View }, { mounter, styled }] =
  await Promise.all([import(`./view.js${version}`), import(`./mount.js${version}`)]);
await styled;

export default mounter(View, (globalThis.rdfiaLiveViews ??= new WeakMap()));
