// Views that share a key tell one another where they look. Kept on the page, not in the module: after
// an update of the server two versions of the script may share a page.

const groups = (globalThis.rdfiaLinks ??= new Map());

export class Link {
  /** `hear(what)` is told what the others of the same key say. */
  constructor(key, hear) {
    this.key = key;
    this.hear = hear;
    if (!groups.has(key)) groups.set(key, new Set());
    groups.get(key).add(this);
  }

  say(what) {
    for (const other of groups.get(this.key) ?? []) if (other !== this) other.hear(what);
  }

  leave() {
    const group = groups.get(this.key);
    group?.delete(this);
    if (group?.size === 0) groups.delete(this.key);
  }
}

/** The frame that is nearest to an epoch: index into `frames`, or null where there are none. */
export function nearestFrame(frames, epoch) {
  let best = null;
  frames.forEach((frame, i) => {
    if (best === null || Math.abs(frame.epoch - epoch) < Math.abs(frames[best].epoch - epoch)) best = i;
  });
  return best;
}
