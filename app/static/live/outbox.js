// Commands on their way to Python. Of what one component sends while a script is at work, Streamlit
// keeps the newest only, and a rerun of the whole page that the browser asks for meanwhile drops that
// too. So whatever Python has not yet said it heard goes along with the next command, and by itself.

const AGAIN = [1500, 3000, 6000, 12000, 24000];   // ms until what was not heard is sent again

let newest = 0;

/** Grows from command to command, whichever view sends it: what Python heard is then one number. */
const stamp = () => (newest = Math.max(newest + 1, Math.floor(performance.timeOrigin + performance.now())));

export class Outbox {
  constructor() {
    this.waiting = [];
    this.timer = null;
  }

  /** @param component as Streamlit hands it over; `data.heard` is the newest nonce that Python knows. */
  update(component) {
    this.component = component;
    const heard = component.data?.heard ?? 0;
    this.waiting = this.waiting.filter(({ nonce }) => nonce > heard);
    if (!this.waiting.length) clearTimeout(this.timer);
  }

  post(command) {
    this.waiting.push({ ...command, nonce: stamp() });
    this.send(0);
  }

  send(attempt) {
    clearTimeout(this.timer);
    this.component.setTriggerValue("command", { commands: this.waiting });
    this.timer = setTimeout(() => {
      if (attempt < AGAIN.length - 1) this.send(attempt + 1);
      else this.waiting = [];   // nobody is there; what was pressed long ago must not act later
    }, AGAIN[attempt]);
  }

  destroy() {
    clearTimeout(this.timer);
  }
}
