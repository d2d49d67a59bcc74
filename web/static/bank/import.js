// @ts-check
// Files become drafts: read first, and taken when the person has seen what was read.

import { byId, el } from '../station/dom.js';
import { ask } from '../station/api.js';
import { t } from '../candidate/text.js';
import { base64 } from './editor.js';

const form = /** @type {HTMLFormElement} */ (byId('form'));
const value = (/** @type {string} */ id) => /** @type {HTMLInputElement} */ (byId(id)).value.trim();
/** @type {any[]} what was read of the files that are chosen */
let files = [];

/** @param {boolean} check @param {boolean} partial */
async function send(check, partial) {
  const go = /** @type {HTMLButtonElement} */ (byId('go'));
  go.disabled = true;
  const a = await ask('/api/v1/bank/import', {
    method: 'POST', headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ format: value('format'), section: value('section'), topic: value('topic'), check, partial, files }),
  });
  go.disabled = false;
  draw(a);
}

/** @param {string} title @param {any[]} rows @param {string} id */
function table(title, rows, id) {
  if (rows.length === 0) return null;
  return el('section', { class: 'panel scroll-x', tabindex: 0, role: 'region', 'aria-labelledby': id },
    el('div', { class: 'panel-h' }, el('h2', { id }, title)),
    el('table', { class: 'table' },
      el('thead', {}, el('tr', {}, el('th', { scope: 'col' }, t('bank.file')), el('th', { scope: 'col', class: 'num' }, t('bank.line')), el('th', { scope: 'col' }, t('bank.wrong')), el('th', { scope: 'col' }, t('bank.remedy')))),
      el('tbody', {}, ...rows.map((f) => el('tr', {}, el('td', { class: 'break' }, f.file ?? ''), el('td', { class: 'num' }, f.line ? String(f.line) : ''), el('td', { class: 'break' }, f.what), el('td', { class: 'break' }, f.remedy))))));
}

/** @param {import('../station/api.js').Answer} a */
function draw(a) {
  const report = byId('report'), verdict = byId('verdict'), b = a.body;
  report.hidden = false;
  const whole = a.ok && b.faults.length === 0;
  verdict.className = `vd ${a.ok && (whole || b.stored) ? 'y' : 'n'}`;
  byId('verdict-h').textContent = !a.ok ? t('bank.import_failed') : b.stored ? t('bank.import_stored') : whole ? t('bank.import_ready') : t('bank.import_not');
  byId('verdict-t').textContent = !a.ok ? (b.text ?? t('bank.not_stored'))
    : b.stored ? t('bank.import_did', { new: b.new.length, revised: b.revised.length, unchanged: b.unchanged.length, out: b.faults.length })
      : t('bank.import_read', { read: b.read, faults: b.faults.length });
  const take = (/** @type {boolean} */ partial) => el('button', { class: 'btn btn-primary', type: 'button', id: 'take', onclick: () => send(false, partial) }, t(partial ? 'bank.import_partial' : 'bank.import_take', { read: b.read }));
  byId('next').replaceChildren(...(a.ok && !b.stored && b.read > 0 ? [take(!whole)] : []), ...(b.stored ? [el('a', { class: 'btn', href: '/bank?stage=draft' }, t('bank.import_see'))] : []));
  byId('tables').replaceChildren(...[
    table(t('bank.faults_h', { n: b.faults?.length ?? 0 }), b.faults ?? [], 'faults-h'),
    table(t('bank.warnings_h', { n: b.warnings?.length ?? 0 }), b.warnings ?? [], 'warnings-h'),
    table(t('bank.alike_h'), (b.alike ?? []).map((/** @type {any} */ p) => ({ what: `${p.likeness}%  ${p.a}  ${p.b}`, remedy: '' })), 'alike-h'),
  ].filter((x) => x !== null));
  report.focus();
}

form.addEventListener('submit', async (e) => {
  e.preventDefault();
  const chosen = [.../** @type {FileList} */ (/** @type {HTMLInputElement} */ (byId('files')).files)];
  files = await Promise.all(chosen.map(async (f) => ({ name: f.name, data: base64(new Uint8Array(await f.arrayBuffer())) })));
  await send(true, false);
});
