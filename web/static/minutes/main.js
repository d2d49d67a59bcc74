// @ts-check
// Minutes of a sitting: closes a version, signs it with a second person, adds a witness. The page is read anew after each.

import { post, uuid } from '../station/api.js';
import { byId } from '../station/dom.js';
import { pageTexts } from '../board/texts.js';

const text = pageTexts(document);
const main = byId('isi');
const base = `/api/v1/sittings/${encodeURIComponent(main.dataset.sitting ?? '')}/minutes`;
const newest = main.dataset.newest ?? '0';
const field = (/** @type {string} */ id) => /** @type {HTMLInputElement} */ (byId(id));
const value = (/** @type {string} */ id) => field(id).value.trim();

/** @param {HTMLElement} box @param {string} words */
function say(box, words) {
  box.textContent = words;
  box.hidden = false;
  box.focus();
}

/** Sends once: the same press repeated is the same operation, another request is another. @param {string} id @param {() => [string, Record<string, unknown>]} ask */
function onSubmit(id, ask) {
  const form = document.getElementById(id);
  let last = '', op = '';
  form?.addEventListener('submit', async (e) => {
    e.preventDefault();
    const [path, body] = ask(), now = JSON.stringify([path, body]);
    if (now !== last) { last = now; op = uuid(); }
    const buttons = /** @type {HTMLButtonElement[]} */ ([...form.querySelectorAll('button')]);
    for (const b of buttons) b.disabled = true;
    const a = await post(path, { ...body, op });
    for (const b of buttons) b.disabled = false;
    byId('m-err').hidden = byId('m-ok').hidden = true;
    if (!a.ok) return say(byId('m-err'), a.status === 0 ? text('minutes.no_answer') : a.body.text || a.body.code);
    if (a.status === 202) return say(byId('m-ok'), text('minutes.proposed'));
    location.reload();
  });
}

/** @param {string} id @returns {number | undefined} */
const count = (id) => (/^\d+$/.test(value(id)) ? Number(value(id)) : undefined);

onSubmit('close', () => [base, {}]);
onSubmit('again', () => [base, { reason: value('a-why') }]);
onSubmit('witness', () => [`${base}/${newest}/witness`, { password: field('w-pw').value, code: value('w-code') }]);
onSubmit('sign', () => {
  const hand = { present: count('h-present'), absent: count('h-absent') };
  const second = value('t-user') ? { user: value('t-user'), password: field('t-pw').value, code: value('t-code') } : undefined;
  return [`${base}/${newest}/sign`, {
    password: field('o-pw').value, code: value('o-code'), reason: value('h-why'), second,
    ...(hand.present === undefined && hand.absent === undefined ? {} : { hand }),
  }];
});

// A hand count that differs is said at once: it can be signed, with a reason.
const sign = document.getElementById('sign');
sign?.addEventListener('input', () => {
  const parts = ['present', 'absent'].flatMap((k) => {
    const n = count(`h-${k}`), by = n === undefined ? 0 : n - Number(sign.dataset[k]);
    return by === 0 ? [] : [`${text(`minutes.class.${k}`)} ${by > 0 ? '+' : ''}${by}`];
  });
  const box = byId('h-diff');
  box.hidden = parts.length === 0;
  box.textContent = parts.length ? text('minutes.hand_differs', { what: parts.join(', ') }) : '';
});
