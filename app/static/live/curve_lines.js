// What all drawings of curves share: rows that arrive in parts, smoothing, ticks of a log axis.

/** Rows with those of a packet from number `first` on; `count` of them are there already. */
export function joined(rows, count, { first, columns }) {
  const size = columns.step ? columns.step.length : 0;
  const begin = Math.min(first, count);
  const result = {};
  for (const name of new Set([...Object.keys(rows), ...Object.keys(columns)])) {
    const kept = (rows[name] ?? []).slice(0, begin);
    while (kept.length < begin) kept.push(null);   // a column that did not exist before
    result[name] = kept.concat(columns[name] ?? Array(size).fill(null));
  }
  return { rows: result, count: begin + size };
}

/** Exponential moving average with bias correction (D. Kingma and J. Ba, Adam, 2015, section 3). */
export function smoothed(values, factor) {
  let mean = 0;
  return values.map((value, i) => {
    mean = factor * mean + (1 - factor) * value;
    return mean / (1 - factor ** (i + 1));
  });
}

/** Ticks at 1, 2 and 5 times a power of ten where few powers are on the axis, else at the powers. */
export function logTicks(traces) {
  let [low, high] = [Infinity, 0];
  for (const { y, yaxis } of traces) {
    if (yaxis === "y2") continue;
    for (const value of y) if (value > 0) [low, high] = [Math.min(low, value), Math.max(high, value)];
  }
  return high / low < 500 ? { dtick: "D2", minorloglabels: "complete", exponentformat: "none" } : { dtick: 1 };
}

export const CONFIG = { displaylogo: false, responsive: false, displayModeBar: "hover",
  modeBarButtonsToRemove: ["select2d", "lasso2d", "autoScale2d", "zoomIn2d", "zoomOut2d", "pan2d"] };

/** The look that all figures of curves have: transparent, in the colours and font of the page. */
export function curveLayout(theme, width, height) {
  return {
    width, height, paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)",
    font: { family: theme.font, color: `rgb(${theme.text})`, size: 12 },
    margin: { l: 58, r: 12, t: 34, b: 40 }, hovermode: "x unified", dragmode: "zoom", showlegend: true,
    hoverlabel: { bgcolor: `rgb(${theme.paper})`, bordercolor: theme.grid, font: { color: `rgb(${theme.text})` } },
    legend: { orientation: "h", x: 0, y: 1.0, yanchor: "bottom", bgcolor: "rgba(0,0,0,0)", traceorder: "normal" },
    modebar: { bgcolor: "rgba(0,0,0,0)", color: theme.muted, activecolor: `rgb(${theme.text})` },
  };
}

export function curveAxis(theme) {
  return { gridcolor: theme.grid, linecolor: theme.grid, zeroline: false, tickfont: { size: 11 },
    title: { font: { size: 12 }, standoff: 6 }, automargin: false };
}
