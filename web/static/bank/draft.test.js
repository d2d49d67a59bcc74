import assert from 'node:assert/strict';
import { test } from 'node:test';

import { blank, key, letter, same, USUAL } from './draft.js';

test('a new item has the usual options and no key', () => {
  const d = blank('Ratna');
  assert.equal(d.options.length, USUAL);
  assert.deepEqual(key(d.options), { best: 0, at: [] });
  assert.equal(letter(4), 'E');
});

test('the key is what is worth most, and there may be two', () => {
  const o = (value) => ({ value, text: '', figure: null });
  assert.deepEqual(key([o(0), o(5), o(0)]), { best: 5, at: [1] });
  assert.deepEqual(key([o(5), o(5)]), { best: 5, at: [0, 1] });
  assert.deepEqual(key([o(1), o(5), o(3)]), { best: 5, at: [1] });
});

test('a change is seen, also in a figure', () => {
  const a = blank('x'), b = structuredClone(a);
  assert.ok(same(a, b));
  b.options[0].figure = { alt: 'a', data: 'AA==' };
  assert.ok(!same(a, b));
});
