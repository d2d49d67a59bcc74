// @ts-check
// The dialogs of the check-in desk: whatever is not the usual takes a reason, and some of it a second person.

import { el } from '../station/dom.js';
import { adjustment, fields, needs } from './door.js';

/** Reasons that are recorded as codes; where there is none, words are asked for. @type {Record<string, string[]>} */
const REASONS = {
  turn_away: ['late', 'papers', 'identity', 'disqualified', 'withdrew'],
  readmit: ['mistake', 'other'],
  pin: ['request', 'mistake', 'other'],
  doubt: ['identity', 'papers', 'impersonation', 'other'],
  decide_doubt: ['other'],
  adjust: ['accommodation'],
};
/** Which take two people, always or for one of the choices. @type {Record<string, (v: any) => boolean>} */
const TWO = {
  turn_away: (v) => v.why === 'disqualified',
  decide_doubt: (v) => v.decision === 'upheld',
  adjust: () => true,
};

/**
 * @param {HTMLDialogElement} dialog @param {string} what @param {import('./door.js').Person} person
 * @param {(key: string, values?: Record<string, string | number>) => string} text
 * @param {(body: object) => Promise<string>} send what it may not is told here; "" closes the dialog
 * @param {() => void} then where the hand goes on, once it is closed
 */
export function ask(dialog, what, person, text, send, then) {
  const why = el('select', { class: 'select', id: 'd-why', required: true }, ...(REASONS[what].length > 1 ? [el('option', { value: '' }, text('door.choose'))] : []), ...REASONS[what].map((r) => el('option', { value: r }, text(`station.reason.${r}`))));
  const words = el('input', { class: 'input', id: 'd-words', maxlength: 500, autocomplete: 'off' });
  const decision = what === 'decide_doubt' ? el('select', { class: 'select', id: 'd-decision', required: true }, el('option', { value: '' }, text('door.choose')), el('option', { value: 'cleared' }, text('door.cleared')), el('option', { value: 'upheld' }, text('door.upheld'))) : null;
  const own = fields(person.adjust);
  const number = (/** @type {string} */ id, /** @type {number} */ v) => el('input', { class: 'input', id, type: 'number', min: 0, max: 600, value: v || 0 });
  const extra = number('d-extra', own.extra), breaks = number('d-breaks', own.breaks);
  const size = el('select', { class: 'select', id: 'd-size' }, ...[0, 2, 3, 4].map((n) => el('option', { value: n, selected: own.size === n }, text(`door.size.${n}`))));
  const tick = (/** @type {string} */ id, /** @type {boolean} */ on, /** @type {string} */ key) => el('div', { class: 'check' }, el('input', { type: 'checkbox', id, checked: on }), el('label', { for: id }, text(key)));
  const user = el('input', { class: 'input', id: 'd-user', autocomplete: 'off' }), password = el('input', { class: 'input', id: 'd-password', type: 'password', autocomplete: 'off' }), code = el('input', { class: 'input', id: 'd-code', inputmode: 'numeric', autocomplete: 'off' });
  const second = el('fieldset', { id: 'd-second' }, el('legend', { class: 'strong' }, text('door.second')), el('p', { class: 'small soft' }, text('door.second_is')),
    el('div', { class: 'pair' }, field('d-user', text('door.user'), user), field('d-password', text('door.password'), password)), field('d-code', text('door.code'), code));
  const fault = el('p', { class: 'err', role: 'alert', tabindex: -1, hidden: true });
  const checked = (/** @type {string} */ id) => /** @type {HTMLInputElement | null} */ (form.querySelector(`#${id}`))?.checked ?? false;
  const go = el('button', { class: `btn ${what === 'turn_away' ? 'btn-danger' : 'btn-primary'}`, type: 'submit' }, text(`door.do.${what}`));
  const form = el('form', { method: 'dialog', novalidate: true }, el('div', { class: 'dialog-b stack-3' }, el('h2', { id: 'd-title' }, text(`door.do.${what}`), ': ', person.name), el('p', {}, text(`door.ask.${what}`)), fault,
    decision ? field('d-decision', text('door.decision'), decision) : null,
    ...(what === 'adjust' ? [el('div', { class: 'pair' }, field('d-extra', text('door.extra'), extra), field('d-breaks', text('door.breaks'), breaks)), field('d-size', text('door.size'), size),
      tick('d-dark', own.dark, 'door.need.contrast'), tick('d-reader', own.reader, 'door.need.reader'), tick('d-assistant', own.assistant, 'door.need.assistant')] : []),
    REASONS[what].length > 1 ? field('d-why', text('door.reason'), why) : null, field('d-words', text(what === 'turn_away' || what === 'doubt' ? 'door.words' : 'door.words_needed'), words), second),
  el('div', { class: 'dialog-f' }, el('button', { class: 'btn', type: 'button', onclick: () => close() }, text('door.cancel')), go));
  const values = () => ({ why: REASONS[what].length > 1 ? why.value : REASONS[what][0], decision: decision?.value ?? '' });
  const fit = () => { second.hidden = !TWO[what]?.(values()); };
  form.addEventListener('change', fit);
  form.addEventListener('submit', async (e) => {
    e.preventDefault();
    const v = values();
    const missing = !v.why || (decision && !v.decision) || (!words.value.trim() && (v.why === 'other' || (what !== 'turn_away' && what !== 'doubt')));
    if (missing) return tell(text('door.need_reason'));
    /** @type {Record<string, any>} */
    const body = { action: what === 'readmit' || what === 'pin' ? 'checkin' : what, reason: words.value.trim() ? `${v.why}: ${words.value.trim()}` : v.why };
    if (decision) body.decision = v.decision;
    if (what === 'adjust') Object.assign(body, { adjust: adjustment({ extra: Number(extra.value), breaks: Number(breaks.value), size: Number(size.value), dark: checked('d-dark'), reader: checked('d-reader'), assistant: checked('d-assistant') }), was: { [person.number]: person.adjust || 'none' } });
    if (!second.hidden && user.value.trim()) body.second = { user: user.value.trim(), password: password.value, ...(code.value.trim() ? { code: code.value.trim() } : {}) };
    go.disabled = true;
    const no = await send(body);
    go.disabled = false;
    if (no) tell(no); else close();
  });
  const tell = (/** @type {string} */ t) => { fault.hidden = false; fault.textContent = t; fault.focus(); };
  const close = () => { dialog.close(); };
  dialog.replaceChildren(form);
  dialog.addEventListener('close', () => { password.value = ''; dialog.replaceChildren(); then(); }, { once: true });
  fit();
  dialog.showModal();
  /** @type {HTMLElement | null} */ (form.querySelector('select, input'))?.focus();
}

/** @param {string} id @param {string} label @param {HTMLElement} input */
function field(id, label, input) { return el('div', { class: 'field' }, el('label', { for: id }, label), input); }

/** Tags for what somebody is given. @param {string | undefined} adjust @param {(key: string, values?: Record<string, string | number>) => string} text */
export const tags = (adjust, text) => needs(adjust).map(({ key, n }) => el('span', { class: 'tag tag-info' }, text(key, { n, size: text(`door.size.${n || 0}`) })));
