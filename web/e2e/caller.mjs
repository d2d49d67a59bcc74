// @ts-check
// A candidate without a browser: the frames of the page over plain requests, as pages send them where websockets are broken.

import { randomUUID } from 'node:crypto';

import { until } from './wait.mjs';

const BEAT_MS = 5_000;

export class Caller {
  /** @param {string} base @param {import('./terang.mjs').Person} person @param {string} pin */
  constructor(base, person, pin) {
    this.base = base;
    this.person = person;
    this.pin = pin;
    this.turn = Promise.resolve();
    /** @type {NodeJS.Timeout|undefined} */
    this.beats = undefined;
    this.on();
  }

  /** The computer as it comes up: it knows nothing of what was before. */
  on() {
    this.device = randomUUID();
    this.cookie = '';
    this.state = '';
    this.have = 0;
    /** @type {Set<string>} ops that are stored */
    this.stored = new Set();
    /** @type {Record<string, string>} */
    this.answers = {};
    /** @type {any[]} */
    this.items = [];
    /** @type {any} */
    this.result = null;
  }

  /** As a power cut does it. */
  off() { clearInterval(this.beats); }

  /** @param {string} way @param {object} body @returns {Promise<any>} */
  async post(way, body) {
    const answer = await fetch(`${this.base}/api/v1/exam/${way}`, { method: 'POST', headers: { 'Content-Type': 'application/json', cookie: this.cookie }, body: JSON.stringify({ device: this.device, ...body }) });
    this.cookie = answer.headers.get('set-cookie')?.split(';')[0] ?? this.cookie;
    const read = await answer.json();
    if (!answer.ok) throw new Error(`${this.person.number} ${way}: ${answer.status} ${JSON.stringify(read)}`);
    return read;
  }

  /** One request after another, so that frames stay in order. @param {...object} frames @returns {Promise<void>} */
  frames(...frames) {
    const next = this.turn.then(async () => {
      for (const f of (await this.post('frames', { have: this.have, frames })).frames) this.take(f);
    });
    this.turn = next.catch(() => {});
    return next;
  }

  /** @param {any} f */
  take(f) {
    if (f.state) this.state = f.state;
    if (f.n) this.have = f.n;
    if (f.t === 'welcome') this.answers = f.answers ?? {};
    if (f.items) this.items = f.items;
    if (f.t === 'ok') this.stored.add(f.op);
    if (f.t === 'result') this.result = f;
    if (f.t === 'no') throw new Error(`${this.person.number}: ${JSON.stringify(f)}`);
  }

  async enter() {
    await this.post('signin', { number: this.person.number, pin: this.pin });
    await this.post('confirm', {});
    await this.frames({ t: 'hello', have: 0, device: this.device });
    this.beats = setInterval(() => { this.frames({ t: 'beat' }).catch(() => {}); }, BEAT_MS);
  }

  /** @param {string} state */
  async comes(state) {
    await until(`${this.person.number} to be ${state}`, async () => { await this.frames({ t: 'beat' }); return this.state === state; });
  }

  /** Chooses one of the letters of each number, and waits until it is stored. @param {number[]} numbers @param {number} habit whose letters these are */
  async choose(numbers, habit) {
    const frames = numbers.map((q) => {
      const { options } = this.items.find((i) => i.q === q);
      return { t: 'answer', op: randomUUID(), q, c: options[(q * habit) % options.length].c };
    });
    await this.frames(...frames);
    await until('the answers to be stored', () => frames.every((f) => this.stored.has(f.op)) || this.frames({ t: 'beat' }).then(() => false));
  }

  async finish() {
    await this.frames({ t: 'finish', op: randomUUID() });
    await until(`${this.person.number} to have a result`, () => this.result ?? this.frames({ t: 'beat' }));
    this.off();
  }
}
