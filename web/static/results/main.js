// @ts-check
// Results of an exam: asks two people for an act, and shows what an annulment would do before anybody is asked.

import { post, uuid } from '../station/api.js';
import { byId, el } from '../station/dom.js';
import { pageTexts } from '../board/texts.js';

const text = pageTexts(document);
const exam = encodeURIComponent(byId('isi').dataset.exam ?? '');
const value = (/** @type {string} */ id) => /** @type {HTMLInputElement} */ (byId(id)).value.trim();

/** @param {import('../station/api.js').Answer} a */
const words = (a) => (a.status === 0 ? text('results.no_answer') : a.body.text || a.body.code);

/** @param {HTMLElement} box @param {...(Node | string)} said */
function say(box, ...said) {
  box.replaceChildren(...said);
  box.hidden = false;
  box.focus();
}

/** @param {HTMLElement} box @param {import('../station/api.js').Answer} a */
const fault = (box, a) => say(box, words(a), ...(a.body?.faults ? [el('ul', {}, ...a.body.faults.map((/** @type {string} */ f) => el('li', {}, f)))] : []));

/** The act waits for another person, or has been done. @param {HTMLElement} box @param {import('../station/api.js').Answer} a */
const asked = (box, a) => say(box, a.status === 202 ? text('results.proposed') : text('results.done'), ' ', el('a', { href: '/persetujuan' }, text('results.to_approvals')));

/** Sends once: the same press repeated is the same operation, another request is another. */
function once() {
  let last = '', op = '';
  return (/** @type {string} */ path, /** @type {Record<string, unknown>} */ body) => {
    const now = JSON.stringify([path, body]);
    if (now !== last) { last = now; op = uuid(); }
    return post(path, { ...body, op });
  };
}

/** @param {HTMLFormElement} form @param {(what: string) => Promise<unknown>} act */
function onSubmit(form, act) {
  form.addEventListener('submit', async (e) => {
    e.preventDefault();
    const what = /** @type {HTMLButtonElement} */ (/** @type {SubmitEvent} */ (e).submitter).value;
    const buttons = /** @type {HTMLButtonElement[]} */ ([...form.querySelectorAll('button')]);
    for (const b of buttons) b.disabled = true;
    await act(what);
    for (const b of buttons) b.disabled = false;
  });
}

const acts = /** @type {HTMLFormElement | null} */ (document.getElementById('act'));
if (acts) {
  const send = once();
  onSubmit(acts, async (what) => {
    byId('a-err').hidden = byId('a-ok').hidden = true;
    const open = /** @type {HTMLInputElement | null} */ (document.getElementById('a-despite'))?.checked ?? false;
    const a = await send(`/api/v1/exams/${exam}/results/${what}`, { reason: value('a-why'), ...(what === 'freeze' ? { despite: open } : {}) });
    if (!a.ok) return fault(byId('a-err'), a);
    asked(byId('a-ok'), a);
  });
}

/** @returns {Record<string, number>} */
function points() {
  /** @type {Record<string, number>} */
  const out = {};
  for (const part of value('n-values').split(',')) {
    const [option, n] = part.split('=').map((s) => s.trim());
    if (option) out[option] = Number(n);
  }
  return out;
}

/** @param {any} body */
function effect(body) {
  const e = body.effect;
  const facts = ['had', 'rise', 'fall', 'gain', 'meet', 'miss'].map((k) => [el('dt', {}, text(`results.effect.${k}`)), el('dd', {}, k === 'had' ? `${e.had} / ${e.of}` : String(e[k]))]);
  const rows = body.changes.map((/** @type {any} */ c) => el('tr', {}, el('th', { scope: 'row' }, c.number), el('td', { class: 'num' }, `${c.before} → ${c.after}`),
    el('td', {}, c.status_before === c.status_after ? text(`results.status.${c.status_after}`) : `${text(`results.status.${c.status_before}`)} → ${text(`results.status.${c.status_after}`)}`),
    el('td', { class: 'num' }, `${c.rank_before || '–'} → ${c.rank_after || '–'}`)));
  const heads = ['number', 'total', 'threshold', 'rank'].map((k) => el('th', { scope: 'col' }, text(`results.col.${k}`)));
  const table = el('div', { class: 'scroll-x', tabindex: 0, role: 'region', 'aria-label': text('results.changes') }, el('table', { class: 'table' }, el('thead', {}, el('tr', {}, ...heads)), el('tbody', {}, ...rows)));
  return [el('h3', {}, text('results.effect')), el('dl', { class: 'facts-2' }, ...facts.flat()), ...(rows.length ? [table] : []), ...(body.more ? [el('p', {}, text('results.more', { n: body.more }))] : [])];
}

const annul = /** @type {HTMLFormElement | null} */ (document.getElementById('annul'));
if (annul) {
  const send = once();
  onSubmit(annul, async (what) => {
    byId('n-err').hidden = byId('n-ok').hidden = byId('n-effect').hidden = true;
    const key = value('n-key'), values = points();
    const body = {
      items: value('n-items').split(/[\s,]+/).filter(Boolean), policy: value('n-policy'), why: value('n-why'), reason: value('n-reason'), minute: value('n-minute'),
      ...(key ? { key } : {}), ...(Object.keys(values).length ? { values } : {}),
    };
    if (what === 'preview') {
      const a = await post(`/api/v1/exams/${exam}/annulments/preview`, body);
      return a.ok ? say(byId('n-effect'), ...effect(a.body)) : fault(byId('n-err'), a);
    }
    const a = await send(`/api/v1/exams/${exam}/annulments`, body);
    return a.ok ? asked(byId('n-ok'), a) : fault(byId('n-err'), a);
  });
}
