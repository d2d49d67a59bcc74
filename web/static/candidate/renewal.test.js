// @ts-check
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { FROM, Renewal, SOONEST, TO } from './renewal.js';

/** A world whose time passes when it is told to. @param {import('./renewal.js').Outcome[]} outcomes the last one stays */
function world(outcomes) {
  const w = {
    at: 0, asks: /** @type {number[]} */ ([]), view: true, due: /** @type {{f: () => void, at: number}|null} */ (null),
    now: () => w.at, random: () => 0.5,
    later: (/** @type {() => void} */ f, /** @type {number} */ ms) => { w.due = { f, at: w.at + ms }; return w.due; },
    cancel: (/** @type {any} */ timer) => { if (w.due === timer) w.due = null; },
    watched: () => w.view,
    ask: async () => { w.asks.push(w.at); return outcomes[Math.min(w.asks.length, outcomes.length) - 1]; },
    /** Lets the next timer ring. */
    async ring() { const due = w.due; assert.ok(due, 'no timer'); w.due = null; w.at = due.at; due.f(); await null; await null; },
  };
  return w;
}
const MID = (FROM + TO) / 2;

test('a page asks at moments of its own, and seldomer while nobody answers', async () => {
  const w = world(['asked', 'fault', 'fault', 'asked']);
  const r = new Renewal(w);
  r.start();
  r.start();
  for (let i = 0; i < 5; i++) await w.ring();
  assert.deepEqual(w.asks.map((at, i) => at - (w.asks[i - 1] ?? 0)), [MID, MID, 2 * MID, 4 * MID, MID]);
});

test('nothing is asked for who does not look, and at once when they do', async () => {
  const w = world(['asked']);
  const r = new Renewal(w);
  r.start();
  w.view = false;
  await w.ring();
  await w.ring();
  assert.equal(w.asks.length, 0);
  w.view = true;
  r.nudge();
  await null; await null;
  assert.deepEqual(w.asks, [2 * MID]);
  r.nudge();
  assert.equal(w.asks.length, 1, 'asked again at once');
  w.at += SOONEST;
  r.nudge();
  await null; await null;
  assert.equal(w.asks.length, 2);
  assert.ok(w.due, 'and goes on');
});

test('where there is nothing more to ask it ends, until it is stopped and begun again', async () => {
  const w = world(['over', 'asked']);
  const r = new Renewal(w);
  r.start();
  await w.ring();
  r.start();
  r.nudge();
  assert.equal(w.due, null);
  r.stop();
  r.start();
  await w.ring();
  assert.equal(w.asks.length, 2);
  r.stop();
  assert.equal(w.due, null);
});
