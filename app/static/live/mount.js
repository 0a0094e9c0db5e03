// What every component here does when Streamlit mounts it: style, one view a place, clean-up.

const version = new URL(import.meta.url).search;
const { Outbox } = await import(`./outbox.js${version}`);

/** Resolves once the style is there; its fetching begins beside that of the other modules. */
export const styled = addStyle("live.css");

/** Fetched and inlined: a static server may send a type for .css under which a <link> is refused. */
export async function addStyle(name) {
  const id = `rdfia-${name.replace(".", "-")}-style`;
  const response = await fetch(new URL(`./${name}${version}`, import.meta.url));
  if (!response.ok) return;
  const text = await response.text();
  const style = document.getElementById(id) ?? document.head.appendChild(document.createElement("style"));
  style.id = id;
  style.textContent = text;
}

/**
 * The function that Streamlit calls at each change of a component's data; it returns the clean-up.
 * @param View has update(component) and destroy(); its commands go through the `outbox` it is given.
 * @param views shared by all versions on the page: after an update of the server the newer takes over.
 */
export function mounter(View, views) {
  return (component) => {
    const { parentElement } = component;
    let view = views.get(parentElement);
    if (!(view instanceof View)) {
      view?.outbox?.destroy();
      view?.destroy();
      view = new View(parentElement);
      view.outbox = new Outbox();
      views.set(parentElement, view);
    }
    view.outbox.update(component);
    view.update(component);
    return () => {
      if (views.get(parentElement) !== view) return;
      views.delete(parentElement);
      view.outbox.destroy();
      view.destroy();
    };
  };
}
