// @ts-check
// Approvals: sends a decision once, says what became of it, and tells when the list is not the newest any more.

import { ask, post, signInAgain, uuid } from '../station/api.js';
import { byId, el } from '../station/dom.js';
import { pageTexts } from '../board/texts.js';

const LOOK_MS = 5_000;
const text = pageTexts(document);
const cards = () => /** @type {HTMLElement[]} */ ([...document.querySelectorAll('[data-id]')]);

/** @param {import('../station/api.js').Answer} a */
const words = (a) => (a.status === 0 ? text('approvals.no_answer') : a.body.text || a.body.code);

/** @param {HTMLElement} box @param {...(Node | string)} said */
function say(box, ...said) {
  box.replaceChildren(...said);
  box.hidden = false;
  box.focus();
}

for (const card of cards()) {
  const form = /** @type {HTMLFormElement} */ (card.querySelector('form')), fault = /** @type {HTMLElement} */ (card.querySelector('.err'));
  // The same press repeated is the same operation; another decision is another one.
  /** @type {Record<string, string>} */
  const ops = { approve: uuid(), refuse: uuid() };
  form.addEventListener('submit', async (e) => {
    e.preventDefault();
    const decision = /** @type {HTMLButtonElement} */ (/** @type {SubmitEvent} */ (e).submitter).value;
    const reason = /** @type {HTMLInputElement} */ (form.elements.namedItem('reason')).value.trim();
    if (decision === 'refuse' && !reason) return say(fault, text('approvals.need_why'));
    const buttons = /** @type {HTMLButtonElement[]} */ ([...form.querySelectorAll('button')]);
    for (const b of buttons) b.disabled = true;
    const a = await post(`/api/v1/proposals/${encodeURIComponent(card.dataset.id ?? '')}`, { op: ops[decision], decision, reason });
    for (const b of buttons) b.disabled = false;
    if (!a.ok) return say(fault, words(a));
    const failed = a.body.failed ?? [];
    const said = decision === 'refuse' ? text('approvals.refused')
      : failed.length ? text('approvals.partly', { failed: failed.length, list: failed.map((/** @type {any} */ f) => `${f.seat || f.number}: ${f.text}`).join('; ') }) : text('approvals.approved');
    const note = el('div', { class: `notice ${failed.length ? 'notice-warn' : 'notice-ok'}`, tabindex: -1 }, el('p', {}, said));
    const pins = a.body.pins ?? [];
    if (pins.length) note.append(el('p', { class: 'strong' }, text('approvals.pins')), el('ul', {}, ...pins.map((/** @type {any} */ p) => el('li', {}, `${p.seat} ${p.number} ${p.pin}`))));
    fault.hidden = true;
    form.replaceWith(note);
    note.focus();
    card.dataset.done = decision;
    byId('live').textContent = said;
  });
}

setInterval(async () => {
  if (document.hidden) return;
  const a = await ask('/api/v1/proposals?brief=1', { cache: 'no-store' });
  if (a.status === 401) return signInAgain();
  if (!a.ok) return;
  const here = new Set(cards().filter((c) => !c.dataset.done).map((c) => c.dataset.id)), there = new Set(a.body.proposals.map((/** @type {any} */ p) => p.id));
  byId('fresh').hidden = here.size === there.size && [...here].every((id) => there.has(id));
}, LOOK_MS);
