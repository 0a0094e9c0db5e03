// Where packets come from: polling of a run, its history, a recording.

const { decodePacket } = await import(`./packet.js${new URL(import.meta.url).search}`);

export const ACTIVE = new Set(["queued", "starting", "running"]);
export const TERMINAL = new Set(["completed", "stopped", "diverged", "failed", "lost"]);

const url = (path) => new URL(path, document.baseURI);

let ping = null;

/** Whether the read-only routes exist; asked once per page load. Any other answer than 204 may be
 * Streamlit's own page, which it sends for every unknown address. */
export function routesExist() {
  ping ??= fetch(url("api/ping"), { cache: "no-store", signal: AbortSignal.timeout(5000) })
    .then((response) => response.status === 204, () => false);
  return ping;
}

export async function fetchRecording(address, signal) {
  const response = await fetch(url(address), { signal });
  if (!response.ok) throw new Error(`The recording could not be read (${response.status}).`);
  return decodePacket(new Uint8Array(await response.arrayBuffer()));
}

/** Address of a route of a run; `share` is the link under which somebody else's is seen, or "". */
function route(run, path, query, share) {
  const words = new URLSearchParams(share ? { ...query, share } : query);
  return url(`api/runs/${encodeURIComponent(run)}/${path}?${words}`);
}

/** Images of a run's data set: a map from row to {size, channels, pixels}. */
export async function fetchImages({ run, share }, part, rows, signal) {
  const response = await fetch(route(run, "images", { part, rows: rows.join(",") }, share), { signal });
  if (!response.ok) throw new Error(`The images could not be read (${response.status}).`);
  const { size, channels, rows: found, blob } = decodePacket(new Uint8Array(await response.arrayBuffer()));
  const length = size * size * channels;
  return new Map(found.map((row, i) => [row, { size, channels, pixels: blob.subarray(i * length, (i + 1) * length) }]));
}

/** Polls one run until it has ended, then asks once for its history. */
export class Feed {
  /**
   * @param run id of the run
   * @param share the link under which it is watched, or ""
   * @param on `cursor()` gives {metrics, notes, step, attempt}; `packet(header)`, `history(header)`,
   *   `missing()`, `trouble(isDown)` and `noRoutes()` are told what happened.
   * @param pictures false: curves and notes alone, so there is no history to ask for either
   * @param lapse ms between two polls of a run at work
   */
  constructor(run, share, on, { pictures = true, lapse = 100 } = {}) {
    this.run = run;
    this.share = share;
    this.on = on;
    this.pictures = pictures;
    this.lapse = lapse;
    this.abort = new AbortController();
    this.timer = null;
    this.state = "starting";
    this.hurryUntil = 0;
    this.busy = false;
    this.ended = false;
    this.hasHistory = false;
    this.visible = () => { if (!document.hidden) this.soon(); };
    document.addEventListener("visibilitychange", this.visible);
    this.start();
  }

  async start() {
    // The first packet is fetched while the ping is under way: the first curve point must not wait.
    routesExist().then((exist) => {
      if (exist || this.abort.signal.aborted) return;
      this.stop();
      this.on.noRoutes();
    });
    this.poll();
  }

  /** Poll fast for two seconds: the answer to a command is on its way. An ended run is asked
   * too, because a lost one may be resumed under the same id. */
  hurry() {
    this.hurryUntil = performance.now() + 2000;
    this.ended = this.abort.signal.aborted;
    this.soon();
  }

  soon() {
    clearTimeout(this.timer);
    if (!this.busy && !this.ended && !this.abort.signal.aborted) this.poll();
  }

  async poll() {
    if (this.busy || document.hidden) return;
    this.busy = true;
    const begun = performance.now();
    let wait = 2000;
    try {
      const { metrics, notes, step, attempt } = this.on.cursor();
      const query = { metrics, notes, step: step ?? -1, attempt: attempt ?? 0 };
      if (!this.pictures) query.pictures = 0;
      const header = await this.get("live", query);
      if (header === null) return;
      this.state = header.run.state;
      this.on.trouble(false);
      this.on.packet(header);
      const hurried = performance.now() < this.hurryUntil;
      if (!TERMINAL.has(this.state)) {
        this.hasHistory = false;
      } else {
        if (this.pictures && !this.hasHistory) {
          const history = await this.get("history");
          if (history === null) return;
          this.hasHistory = true;
          this.on.history(history);
        }
        this.ended = !hurried;
        if (this.ended) return;
      }
      const fast = ACTIVE.has(this.state) || hurried;
      wait = Math.max(fast ? this.lapse : 400, header.poll_ms ?? 0);
    } catch (error) {
      if (this.abort.signal.aborted) return;
      // Silent until the ping has said that the routes exist at all.
      if (await routesExist()) this.on.trouble(true);
    } finally {
      this.busy = false;
    }
    // From question to question; but a server that answers late is not asked without a rest.
    const rest = Math.max(wait / 2, wait - (performance.now() - begun));
    if (!this.abort.signal.aborted) this.timer = setTimeout(() => this.poll(), rest);
  }

  async get(path, query = {}) {
    const response = await fetch(route(this.run, path, query, this.share), {
      cache: "no-store",
      signal: AbortSignal.any([this.abort.signal, AbortSignal.timeout(15000)]),
    });
    if (response.status === 404 && (await routesExist())) {
      this.stop();
      this.on.missing();
      return null;
    }
    if (!response.ok) throw new Error(`status ${response.status}`);
    const header = decodePacket(new Uint8Array(await response.arrayBuffer()));
    return this.abort.signal.aborted ? null : header;
  }

  stop() {
    this.ended = true;
    this.abort.abort();
    clearTimeout(this.timer);
    document.removeEventListener("visibilitychange", this.visible);
  }
}
