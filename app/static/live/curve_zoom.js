// The stretch of the axes that linked views share, a stretch for each tab of curves.

const AXES = ["xaxis", "yaxis", "yaxis2"];
const RANGE = /^[xy]axis2?\.(range|autorange)/;

export class Zoom {
  constructor() {
    this.tabs = {};
  }

  /** Takes in what Plotly says of a zoom by hand. Returns the ranges by axis, null if it was none. */
  heard(tab, event) {
    if (!Object.keys(event).some((key) => RANGE.test(key))) return null;
    const ranges = { ...this.tabs[tab] };
    for (const name of AXES) {
      if (event[`${name}.autorange`]) delete ranges[name];
      if (`${name}.range[0]` in event) ranges[name] = [event[`${name}.range[0]`], event[`${name}.range[1]`]];
      if (event[`${name}.range`]) ranges[name] = event[`${name}.range`];
    }
    return (this.tabs[tab] = ranges);
  }

  take(tab, ranges) {
    this.tabs[tab] = ranges;
  }

  /** The layout with the ranges of a tab in place of those that it chose itself. */
  applied(tab, layout) {
    for (const [name, range] of Object.entries(this.tabs[tab] ?? {})) {
      if (layout[name]) layout[name] = { ...layout[name], range: [...range], autorange: false };
    }
    return layout;
  }
}
