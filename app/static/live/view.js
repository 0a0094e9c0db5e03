// One mounted live view: decides what is shown (a run, a recording, nothing) and tells the parts.

const version = new URL(import.meta.url).search;
const load = (name) => import(`./${name}.js${version}`);
const [{ el, num, epochText, setText, reducedMotion }, { readTheme }, { FrameStore, decodePacket, toBytes },
  { Feed, fetchRecording, TERMINAL }, { Curves }, { Transport }, { Notes }, { Reel }, { listen },
  { Link, nearestFrame }] = await Promise.all(["dom", "theme", "packet", "feed", "curves", "transport", "notes",
  "reel", "keys", "link"].map(load));

const SLOW = 5;            // epochs per second up to which the last batch is marked

const MISSING = "This run does not exist or belongs to someone else.";
const DEAD_LINK = "This link shows nothing any more: it was revoked, or its run was deleted.";
let toldOfRoutes = false;

export class View {
  /** `Stage` draws the pictures beside the curves, `Panels` what lies below them both. */
  constructor(parent, { Stage, Panels }) {
    this.root = el("div", { class: "rdfia-live" }, el("div", { class: "rl-probe", "aria-hidden": "true" }));
    parent.append(this.root);
    const theme = (this.theme = readTheme(this.root));
    this.store = new FrameStore();
    this.transport = new Transport((command) => this.send(command));
    this.stage = new Stage(theme, (index) => this.choose(index), (command) => this.send(command));
    this.curves = new Curves(theme, (look) => this.link?.say({ look }));
    this.notes = new Notes((changes) => this.send({ type: "try", changes }));
    this.panels = new Panels(theme);
    this.badge = el("span", { class: "rl-badge", text: "Recording", hidden: true });
    this.title = el("span", { class: "rl-title-text" });
    this.heading = el("div", { class: "rl-title", hidden: true }, this.badge, this.title);
    this.caption = el("p", { class: "rl-hidden", "aria-live": "polite" });
    this.root.append(this.heading, this.transport.node,
      el("div", { class: "rl-main" }, this.stage.node,
        el("div", { class: "rl-side" }, this.curves.node, this.notes.node)),
      this.panels.node, this.caption);
    this.sizes = new ResizeObserver(() => this.resize());
    for (const node of [this.stage.holder, this.curves.node, this.panels.measured]) this.sizes.observe(node);
    this.unlisten = listen(this.root, this.transport);
    this.clock = setInterval(() => this.everySecond(), 1000);
    // Before the first run too, so that the first curve does not wait for the large script.
    this.prefetch = setTimeout(() => this.curves.start(), 1200);
    this.source = undefined;
    this.gap = 100;
    this.markTheme();
    this.reset(false);
    this.resize();
  }

  /** Called at each change of `data`. */
  update(component) {
    const data = (this.data = component.data ?? {});
    this.join(data.link ?? "");
    const moved = this.stage.take(data);
    this.panels.take?.(data);
    const source = data.run ? `run ${data.run}` : data.recording ? `recording ${data.recording}` : "empty";
    if (source !== this.source) this.open(source, moved);
    if (this.noRoutes && data.run) this.takePacket();
    setText(this.title, data.title ?? "");
    this.badge.hidden = !source.startsWith("recording");
    this.heading.hidden = !data.title && this.badge.hidden;
    this.refresh();
    this.checkTheme();
  }

  /** Follows the views of the same key, and leads them. */
  join(key) {
    if (key === (this.link?.key ?? "")) return;
    this.link?.leave();
    this.link = key ? new Link(key, (what) => this.follow(what)) : null;
    this.curves.isLinked = Boolean(key);
  }

  follow({ look, epoch }) {
    if (look) this.curves.follow(look);
    if (epoch === undefined) return;
    const { history } = this.stage;
    history.halt();
    history.index = epoch === null ? null : nearestFrame(this.store.frames, epoch);
    this.seek(history.index);
  }

  open(source, pointsMoved) {
    const keeps = this.source?.startsWith("run") && source.startsWith("run") && !pointsMoved;
    this.close();
    this.source = source;
    this.reset(keeps);
    const { run, recording, share } = this.data;
    if (run && !this.noRoutes) {
      this.feed = new Feed(run, share ?? "", {
        cursor: () => ({ metrics: this.curves.count, notes: this.notes.count, step: this.store.last?.step,
          attempt: this.run?.attempt }),
        packet: (header) => this.receive(header),
        history: (header) => this.receiveHistory(header),
        missing: () => { this.problem = share ? DEAD_LINK : MISSING; this.state = "missing"; this.refresh(); },
        trouble: (down) => this.transport.setTrouble(down),
        noRoutes: () => this.withoutRoutes(),
      });
    } else if (!run && recording) {
      this.record(recording);
    }
    if (run) this.state = "starting";
  }

  close() {
    this.feed?.stop();
    this.feed = null;
    this.recording?.abort();
    this.recording = null;
    this.reel?.stop();
    this.reel = null;
    clearTimeout(this.late);
    clearTimeout(this.plotTimer);
    this.transport.setTrouble(false);
  }

  /** Forgets the run; `keep`: its last picture stays, faded, until the next one comes. */
  reset(keep) {
    this.store = new FrameStore();
    this.run = null;
    this.state = "empty";
    this.problem = "";
    this.pinned = null;
    this.shown = null;
    this.ticket = this.shownTicket = (this.ticket ?? 0) + 1;
    this.curves.clear();
    this.notes.clear();
    this.stage.history.clear();
    if (keep) {
      this.stage.fade();
      this.panels.expectNew();
    } else {
      this.stage.clear();
      this.panels.clear();
    }
  }

  withoutRoutes() {
    this.noRoutes = true;
    this.feed = null;
    if (!toldOfRoutes) this.send({ type: "route", ok: false });
    toldOfRoutes = true;
    this.takePacket();
    this.refresh();
  }

  takePacket() {
    const bytes = toBytes(this.data.packet);
    if (!bytes || bytes.length === 0) return;
    const header = decodePacket(bytes);
    if (!header.run || header.run.id === this.data.run) this.receive(header);
  }

  receive(header) {
    const { run } = header;
    if (this.run && run.attempt !== this.run.attempt) this.reset(true);
    this.run = run;
    this.state = run.state;
    if (header.metrics) this.curves.add(header.metrics);
    if (header.notes) this.notes.add(header.notes, this.data.control !== false);
    const before = this.store.last?.step;
    this.store.add(header.frames ?? []);
    const newest = this.store.last;
    if (newest && newest.step !== before && this.pinned === null) this.showLive(newest);
    // A run without pictures still gets its curves.
    if (this.curves.count && !this.plotTimer) this.plotTimer = setTimeout(() => this.curves.start(), 1500);
    this.refresh();
    this.tellPage();
  }

  /** The rest of the page follows a new run once its curves have begun, or if they must wait. */
  tellPage() {
    const { run, data } = this;
    const isComing = run.state === "starting" || run.state === "running";
    if (!data.behind || this.told === run.id || (isComing && !this.curves.count)) return;
    this.told = run.id;
    this.send({ type: "arrived" });
  }

  receiveHistory(header) {
    if (header.metrics) this.curves.add({ ...header.metrics, first: 0 });
    if (header.notes) this.notes.add(header.notes, this.data.control !== false);
    this.store.add(header.frames ?? [], false);
    const newest = this.store.last;
    if (newest && newest.step !== this.shown?.step && this.pinned === null) this.show(newest, this.gap);
    this.refresh();
  }

  async record(address) {
    const abort = (this.recording = new AbortController());
    this.state = "recording";
    try {
      const header = await fetchRecording(address, abort.signal);
      if (abort.signal.aborted) return;
      this.run = header.run;
      this.store.add(header.frames ?? [], false);
      if (header.metrics) this.curves.add({ ...header.metrics, first: 0 });
      this.reel = new Reel(this.store.frames, () => this.pinned !== null, (frame, ms) => this.show(frame, ms));
    } catch (error) {
      if (abort.signal.aborted) return;
      this.state = "empty";
    }
    this.refresh();
  }

  showLive(frame) {
    const now = performance.now();
    const since = now - (this.lastLive ?? -Infinity);
    clearTimeout(this.late);
    if (reducedMotion() && since < 1000) {
      this.late = setTimeout(() => this.showLive(this.store.last), 1000 - since);
      return;
    }
    this.lastLive = now;
    // Pictures take as long to arrive as to blend, so the map never rests and never lags behind.
    this.gap = Math.min(500, Math.max(80, 0.7 * this.gap + 0.3 * Math.min(since, 1000)));
    this.show(frame, this.gap);
  }

  async show(frame, duration) {
    const ticket = ++this.ticket;
    const { store } = this;
    let decoded;
    try {
      decoded = await store.decode(frame);
    } catch (error) {
      return;   // a broken picture is skipped; the next one comes soon
    }
    // Decoding may end out of order, and the run may have changed meanwhile.
    if (store !== this.store || ticket < this.shownTicket) return;
    this.shownTicket = ticket;
    this.shown = decoded;
    this.stage.setFrame(decoded, duration);
    this.panels.setFrame(decoded);
    this.curves.start();
    this.refresh();
  }

  /** The student has chosen a moment. */
  choose(index) {
    this.seek(index);
    this.link?.say({ epoch: index === null ? null : this.store.frames[index]?.epoch ?? null });
  }

  seek(index) {
    const frame = index === null ? this.store.last : this.store.frames[index];
    this.pinned = index === null || !frame ? null : frame.step;
    if (frame && !(index === null && this.state === "recording")) this.show(frame, 120);
    this.refresh();
  }

  send(command) {
    this.outbox.post(command);
    this.feed?.hurry();
  }

  refresh() {
    const { state, run, store, shown, data = {} } = this;
    const recording = state === "recording";
    const ended = TERMINAL.has(state);
    Object.assign(this.root.dataset, { state, points: this.curves.count, frames: store.frames.length });
    const at = recording && run && shown ? { ...run, epoch: shown.epoch, sentence: data.control === false ? "" : "Press play to train your own." } : run;
    this.transport.update({ state, run: at, control: data.control !== false, stale: Boolean(data.stale) && !recording,
      speeds: data.speeds, speed: data.speed, images: data.images, sentence: this.problem || null });
    const slow = state === "paused" || this.pinned !== null || (run?.speed ?? Infinity) <= SLOW
      || (run?.rate && run.rate <= SLOW);
    this.stage.refresh({ shown, slow: Boolean(slow), state, control: data.control !== false });
    this.refreshHistory(recording, ended);
    if (recording && shown) this.curves.moment(shown.step, null, run?.epochs ?? null);
    else this.curves.moment(Infinity, this.pinned === null ? null : shown?.epoch ?? null, null);
    this.notes.node.hidden = recording;
    const hasBegun = run && !recording && state !== "queued" && state !== "starting";
    this.notes.say(hasBegun ? "Nothing unusual so far." : "Hints about the training appear here.");
    const waiting = { queued: run?.engine_ready === false ? "The engine is starting" : "Waiting in line",
      empty: data.control === false ? "" : "Press play to train", missing: this.problem, starting: "Starting" };
    this.stage.say(shown ? "" : waiting[state] ?? (recording || ended ? "" : "Waiting for the first picture"));
  }

  refreshHistory(recording, ended) {
    const { history } = this.stage;
    const { frames } = this.store;
    if (this.pinned !== null) {
      const index = frames.findIndex((frame) => frame.step >= this.pinned);
      history.index = index < 0 ? frames.length - 1 : index;
    }
    const at = recording && this.shown ? frames.findIndex((f) => f.step === this.shown.step) : frames.length - 1;
    history.update({ size: frames.length, at, epoch: this.shown?.epoch ?? null, ended,
      back: recording ? "Go on" : ended ? "Last" : "Live" });
  }

  everySecond() {
    this.checkTheme();
    const words = this.describe();
    this.stage.describe(words);
    const now = performance.now();
    // A recording runs in a loop; reading it out for ever would be noise.
    if (this.state !== "recording" && now - (this.spoken ?? -Infinity) >= 5000 && this.caption.textContent !== words) {
      this.spoken = now;
      this.caption.textContent = words;
    }
  }

  describe() {
    if (!this.shown) return `${this.stage.title}. ${this.stage.message.textContent || "No picture yet"}.`;
    const parts = [`${this.stage.title} at epoch ${epochText(this.shown.epoch)}`];
    for (const [name, text] of [["train_loss", "training loss"], ["val_accuracy", "validation accuracy"], ["test_accuracy", "test accuracy"]]) {
      const value = this.curves.latest(name, this.shown.step);
      if (value !== null) parts.push(`${text} ${name.endsWith("accuracy") ? `${num(100 * value)} %` : num(value)}`);
    }
    return `${parts.join(", ")}.`;
  }

  checkTheme() {
    const theme = readTheme(this.root);
    if (theme.key === this.theme.key) return;
    this.theme = theme;
    this.markTheme();
    for (const part of [this.stage, this.curves, this.panels]) part.setTheme(theme);
  }

  markTheme() {
    this.root.dataset.theme = this.theme.dark ? "dark" : "light";
    this.root.style.setProperty("--rl-on-accent", this.theme.onAccent);
  }

  resize() {
    this.stage.resize();
    this.panels.resize();
    this.curves.redraw();
  }

  destroy() {
    this.close();
    this.link?.leave();
    clearInterval(this.clock);
    clearTimeout(this.prefetch);
    this.sizes.disconnect();
    this.unlisten();
    for (const part of [this.transport, this.stage, this.curves, this.panels]) part.destroy();
    this.root.remove();
  }
}
