// The pictures of one frame that Python hands over.

const version = new URL(import.meta.url).search;
const load = (name) => import(`./${name}.js${version}`);
const [{ el }, { readTheme }, { decodeFrame, toBytes }] = await Promise.all(["dom", "theme", "packet"].map(load));

export class AnswerView {
  /** `Stage` and `Panels` as in a live view. */
  constructor(parent, { Stage, Panels }) {
    this.root = el("div", { class: "rdfia-live rdfia-answer" }, el("div", { class: "rl-probe", "aria-hidden": "true" }));
    parent.append(this.root);
    this.theme = readTheme(this.root);
    this.stage = new Stage(this.theme, () => {}, () => {});
    this.stage.history.node.hidden = true;
    this.panels = new Panels(this.theme);
    this.root.append(this.stage.node, this.panels.node);
    this.clock = setInterval(() => this.checkTheme(), 1000);
    this.checkTheme();
  }

  async update({ data }) {
    this.stage.refresh({ state: "empty", control: false });
    if (data.frame === this.shown) return;
    const frame = (this.shown = data.frame);
    if (!frame) {
      this.stage.fade();   // the old answer stays until the new one is there
      this.stage.say("Asking the network");
      return;
    }
    const decoded = await decodeFrame(toBytes(frame));
    if (frame !== this.shown) return;
    this.stage.say("");
    this.stage.setFrame(decoded);
    this.panels.setFrame(decoded);
  }

  checkTheme() {
    const theme = readTheme(this.root);
    this.root.dataset.theme = theme.dark ? "dark" : "light";
    if (theme.key === this.theme.key) return;
    this.theme = theme;
    this.stage.setTheme(theme);
    this.panels.setTheme(theme);
  }

  destroy() {
    clearInterval(this.clock);
    this.stage.destroy();
    this.panels.destroy();
    this.root.remove();
  }
}
