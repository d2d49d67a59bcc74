import assert from 'node:assert/strict';
import { test } from 'node:test';

import { hide, reveal, toMathML, write } from './maths.js';

const render = (tex, display) => { if (tex === 'bad') throw new Error('no such thing'); return `<math${display ? ' display="block"' : ''}><mi>${tex}</mi></math>`; };

test('dollars become formulas, and an escaped dollar stays one', () => {
  const { text, faults } = toMathML('Harga \\$5, nilai $x$ dan\n$$y$$', render);
  assert.equal(text, 'Harga $5, nilai <math><mi>x</mi></math> dan\n<math display="block"><mi>y</mi></math>');
  assert.deepEqual(faults, []);
});

test('TeX that cannot be read stays in the text and is named', () => {
  const { text, faults } = toMathML('a $bad$ b', render);
  assert.equal(text, 'a $bad$ b');
  assert.deepEqual(faults, ['bad: no such thing']);
});

test('stored formulas are marks in the text, and come back', () => {
  const formulas = [];
  const stored = 'Jika <math><mn>1</mn></math> dan <math display="block"><mi>x</mi></math> maka';
  const shown = hide(stored, formulas);
  assert.equal(shown, 'Jika ⟦1⟧ dan ⟦2⟧ maka');
  assert.equal(reveal(shown, formulas), stored);
  assert.equal(reveal('⟦9⟧', formulas), '⟦9⟧', 'a mark that means nothing is seen');
});

test('what is stored is the same after it was written for its author and read again, whatever stands in it', () => {
  const parts = ['$', '$$', '\\$', '\\', '⟦1⟧', '⟦2⟧', '<math><mtext>$</mtext></math>', '10', ' ', '\n', 'dan'];
  const longer = (texts) => texts.flatMap((text) => parts.map((part) => text + part));
  const all = longer(longer(longer(parts)));
  for (const stored of ['Harga A $10 dan harga B $25.', 'Tulis \\$ atau \\\\$.', ...all]) {
    const formulas = [];
    const { text, faults } = toMathML(hide(stored, formulas), render);
    assert.deepEqual([reveal(text, formulas), faults], [stored, []]);
  }
});

test('of a rendered tree only what the bank keeps is written', () => {
  const text = (value) => ({ nodeType: 3, nodeValue: value });
  const el = (localName, attributes, ...childNodes) => ({ nodeType: 1, localName, attributes: Object.entries(attributes).map(([name, value]) => ({ name, value })), childNodes, firstChild: childNodes[0] });
  const tree = el('math', { xmlns: 'http://www.w3.org/1998/Math/MathML' }, el('semantics', {}, el('mrow', { class: 'x' }, el('mo', { stretchy: 'false' }, text('<\u2061'))), el('annotation', { encoding: 'application/x-tex' }, text('x'))));
  assert.equal(write(tree), '<math><mrow><mo stretchy="false">&lt;</mo></mrow></math>');
});
