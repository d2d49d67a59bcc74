// @ts-check
// How the page looks: the candidate's own choices, and what was given to the candidate to begin with.

import { $ } from './dom.js';
import { recall, remember } from './device.js';
import { say } from './announce.js';
import { t } from './text.js';

const PLAIN = { size: 1, dark: false, keys: true, hideClock: false };
/** The candidate's own; gone with the sign-out. */
export let choice = { ...PLAIN, ...recall('view') };

/** @param {Partial<typeof choice>} change */
export function dress(change) {
  choice = { ...choice, ...change };
  remember('view', choice);
  const root = document.documentElement;
  root.setAttribute('data-size', String(choice.size));
  if (choice.dark) root.setAttribute('data-contrast', 'dark'); else root.removeAttribute('data-contrast');
  $('contrast').setAttribute('aria-pressed', String(choice.dark));
  $('keys-on').checked = choice.keys;
  $('hide-clock').checked = choice.hideClock;
}

/** Nothing of another candidate's stays. */
export function undress() {
  remember('given', null);
  dress(PLAIN);
}

/** What was given to the candidate is how the page begins; what they choose themselves then stands. @param {any} adjust */
export function outfit(adjust) {
  document.documentElement.toggleAttribute('data-reader', adjust?.reader === true);
  const given = JSON.stringify([adjust?.size ?? 0, adjust?.dark === true]);
  if ((recall('given') ?? '[0,false]') === given) return;
  remember('given', given);
  dress({ size: adjust?.size || PLAIN.size, dark: adjust?.dark === true });
}

const PERCENT = [89, 100, 122, 156, 200];
/** @param {number} step 0 is back to normal */
export function size(step) {
  dress({ size: step === 0 ? 1 : Math.min(4, Math.max(0, choice.size + step)) });
  say(t('exam.say_size', { n: PERCENT[choice.size] }));
}
export function contrast() { dress({ dark: !choice.dark }); }
