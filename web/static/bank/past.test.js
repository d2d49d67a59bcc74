import assert from 'node:assert/strict';
import { test } from 'node:test';

import { legible } from './past.js';

test('a formula is read as what it shows', () => {
  assert.equal(legible('nilai <math display="block"><mfrac><mn>3</mn><mn>4</mn></mfrac></math> adalah'), 'nilai ⟦3 4⟧ adalah');
  assert.equal(legible('<b>x</b>'), '<b>x</b>');
});
