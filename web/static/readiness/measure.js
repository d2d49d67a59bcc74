// @ts-check
// What this browser and its way to the server are, as figures. Nothing is judged here: the server does, by the limits
// that it knows.

import { IndexedStore } from '../candidate/store.js';
import { recall, remember } from '../candidate/device.js';
import { told } from '../seb/browser.js';

/** After this a question to the server counts as lost, in ms. */
const PATIENCE = 5_000;

/** @typedef {{sent: number, back: number, took: number, server: number}} Ping  by the computer's clock, took by a steady one, in ms */

/** One round trip. @returns {Promise<Ping | null>} null: no answer in time */
async function ping() {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), PATIENCE);
  const sent = Date.now(), from = performance.now();
  try {
    const answer = await fetch('/api/v1/seats/clock', { cache: 'no-store', signal: stop.signal });
    const took = performance.now() - from, back = Date.now();
    const server = Date.parse((await answer.json()).now);
    return answer.ok && !Number.isNaN(server) ? { sent, back, took, server } : null;
  } catch {
    return null;
  } finally {
    clearTimeout(timer);
  }
}

/**
 * The computer's clock against the server's: the server looked at its clock somewhere between sending and hearing, so the
 * shortest trip knows most, and half of it is what nobody can know.
 * @param {Ping[]} pings @returns {{difference: number, uncertainty: number} | null}
 */
export function clockOf(pings) {
  if (pings.length === 0) return null;
  const best = pings.reduce((a, b) => (b.took < a.took ? b : a));
  // both clocks show whole milliseconds
  return { difference: (best.sent + best.back) / 2 - best.server, uncertainty: best.took / 2 + 1 };
}

/** @param {number} n @returns {Promise<Ping[]>} those that were answered */
async function pings(n) {
  await ping(); // the first one pays for the connection, and says nothing about an answer in an exam
  /** @type {Ping[]} */
  const all = [];
  for (let i = 0; i < n; i++) {
    const one = await ping();
    if (one) all.push(one);
    else if (all.length === 0) break; // nobody is there: do not wait n times
  }
  return all;
}

/** Would a websocket come through? The exam's own is asked: without a session it says goodbye. @returns {Promise<boolean>} */
function websocket() {
  return new Promise((done) => {
    /** @type {WebSocket} */
    let line;
    const end = (/** @type {boolean} */ ok) => { clearTimeout(timer); done(ok); line?.close(); };
    const timer = setTimeout(() => end(false), PATIENCE);
    try {
      line = new WebSocket(`${location.origin.replace(/^http/, 'ws')}/exam/ws`, 'terang.exam.v1');
      // heard, not only opened: some networks let the upgrade through and nothing after it
      line.onmessage = () => end(true);
      line.onclose = line.onerror = () => end(false);
    } catch {
      end(false);
    }
  });
}

async function storage() {
  const mark = String(Math.random());
  remember('kesiapan', mark);
  const local = recall('kesiapan') === mark;
  remember('kesiapan', null);
  // the outbox of the exam itself: writes a row, reads it, removes it
  const indexed = await new IndexedStore().works();
  // only a secure context tells how much there is
  const quota = await navigator.storage?.estimate?.().then((e) => Math.floor((e.quota ?? 0) - (e.usage ?? 0)), () => null) ?? null;
  return { local, indexed, quota };
}

function cookies() {
  document.cookie = 'kesiapan=1; Path=/kesiapan; SameSite=Strict';
  const kept = document.cookie.split('; ').includes('kesiapan=1');
  document.cookie = 'kesiapan=; Path=/kesiapan; SameSite=Strict; Max-Age=0';
  return kept;
}

/** @param {number} n round trips @returns {Promise<any>} all but the keys, which a person presses */
export async function measure(n) {
  const trips = await pings(n);
  return {
    screen: { width: screen.width, height: screen.height, ratio: Math.round(devicePixelRatio * 100) / 100 },
    storage: await storage(),
    crypto: { secure: isSecureContext, subtle: Boolean(crypto.subtle), random: typeof crypto.getRandomValues === 'function' },
    clock: clockOf(trips), pings: trips.map((p) => Math.round(p.took * 10) / 10),
    websocket: await websocket(), cookies: cookies(), seb: await told() ?? undefined,
  };
}
