// Diagnoses: what the run shows, why we think so, and what to try.

const version = new URL(import.meta.url).search;
const { el, button, num, epochText, setText } = await import(`./dom.js${version}`);

export class Notes {
  /** `tryOut(changes)` is called by a suggestion's button. */
  constructor(tryOut) {
    this.tryOut = tryOut;
    this.list = el("div", { class: "rl-notes" });
    this.nothing = el("p", { class: "rl-muted" });
    this.node = el("section", { class: "rl-notes-part", "aria-label": "Diagnoses", "aria-live": "polite" },
      el("h3", { text: "What this run shows" }), this.nothing, this.list);
    this.clear();
  }

  clear() {
    this.seen = new Set();
    this.count = 0;
    this.list.replaceChildren();
    this.say("");
  }

  add(notes, control) {
    for (const note of notes) {
      const key = note.index ?? `${note.step}-${note.kind}-${note.text}`;
      if (this.seen.has(key)) continue;
      this.seen.add(key);
      this.count = Math.max(this.count + 1, Number.isInteger(note.index) ? note.index + 1 : 0);
      this.list.prepend(this.card(note, control));
    }
    if (notes.length) this.say("");
  }

  /** What stands there while there is no diagnosis. */
  say(text) {
    setText(this.nothing, text);
    this.nothing.hidden = !text || this.seen.size > 0;
  }

  card(note, control) {
    const { suggestion } = note;
    const words = String(note.kind ?? "").replaceAll("_", " ");
    return el("article", { class: "rl-note", "data-kind": note.kind },
      el("header", {},
        el("strong", { text: words ? words[0].toUpperCase() + words.slice(1) : "Note" }),
        el("span", { class: "rl-muted", text: `epoch ${epochText(note.epoch)}` })),
      el("p", { text: note.text ?? "" }),
      evidence(note.evidence),
      suggestion ? button(suggestion.label, { cls: "rl-small rl-try", disabled: !control,
        onClick: () => this.tryOut(suggestion.changes) }) : null);
  }
}

function evidence(value) {
  if (value === null || value === undefined || value === "") return null;
  if (typeof value !== "object") return el("p", { class: "rl-evidence", text: String(value) });
  const pairs = Object.entries(value);
  if (pairs.length === 0) return null;
  return el("dl", { class: "rl-evidence" }, pairs.map(([key, item]) => el("div", {},
    el("dt", { text: Array.isArray(value) ? "" : `${key.replaceAll("_", " ")}:` }),
    el("dd", { text: typeof item === "number" ? num(item, 4) : Array.isArray(item) ? item.map((v) => typeof v === "number" ? num(v) : v).join(", ") : String(item) }))));
}
