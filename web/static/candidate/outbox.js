// @ts-check
// What the server has not yet confirmed, in the order in which it was chosen. At most one op for each item and kind,
// the newest; an older one that is still on its way is simply forgotten, for the newer follows it on the same line.

/**
 * @typedef {{t: string, op: string, q: number, c?: string, on?: boolean, ms?: number}} Frame
 * @typedef {{key: string, seq: number, frame: Frame}} Entry what is kept on disk
 * @typedef {Entry & {flying: boolean, since: number}} Op
 * @typedef {{load(attempt: string): Promise<Entry[]>, put(attempt: string, entry: Entry): Promise<void>,
 *   remove(attempt: string, key: string, op: string): Promise<void>, erase(attempt: string): Promise<void>}} Store
 */

export class Outbox {
  /** @param {Store} store */
  constructor(store) {
    this.store = store;
    this.attempt = '';
    /** @type {Map<string, Op>} */
    this.ops = new Map();
    this.seq = 0;
    /** Nothing is sent before this instant; Infinity waits for a clock that runs. */
    this.hold = 0;
  }

  /** Opens the outbox of an attempt and reads what a crash or reload left. @param {string} attempt @param {number} now */
  async open(attempt, now) {
    if (attempt === this.attempt) return;
    this.attempt = attempt;
    this.ops = new Map();
    this.hold = 0;
    const ops = this.ops;
    for (const entry of (await this.store.load(attempt)).sort((a, b) => a.seq - b.seq)) {
      // what was chosen while the store was being read is newer
      if (!ops.has(entry.key)) ops.set(entry.key, { ...entry, flying: false, since: now });
      this.seq = Math.max(this.seq, entry.seq);
    }
  }

  /** @param {Frame} frame @param {number} now @returns {Promise<void>} rejects when this computer cannot keep it */
  add(frame, now) {
    const key = `${frame.t} ${frame.q}`;
    this.seq += 1;
    const entry = { key, seq: this.seq, frame };
    // deleted first, so that the map keeps the order of choice
    this.ops.delete(key);
    this.ops.set(key, { ...entry, flying: false, since: now });
    return this.store.put(this.attempt, entry);
  }

  /** @param {number} now @returns {Frame[]} what may be sent now, oldest first */
  due(now) {
    if (now < this.hold) return [];
    return [...this.ops.values()].filter((o) => !o.flying).sort((a, b) => a.seq - b.seq).map((o) => o.frame);
  }

  /** @param {string} op */
  sent(op) {
    const found = this.find(op);
    if (found) found.flying = true;
  }

  /** An `ok` or a final `no`. @param {string} op @returns {Frame|null} null when a newer choice has taken its place */
  settle(op) {
    const found = this.find(op);
    if (!found) return null;
    this.ops.delete(found.key);
    // a copy that cannot be removed is only sent once more, and answered as the first time
    this.store.remove(this.attempt, found.key, op).catch(() => {});
    return found.frame;
  }

  /** A `no` that is not final: the same op is sent again, and nothing later before it. @param {string} op @param {number} until */
  defer(op, until) {
    const found = this.find(op);
    if (found) found.flying = false;
    this.hold = Math.max(this.hold, until);
  }

  /** The clock runs: what waited for it may go. */
  run() { if (this.hold === Infinity) this.hold = 0; }

  /** The line was lost: what was on its way counts as not sent. */
  ground() {
    for (const o of this.ops.values()) o.flying = false;
    if (this.hold !== Infinity) this.hold = 0;
  }

  /** @returns {Promise<void>} */
  erase() {
    this.ops = new Map();
    const attempt = this.attempt;
    this.attempt = '';
    return attempt === '' ? Promise.resolve() : this.store.erase(attempt);
  }

  get size() { return this.ops.size; }

  /** @returns {Frame[]} in the order of choice */
  frames() { return [...this.ops.values()].sort((a, b) => a.seq - b.seq).map((o) => o.frame); }

  /** @returns {number|null} when the oldest of them was chosen */
  oldest() { return this.size === 0 ? null : Math.min(...[...this.ops.values()].map((o) => o.since)); }

  /** @param {string} op @returns {Op|undefined} */
  find(op) { return [...this.ops.values()].find((o) => o.frame.op === op); }
}
