// Keyboard shortcuts on the whole page, except where keys mean something else. Taken on the way
// down (capture), before Streamlit's own shortcuts.

const TYPING = "input, textarea, select, [contenteditable=''], [contenteditable=true]";
const TAKES_SPACE = "button, a[href], summary, [role=button], [role=link], [role=slider], [role=checkbox], "
  + "[role=radio], [role=tab], [role=combobox], [role=option], [role=switch], [role=menuitem]";

/** Listens until the returned function is called. */
export function listen(root, transport) {
  const onKey = (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    const target = event.target instanceof Element ? event.target : document.body;
    if (target.closest(TYPING) || !root.isConnected) return;
    const dialog = target.closest("[role=dialog], dialog");
    const open = transport.dialog.open;
    if (event.key === "?" && (!dialog || dialog === transport.dialog)) {
      event.preventDefault();
      transport.help.click();
      return;
    }
    if (dialog || open || event.shiftKey) return;
    const key = event.key.toLowerCase();
    if (key === " ") {
      // A focused button takes the space itself; taking it here as well would act twice.
      if (target.closest(TAKES_SPACE)) return;
      event.preventDefault();
      if (!event.repeat) transport.toggle();
    } else if (key === "n") {
      transport.gather("epoch");
    } else if (key === "b") {
      transport.gather("batch");
    } else if (key === "r") {
      // Streamlit would rerun the whole page, also where there is nothing to reset yet.
      event.stopPropagation();
      if (!event.repeat && !transport.reset.disabled) transport.command("reset");
    }
  };
  // After a click with the mouse the focus is given back to the page, so that the next space
  // plays or pauses; whoever reaches a button with the keyboard keeps it.
  const onClick = (event) => {
    const node = event.target.closest("button, input[type=checkbox], input[type=range]");
    if (event.detail > 0 && node && !node.closest("dialog")) node.blur();
  };
  document.addEventListener("keydown", onKey, true);
  root.addEventListener("click", onClick);
  return () => {
    document.removeEventListener("keydown", onKey, true);
    root.removeEventListener("click", onClick);
  };
}
