import assert from 'node:assert/strict';
import { test } from 'node:test';

import { clockOf } from './measure.js';

test('the shortest trip tells the clock, and half of it is not known', () => {
  const slow = { sent: 1_000, back: 1_900, took: 900, server: 5_000 };
  const fast = { sent: 2_000, back: 2_010, took: 10, server: 2_500 };
  assert.deepEqual(clockOf([slow, fast]), { difference: -495, uncertainty: 6 });
});

test('a clock that was set between asking and hearing does not hide in the uncertainty', () => {
  const set = { sent: 1_000, back: 61_000, took: 8, server: 1_004 };
  assert.equal(clockOf([set])?.uncertainty, 5);
});

test('nobody who answers is no clock', () => assert.equal(clockOf([]), null));
