// The runs of an overlay: each fetches its own curves, and says when it has more.

const version = new URL(import.meta.url).search;
const load = (name) => import(`./${name}.js${version}`);
const [{ Feed, TERMINAL }, { joined }, { decodePacket, toBytes }] =
  await Promise.all(["feed", "curve_lines", "packet"].map(load));

const LAPSE_MS = 500;    // ten runs that live are asked twenty times a second, no more

export class OverlayRun {
  /** `told` is called at each change, `noRoutes` once where the routes cannot be reached. */
  constructor({ id, name }, index, told, noRoutes) {
    Object.assign(this, { id, name, index, told, rows: {}, count: 0, state: "starting", attempt: 0 });
    this.feed = new Feed(id, "", {
      cursor: () => ({ metrics: this.count, notes: 0, step: -1, attempt: this.attempt }),
      packet: (header) => this.take(header),
      missing: () => { this.state = "missing"; told(); },
      trouble: () => {},
      noRoutes: () => { this.feed = null; noRoutes(); },
    }, { pictures: false, lapse: LAPSE_MS });
  }

  get isLive() {
    return !TERMINAL.has(this.state) && this.state !== "missing";
  }

  take({ run, metrics }) {
    if (run.attempt !== this.attempt) Object.assign(this, { rows: {}, count: 0, attempt: run.attempt });
    this.state = run.state;
    if (metrics?.columns.step?.length) Object.assign(this, joined(this.rows, this.count, metrics));
    this.told();
  }

  /** Without routes Python hands over everything at each change. */
  takePacket(text) {
    const bytes = toBytes(text);
    if (!bytes?.length) return;
    const header = decodePacket(bytes);
    Object.assign(this, { rows: {}, count: 0 });
    this.take(header);
  }

  stop() {
    this.feed?.stop();
  }
}
