// Plotly, loaded late: it is far larger than all the rest. And how a node is drawn on.

const { el } = await import(`./dom.js${new URL(import.meta.url).search}`);

let plotly = null;

/** Plotly (4.8 MB), fetched at the first call only. */
export function loadPlotly() {
  plotly ??= window.Plotly ? Promise.resolve(window.Plotly) : new Promise((resolve, reject) => {
    const src = new URL("app/static/vendor/plotly.min.js", document.baseURI).href;
    const script = el("script", { src, async: true });
    script.onload = () => resolve(window.Plotly);
    script.onerror = () => { plotly = null; script.remove(); reject(new Error("Plotly could not be loaded.")); };
    document.head.append(script);
  });
  return plotly;
}

/** Draws a figure on a node. Plotly may do part of it later; it then fails where the node was purged meanwhile. */
export function drawPlot(plot, traces, layout, config) {
  return window.Plotly.react(plot, traces, layout, config).catch((error) => {
    if (plot.data) throw error;
  });
}
