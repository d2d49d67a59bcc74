// @ts-check
// What the server has not yet confirmed, in the order in which it was chosen. At most one op for each item and kind,
// the newest; an older one that is still on its way is simply forgotten, for the newer follows it on the same line.

/**
 * @typedef {{t: string, op: string, q: number, c?: string, on?: boolean, ms?: number}} Frame
 * @typedef {string|boolean} Value a letter, "" for none; of a mark, whether it is set
 * @typedef {{key: string, seq: number, frame: Frame, form?: string, had?: Value[]}} Entry what is kept on disk. `form` is the one that
 *   was open, `had` what the server could have for the item before this choice, by all that this computer knew
 * @typedef {Entry & {had: Value[], flying: boolean, went: boolean, since: number}} Op `went`: the server may have it
 * @typedef {{etag?: string, answers: Record<string, string>, marks: number[]}} Welcome
 * @typedef {{load(attempt: string): Promise<Entry[]>, put(attempt: string, entry: Entry): Promise<void>,
 *   remove(attempt: string, key: string, op: string): Promise<void>, erase(attempt: string): Promise<void>}} Store
 */

/** @param {Frame} f @returns {Value} */
const value = (f) => f.c ?? f.on === true;

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
    /** @type {Welcome} */
    this.welcome = { answers: {}, marks: [] };
    /** What the server may have since the welcome. @type {Map<string, Value[]>} */
    this.settled = new Map();
  }

  /**
   * The server has welcomed an attempt: what waits for it in this browser, from whatever load, tab or sign-in, is sent as if
   * nothing had happened. But where the server has what this computer knew nothing of, that was chosen elsewhere since, and
   * stands; and what was chosen on another form has no place on this one.
   * @param {string} attempt @param {Welcome} welcome @param {number} now @returns {Promise<Frame[]>} what is not sent because of a newer choice
   */
  async open(attempt, welcome, now) {
    const other = attempt !== this.attempt;
    if (other) { this.attempt = attempt; this.ops = new Map(); this.hold = 0; }
    this.welcome = welcome;
    this.settled.clear();
    const ops = this.ops;
    if (other) {
      for (const entry of await this.store.load(attempt)) {
        // what was chosen while the store was being read is newer
        if (!ops.has(entry.key)) ops.set(entry.key, { ...entry, had: entry.had ?? this.known(entry), flying: false, went: true, since: now });
        this.seq = Math.max(this.seq, entry.seq);
      }
    }
    // meanwhile it may have been erased, or another one opened
    const gone = ops === this.ops ? [...ops.values()].filter((o) => !this.stands(o)) : [];
    for (const o of gone) this.drop(o);
    return gone.filter((o) => this.fits(o)).map((o) => o.frame);
  }

  /** @param {{form?: string}} entry is it of the form that is open? The welcome of an attempt that is over names none. */
  fits(entry) { return [undefined, this.welcome.etag].includes(entry.form); }

  /** May it still be sent? Once the attempt is over it changes nothing, and is recorded as late. @param {Op} o */
  stands(o) { return !this.welcome.etag || (this.fits(o) && [...o.had, value(o.frame)].some((v) => this.known(o).includes(v))); }

  /** What the server may have of an item for which nothing waits. @param {{key: string, frame: Frame}} of @returns {Value[]} */
  known({ key, frame }) {
    const { answers, marks } = this.welcome;
    return this.settled.get(key) ?? [frame.t === 'answer' ? answers[frame.q] ?? '' : marks.includes(frame.q)];
  }

  /** @param {Frame} frame @param {number} now @returns {Promise<void>} rejects when this computer cannot keep it */
  add(frame, now) {
    const key = `${frame.t} ${frame.q}`;
    const before = this.ops.get(key);
    const had = !before ? this.known({ key, frame }) : before.went ? [...before.had, value(before.frame)] : before.had;
    this.seq += 1;
    const entry = { key, seq: this.seq, frame, form: this.welcome.etag, had };
    // deleted first, so that the map keeps the order of choice
    this.ops.delete(key);
    this.ops.set(key, { ...entry, flying: false, went: false, since: now });
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
    if (found) found.flying = found.went = true;
  }

  /**
   * An `ok` or a final `no`. After a `no` the server has what it had; or this one, held.
   * @param {string} op @param {boolean} stored @returns {Frame|null} null when a newer choice has taken its place
   */
  settle(op, stored) {
    const found = this.find(op);
    if (!found) return null;
    this.settled.set(found.key, [...(stored ? [] : found.had), value(found.frame)]);
    this.drop(found);
    return found.frame;
  }

  /** @param {Op} o */
  drop(o) {
    this.ops.delete(o.key);
    // a copy that cannot be removed is only sent once more, and answered as the first time
    this.store.remove(this.attempt, o.key, o.frame.op).catch(() => {});
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
