// Entry of the live view: a Streamlit component (v2) whose protocol is docs/live.md.
//
// Cache busting: Python imports live.js?v=VERSION. Every module passes the query of its own address
// (import.meta.url) on to whatever it imports, so a new version renews all of them together and two
// versions never mix. That is why imports are `await import(...)` and not import statements.

const version = new URL(import.meta.url).search;

const [{ View }] = await Promise.all([import(`./view.js${version}`), addStyle()]);

// Shared by all versions on the page: after an update of the server the newer one takes over.
const views = (globalThis.rdfiaLiveViews ??= new WeakMap());

// Fetched and inlined: a static server may send a type for .css under which a <link> is refused.
async function addStyle() {
  const id = "rdfia-live-style";
  const response = await fetch(new URL(`./live.css${version}`, import.meta.url));
  if (!response.ok) return;
  const text = await response.text();
  const style = document.getElementById(id) ?? document.head.appendChild(document.createElement("style"));
  style.id = id;
  style.textContent = text;
}

/** Shows `component.data`; called again at each of its changes. Returns the clean-up for unmounting. */
export default function mount(component) {
  const { parentElement } = component;
  let view = views.get(parentElement);
  if (!(view instanceof View)) {
    view?.destroy();
    view = new View(parentElement);
    views.set(parentElement, view);
  }
  view.update(component);
  return () => {
    if (views.get(parentElement) !== view) return;
    views.delete(parentElement);
    view.destroy();
  };
}
