import test from 'node:test';
import assert from 'node:assert/strict';
import { credits, digits, left, phase, stopped, sync, take, timeOfDay } from './clock.js';

const running = (remaining, at = 0) => take(stopped(), { state: 'running', remaining, ends: 'x', parts: [] }, at);

test('a running clock counts down from the server\'s remaining and never below zero', () => {
  const c = running(5_000, 1_000);
  assert.equal(left(c, 1_000), 5_000);
  assert.equal(left(c, 4_000), 2_000);
  assert.equal(left(c, 99_000), 0);
});

test('a paused or held clock stands still', () => {
  for (const state of ['paused', 'held', 'ready']) assert.equal(left(take(stopped(), { state, remaining: 700 }, 0), 9_000), 700);
});

test('a frame without remaining keeps what is left', () => {
  const c = take(running(5_000), { state: 'paused' }, 2_000);
  assert.equal(left(c, 8_000), 3_000);
});

test('the phases change at ten minutes, one minute and zero', () => {
  const c = running(601_000);
  assert.deepEqual([0, 1_000, 541_000, 601_000].map((now) => phase(c, now)), ['run', 'ten', 'one', 'zero']);
  assert.equal(phase(take(c, { state: 'held', remaining: 0 }, 0), 0), 'held');
  assert.equal(phase(take(c, { state: 'paused' }, 0), 0), 'paused');
});

test('digits are rounded up, so that zero means zero', () => {
  assert.deepEqual([6_000_000, 3_252_000, 1, 0].map(digits), ['100:00', '54:12', '00:01', '00:00']);
});

test('server time takes the better of two late estimates', () => {
  const at = '2026-11-22T02:00:00.000Z';
  const first = sync(null, at, 1_000);
  assert.equal(first, Date.parse(at) - 1_000);
  assert.equal(sync(first, '2026-11-22T02:00:02.000Z', 3_500), first);
  assert.equal(sync(first, 'nonsense', 0), first);
});

test('a credit is what is new in the parts; pauses are none; a taken-back one is negative', () => {
  const base = { what: 'base', ms: 100 };
  const gap = { what: 'gap', ms: 20, from: 'a', to: 'b', why: 'w' };
  assert.deepEqual(credits([base], [base, gap]), [gap]);
  assert.deepEqual(credits([base, gap], [base, { ...gap, ms: 50 }]), [{ ...gap, ms: 30 }]);
  assert.deepEqual(credits([base, gap], [base]), [{ ...gap, ms: -20 }]);
  assert.deepEqual(credits([base], [base, { what: 'pause', ms: 5, from: 'b' }]), []);
  const open = { what: 'gap', ms: 7, from: 'c' };
  assert.deepEqual(credits([base], [base, open]), []);
  assert.deepEqual(credits([base, open], [base, { ...open, ms: 9, to: 'd' }]), [{ ...open, ms: 9, to: 'd' }]);
});

test('the time of day is the site\'s', () => {
  assert.equal(timeOfDay('2026-11-22T02:42:07.000Z', 'Asia/Makassar'), '10:42:07');
  assert.equal(timeOfDay('', 'Asia/Makassar'), '');
});
