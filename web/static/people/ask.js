// @ts-check
// What the pages about accounts share: asking the server, and saying what came of it.

import { ask, post } from '../station/api.js';
import { byId, icon } from '../station/dom.js';
import { pageTexts } from '../board/texts.js';
import { moment } from '../board/when.js';

export { ask, post };
export const text = pageTexts(document);

/** @param {string} id */
export const field = (id) => /** @type {HTMLInputElement} */ (byId(id));

/** Shows what is wrong above everything, or takes it away. @param {import('../station/api.js').Answer | null} answer */
export function fault(answer) {
  const box = byId('err');
  box.hidden = answer === null;
  if (answer === null) return;
  const words = document.createElement('span');
  const detail = answer.body?.code === 'bad_data' ? ` ${answer.body.field}` : '';
  words.textContent = answer.status === 0 ? text('people.no_answer') : `${answer.body?.text ?? text('people.failed')}${detail} (${answer.body?.code ?? answer.status})`;
  box.replaceChildren(icon('warn'), words);
  box.focus();
}

/**
 * Runs a form's act once at a time; the button says that it runs.
 * @param {string} id @param {() => Promise<void>} act
 */
export function onSubmit(id, act) {
  const form = /** @type {HTMLFormElement | null} */ (document.getElementById(id));
  form?.addEventListener('submit', async (e) => {
    e.preventDefault();
    const go = /** @type {HTMLButtonElement | null} */ (form.querySelector('[type="submit"]'));
    if (go) go.disabled = true;
    fault(null);
    try { await act(); } finally { if (go) go.disabled = false; }
  });
}

/** Shows times as the reader's clock has them. */
export function localTimes() {
  for (const t of document.querySelectorAll('time')) {
    t.textContent = moment(t.dateTime) || t.textContent;
  }
}
