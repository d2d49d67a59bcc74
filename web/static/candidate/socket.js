// @ts-check
// The line to the server: a websocket, or plain HTTP where a network breaks websockets. It says hello first, beats,
// notices when nobody answers, and comes back after the delay that the server gave. It decides nothing about frames.

/** Every 2 s; two unanswered, or 5 s of silence, and the line is down. */
export const BEAT = 2_000;
export const SILENCE = 5_000;
/** The beat of the plain HTTP way, and how often it tries whether a websocket works by now. */
export const POLL = 5_000;
export const UPGRADE_AGAIN = 30_000;
const DOUBLING_ENDS = 8_000;
const UPGRADES = 3;

/** After these the server does not want this page back. */
const LAST = new Set(['finished', 'superseded', 'not_allowed', 'signed_out']);
/** @type {Record<number, string>} */
const CLOSE = { 4001: 'bad_frame', 4002: 'finished', 4003: 'superseded', 4004: 'rate_limited', 4005: 'not_allowed', 4006: 'server_moving', 4007: 'signed_out' };

/**
 * How long to wait before the n-th try (0 is the first).
 * @param {{from: number, to: number}} window @param {number} n @param {number} floor of a `bye` @param {() => number} random
 */
export function delay(window, n, floor, random) {
  const drawn = window.from + random() * Math.max(0, window.to - window.from);
  // the window may be wider than the end of the doubling: then the server wants it so
  return Math.max(floor, drawn, Math.min(DOUBLING_ENDS, drawn * 2 ** n));
}

/**
 * @typedef {{readyState: number, send(text: string): void, close(): void, onopen: (() => void)|null,
 *   onmessage: ((e: {data: string}) => void)|null, onclose: ((e: {code: number}) => void)|null, onerror: (() => void)|null}} Socket
 * @typedef {{now(): number, random(): number, later(f: () => void, ms: number): any, cancel(timer: any): void,
 *   socket(): Socket, post(frames: any[]): Promise<{status: number, body: any}>}} World
 * @typedef {{hello(): any, frame(frame: any): void, down(): void}} Listener
 */

export class Line {
  /** @param {World} world @param {Listener} listener */
  constructor(world, listener) {
    this.world = world;
    this.listener = listener;
    this.window = { from: 200, to: 4_000 };
    this.heard = 0;
    this.running = false;
    this.era = 0;
    this.up = false;
    this.tries = 0;
    this.failedUpgrades = 0;
    this.unanswered = 0;
    this.floor = 0;
    /** The code of a `bye` whose socket has not closed yet. @type {string|undefined} */
    this.said = undefined;
    /** @type {Socket|null} */
    this.ws = null;
    this.http = false;
    /** An answer is awaited: nothing is asked until it has come. */
    this.asking = false;
    /** Says hello on a socket that is to take over from the polling, as soon as no request is under way. @type {(() => void)|null} */
    this.greet = null;
    /** @type {any[]} */
    this.queue = [];
    /** @type {Record<string, any>} */
    this.timers = {};
  }

  reset() {
    // a socket of an earlier era that ends late changes nothing
    this.era += 1;
    this.up = false;
    this.tries = 0;
    this.failedUpgrades = 0;
    this.unanswered = 0;
    this.floor = 0;
    this.said = undefined;
    this.ws = null;
    this.http = false;
    this.asking = false;
    this.greet = null;
    this.queue = [];
    for (const name of Object.keys(this.timers)) this.stopTimer(name);
  }

  start() {
    if (this.running) return;
    this.reset();
    this.running = true;
    this.heard = this.world.now();
    this.connect();
  }

  stop() {
    this.running = false;
    const ws = this.ws;
    this.reset();
    ws?.close();
  }

  /** A try at once, when the person or the browser says that the network is back. */
  nudge() { if (this.running && this.timers.retry) { this.stopTimer('retry'); this.connect(); } }

  /** @param {any} frame @returns {boolean} false while the line is down: keep the frame */
  send(frame) {
    if (!this.up) return false;
    if (this.http) { this.queue.push(frame); this.poll(); return true; }
    this.ws?.send(JSON.stringify(frame));
    return true;
  }

  connect() {
    if (this.failedUpgrades >= UPGRADES) this.connectHTTP(); else this.connectSocket();
  }

  connectSocket() {
    const ws = this.open((first) => this.holds(ws, first), () => { this.failedUpgrades += 1; this.fell(); });
    this.ws = ws;
  }

  /** From its first frame on the socket is the line. @param {Socket} ws @param {any} first */
  holds(ws, first) {
    this.ws = ws;
    this.http = false;
    this.failedUpgrades = 0;
    this.met();
    this.timer('beat', () => this.beat(), BEAT);
    this.received(first);
  }

  /**
   * A socket counts as open with its first frame: some networks let the upgrade through and nothing after it.
   * @param {(frame: any) => void} opened @param {(bye: any) => void} failed
   * @param {(hello: () => void) => void} ready says hello, at once or later
   */
  open(opened, failed, ready = (hello) => hello()) {
    const ws = this.world.socket();
    const era = this.era;
    let met = false;
    let over = false;
    /** @param {string|undefined} code */
    const end = (code) => {
      if (over) return;
      over = true;
      ws.onopen = ws.onmessage = ws.onclose = ws.onerror = null;
      this.world.cancel(patience);
      ws.close();
      if (era !== this.era || (met && this.ws !== ws)) return;
      if (code && !this.said) this.listener.frame({ t: 'bye', code });
      if (LAST.has(this.said ?? code ?? '')) { this.said = undefined; this.stop(); return; }
      this.said = undefined;
      if (met) this.fell(); else failed(code);
    };
    const patience = this.world.later(() => end(undefined), SILENCE);
    ws.onopen = () => ready(() => ws.send(JSON.stringify(this.listener.hello())));
    ws.onmessage = (e) => {
      const frame = parse(e.data);
      if (!frame || era !== this.era) return;
      if (met) { this.received(frame); return; }
      met = true;
      this.world.cancel(patience);
      opened(frame);
    };
    ws.onclose = (e) => end(CLOSE[e?.code]);
    ws.onerror = () => end(undefined);
    return ws;
  }

  /** @param {any} frame */
  received(frame) {
    this.heard = this.world.now();
    if (frame.t === 'beat') this.unanswered = 0;
    if (frame.retry && typeof frame.retry === 'object') this.window = frame.retry;
    if (frame.t === 'bye') {
      this.said = frame.code;
      this.floor = typeof frame.retry === 'number' ? frame.retry : 0;
    }
    if (frame.n && (frame.t === 'welcome' || frame.t === 'clock')) this.have = frame.n; // the clock on this screen
    if (frame.t === 'welcome') this.tries = 0;
    this.listener.frame(frame);
    if (frame.t === 'bye' && LAST.has(frame.code)) { this.said = undefined; this.stop(); }
  }

  met() {
    this.up = true;
    this.unanswered = 0;
    this.heard = this.world.now();
  }

  beat() {
    const silent = this.world.now() - this.heard;
    if (this.unanswered >= 2 || silent >= SILENCE) { this.drop(); return; }
    this.unanswered += 1;
    this.ws?.send(JSON.stringify({ t: 'beat', have: this.have }));
    // the next look comes when the silence would be too long, if that is sooner
    this.timer('beat', () => this.beat(), Math.min(BEAT, Math.max(50, SILENCE - silent)));
  }

  drop() {
    const ws = this.ws;
    this.ws = null;
    if (ws) { ws.onopen = ws.onmessage = ws.onclose = ws.onerror = null; ws.close(); }
    this.fell();
  }

  /** The line is down: say so once, and come back after the delay. */
  fell() {
    if (!this.running) return;
    const was = this.up;
    this.up = false;
    this.ws = null;
    this.http = false;
    this.greet = null;
    this.queue = [];
    for (const name of ['beat', 'poll', 'upgrade']) this.stopTimer(name);
    const wait = delay(this.window, this.tries, this.floor, this.world.random);
    this.tries += 1;
    this.floor = 0;
    this.timer('retry', () => this.connect(), wait);
    if (was || this.tries === 1) this.listener.down();
  }

  /* plain HTTP */

  connectHTTP() {
    this.http = true;
    this.queue = [this.listener.hello()];
    this.poll();
  }

  poll() {
    if (this.asking) return;
    this.asking = true;
    this.stopTimer('poll');
    const frames = this.queue;
    this.queue = [];
    const silence = this.world.later(() => answer(null), SILENCE);
    let over = false;
    /** @param {{status: number, body: any}|null} got */
    const answer = (got) => {
      if (over) return;
      over = true;
      this.world.cancel(silence);
      this.asking = false;
      if (!this.running || !this.http) return;
      if (got?.status === 200 && Array.isArray(got.body?.frames)) this.polled(got.body.frames);
      else if (got && LAST.has(got.body?.code)) this.received({ t: 'bye', ...got.body });
      else {
        this.floor = typeof got?.body?.retry === 'number' ? got.body.retry : 0;
        // the next try is a websocket again: this may have been the server, not the network between
        this.failedUpgrades = UPGRADES - 1;
        this.fell();
      }
    };
    this.world.post(frames).then(answer, () => answer(null));
  }

  /** @param {any[]} frames */
  polled(frames) {
    if (!this.up) {
      this.met();
      this.timer('upgrade', () => this.tryUpgrade(), UPGRADE_AGAIN);
    }
    this.heard = this.world.now();
    // what these let the page send waits: a socket that is to be greeted counts on it that no request is under way
    this.asking = true;
    for (const frame of frames) if (this.running && this.http) this.received(frame);
    this.asking = false;
    if (!this.running || !this.http) return;
    if (this.said) { this.said = undefined; this.fell(); return; }
    if (this.greet) this.greet();
    else if (this.queue.length > 0) this.poll();
    else this.timer('poll', () => this.poll(), POLL);
  }

  /**
   * Polling goes on until a websocket is open. From the hello that is said there on, whatever is polled is answered as
   * another page's: so it is said when no request is under way, and nothing is asked until something has come.
   */
  tryUpgrade() {
    let said = false;
    const ws = this.open((first) => {
      if (!this.http) { ws.close(); return; }
      this.asking = false;
      this.stopTimer('poll');
      this.queue = [];
      // what was polled and not answered has to be sent again, as after any loss
      this.listener.down();
      this.holds(ws, first);
    }, () => {
      this.greet = null;
      if (!this.http) return;
      if (!said) { this.timer('upgrade', () => this.tryUpgrade(), UPGRADE_AGAIN); return; }
      // the server may have heard that hello: polling begins anew
      this.asking = this.up = false;
      this.listener.down();
      this.connectHTTP();
    }, (hello) => {
      this.greet = () => {
        this.greet = null;
        this.asking = said = true;
        this.stopTimer('poll');
        hello();
      };
      if (!this.http) ws.close(); else if (!this.asking) this.greet();
    });
  }

  /** @param {string} name @param {() => void} f @param {number} ms */
  timer(name, f, ms) {
    this.stopTimer(name);
    this.timers[name] = this.world.later(() => { delete this.timers[name]; f(); }, ms);
  }

  /** @param {string} name */
  stopTimer(name) {
    if (this.timers[name] === undefined) return;
    this.world.cancel(this.timers[name]);
    delete this.timers[name];
  }
}

/** @param {string} text @returns {any} null for what is no frame */
function parse(text) {
  try {
    const frame = JSON.parse(text);
    return frame && typeof frame.t === 'string' ? frame : null;
  } catch {
    return null;
  }
}
