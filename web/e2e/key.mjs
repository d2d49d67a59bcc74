// @ts-check
// Somebody who knows the sample bank by heart: what each of its options is worth, by its words.

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const plain = (/** @type {string} */ text) => text.replace(/[^\p{L}\p{N}]+/gu, ' ').trim().toLowerCase();

/** @returns {Record<string, number>} by the option's words, plain */
function byHeart() {
  /** @type {Record<string, number>} */
  const worth = {};
  for (const section of ['twk', 'tiu', 'tkp']) {
    const bank = readFileSync(fileURLToPath(new URL(`../../testdata/bank/${section}.bank`, import.meta.url)), 'utf8');
    for (const [, points, text] of bank.matchAll(/^[a-e]\) \[(\d)\] (.+)$/gm)) worth[plain(text)] = Math.max(Number(points), worth[plain(text)] ?? 0);
  }
  return worth;
}

/** Answers the whole form as well as can be, key by key. @param {import('./computer.mjs').Computer} computer @param {number} items */
export async function answerAll(computer, items) {
  await computer.page.evaluate(({ worth, items }) => {
    const press = (/** @type {string} */ key) => document.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true }));
    for (let q = 1; q <= items; q++) {
      const options = [...document.querySelectorAll('#opts label')].map((label) => {
        const words = [...(label.querySelector('.opt-t')?.childNodes ?? [])].slice(1).map((n) => n.textContent ?? '').join(' ');
        return { c: label.querySelector('input')?.value ?? '', points: worth[words.replace(/[^\p{L}\p{N}]+/gu, ' ').trim().toLowerCase()] ?? 0 };
      });
      press(options.reduce((a, b) => (b.points > a.points ? b : a)).c);
      if (q < items) press('n');
    }
  }, { worth: byHeart(), items });
  await computer.stored(60_000);
}
