// @ts-check
// Asks now and then whether a result has become another, for as long as a page shows it. Nobody waits for the answer, so
// it is asked seldom, at a moment of this page's own, and seldomer while nobody answers.

/** Between two questions, in ms: 19,000 pages ask some 300 times a second. */
export const FROM = 45_000, TO = 75_000;
const MOST = 600_000;
/** A person who comes back to the page, or a network that does, is a reason to ask, but not more often than this, in ms. */
export const SOONEST = 5_000;

/**
 * @typedef {'asked'|'fault'|'over'} Outcome `over`: there is nothing more to ask
 * @typedef {{now(): number, random(): number, later(f: () => void, ms: number): any, cancel(timer: any): void,
 *   watched(): boolean, ask(): Promise<Outcome>}} World `watched`: the page is in view
 */

export class Renewal {
  /** @param {World} world */
  constructor(world) {
    this.world = world;
    this.running = false;
    this.over = false;
    this.asking = false;
    this.faults = 0;
    this.asked = 0;
    /** @type {any} */
    this.timer = undefined;
  }

  /** Once more changes nothing. */
  start() {
    if (this.running || this.over) return;
    this.running = true;
    this.faults = 0;
    this.asked = this.world.now();
    this.plan();
  }

  stop() {
    this.world.cancel(this.timer);
    this.running = this.over = false;
  }

  /** The person looks again, or the network is back. */
  nudge() {
    if (!this.running || this.asking || this.world.now() - this.asked < SOONEST) return;
    this.world.cancel(this.timer);
    this.turn();
  }

  plan() {
    const drawn = FROM + this.world.random() * (TO - FROM);
    this.timer = this.world.later(() => this.turn(), Math.min(MOST, drawn * 2 ** this.faults));
  }

  async turn() {
    // who does not look hears it when they look again
    if (!this.world.watched()) { this.plan(); return; }
    this.asking = true;
    this.asked = this.world.now();
    const outcome = await this.world.ask();
    this.asking = false;
    if (!this.running) return;
    this.faults = outcome === 'fault' ? this.faults + 1 : 0;
    if (outcome === 'over') { this.running = false; this.over = true; return; }
    this.plan();
  }
}
