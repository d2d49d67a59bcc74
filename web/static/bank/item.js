// @ts-check
// One item: written, reviewed, talked about. The preview is drawn by the candidate's own script.

import { byId, el, icon } from '../station/dom.js';
import { ask, post, uuid } from '../station/api.js';
import { drawItem, forgetItems } from '../candidate/item.js';
import { moment } from '../board/when.js';
import { t } from '../candidate/text.js';
import { blank, key, letter, same } from './draft.js';
import { Editor } from './editor.js';
import { drawChanges, drawPast } from './past.js';
import { drawStatistics } from './statistics.js';

const main = byId('isi');
let id = main.dataset.id ?? '';
/** @type {any} what the server last said of the item; null for a new one */
let item = null;
/** @type {import('./draft.js').Draft} as it was loaded or stored */
let stored;
let base = 0;
let writes = false;

/** A preview that comes later than the one after it is not shown. */
let asked = 0;
/** @type {number | undefined} */
let timer;
/** How long a pause in typing asks for a preview. */
const PAUSE_MS = 400;

const editor = new Editor(() => {
  paintSaved();
  clearTimeout(timer);
  timer = setTimeout(preview, PAUSE_MS);
});

const button = (/** @type {string} */ name) => /** @type {HTMLButtonElement} */ (byId(name));
const may = (/** @type {string} */ act) => item?.may.includes(act) ?? false;
const changed = () => writes && !same(editor.read().draft, stored);

/** @param {'bad' | 'warn' | 'ok'} level @param {string} text @param {any[]} [faults] @param {Node[]} [buttons] */
function say(level, text, faults = [], buttons = []) {
  const box = byId('said');
  box.className = `notice notice-${level}`;
  box.querySelector('use')?.setAttribute('href', level === 'ok' ? '#s-ok' : '#s-warn');
  byId('said-t').textContent = text;
  byId('said-l').replaceChildren(...faults.map((f) => el('li', {}, `${f.what}${f.remedy ? `; ${f.remedy}` : ''}`)));
  byId('said-b').replaceChildren(...buttons);
  box.hidden = false;
  box.focus();
}

function paintSaved() {
  const tag = byId('saved');
  if (!writes) return tag.replaceChildren();
  const open = changed();
  tag.className = open ? 'tag tag-warn' : item ? 'tag tag-ok' : '';
  if (open) tag.replaceChildren(icon('warn'), t('bank.unsaved'));
  else if (item) tag.replaceChildren(icon('ok'), t('bank.saved', { version: item.version }));
  else tag.replaceChildren();
  button('b-submit').hidden = open || !may('submit');
}

/** @param {any} shown */
function drawPreview(shown) {
  forgetItems();
  drawItem(1, shown, undefined, true, () => {});
}

/** @param {any[]} checks @param {any[]} faults */
function drawChecks(checks, faults) {
  byId('checks').replaceChildren(...checks.map((c) => el('li', { class: c.level }, icon(c.level), el('span', {}, t(`bank.check.${c.code}`, c.values ?? {})))));
  byId('faults-d').hidden = faults.length === 0;
  byId('faults').replaceChildren(...faults.map((f) => el('li', {}, `${f.what}${f.remedy ? `; ${f.remedy}` : ''}`)));
}

async function preview() {
  const turn = ++asked;
  const { draft, faults } = editor.read();
  const a = await post('/api/v1/bank/preview', { ...draft, id: draft.id || id || 'X' });
  if (turn !== asked || !a.ok) return;
  drawPreview(a.body.item);
  drawChecks(a.body.checks, [...faults.map((what) => ({ what })), ...a.body.faults]);
  drawKey(draft);
}

/** @param {import('./draft.js').Draft} d */
function drawKey(d) {
  const { at } = key(d.options);
  byId('key-l').replaceChildren(...d.options.map((o, i) => el('li', { class: at.includes(i) ? 'key' : '' }, t('bank.points', { c: letter(i), n: o.value }))));
  byId('key-why').textContent = d.why;
}

/** @param {any} read */
function draw(read) {
  item = read;
  id = read.id;
  base = read.newest;
  stored = read.question;
  writes = may('revise');
  byId('code').textContent = byId('crumb').textContent = id;
  const kind = { draft: 'tag', review: 'tag tag-info', approved: 'tag tag-ok', used: 'tag tag-ok', retired: 'tag tag-line' }[/** @type {'draft'} */ (read.stage)];
  byId('stage').replaceChildren(el('span', { class: kind }, icon(read.stage), t(`bank.stage.${read.stage}`)));
  byId('sub').textContent = [t('bank.of_version', { version: read.version, author: read.question.author }),
    read.standing && read.standing !== read.newest ? t('bank.standing', { version: read.standing }) : ''].filter(Boolean).join(' · ');
  byId('edit').hidden = !writes;
  button('b-save').hidden = !writes;
  if (writes) editor.fill(stored, false);
  stored = writes ? editor.read().draft : stored;
  drawPreview(read.item);
  drawChecks(read.checks, read.faults);
  drawKey(read.question);
  byId('key').hidden = false;
  const mine = read.own && read.stage === 'review';
  byId('review').hidden = !(may('approve') || may('return') || mine && !writes);
  byId('self').hidden = !mine;
  byId('look').hidden = mine;
  button('b-approve').hidden = !may('approve');
  button('b-return').hidden = !may('return');
  button('b-approve').textContent = t('bank.approve_version', { version: read.version });
  byId('talk').hidden = !may('comment');
  button('b-retire').hidden = !may('retire');
  byId('past').hidden = false;
  byId('history').replaceChildren(...drawPast(read));
  byId('stats').hidden = read.statistics.length === 0;
  byId('stats').replaceChildren(...read.statistics.map(drawStatistics));
  byId('uses').hidden = read.uses.length === 0;
  byId('uses-b').replaceChildren(...read.uses.map((/** @type {any} */ u) => el('tr', {}, el('th', { scope: 'row' }, u.exam), el('td', { class: 'num' }, String(u.version)), el('td', {}, moment(u.at)))));
  paintSaved();
}

/** @param {import('../station/api.js').Answer} a */
function refused(a) {
  if (a.body.code === 'item_changed') return conflict();
  const code = { 0: 'E-BANK-01' }[a.status] ?? { own_item: 'E-DUA-01' }[/** @type {string} */ (a.body.code)] ?? a.body.code;
  say('bad', `${a.status === 0 ? t('bank.not_stored') : a.body.text} ${t('bank.error_code')} ${code}`, a.body.faults ?? []);
}

/** Somebody stored another version meanwhile: nothing is written over, and the person decides. */
async function conflict() {
  const now = await ask(`/api/v1/bank/items/${id}`);
  if (!now.ok) return refused(now);
  const newest = now.body.newest, by = now.body.versions.at(-1).by;
  say('warn', `${t('bank.conflict', { by, version: newest, base })} ${t('bank.error_code')} E-BANK-02`, [], [
    el('button', { class: 'btn btn-s', type: 'button', onclick: async () => {
      const diff = await ask(`/api/v1/bank/items/${id}/diff?from=${base}&to=${newest}`);
      if (diff.ok) byId('said-b').append(drawChanges(diff.body.changes));
    } }, t('bank.compare')),
    el('button', { class: 'btn btn-s', type: 'button', onclick: () => { base = newest; save(); } }, t('bank.save_as', { version: newest + 1 })),
  ]);
}

let op = uuid();

async function save() {
  const { draft, faults } = editor.read();
  const code = id || draft.id.toUpperCase();
  if (!code) {
    say('bad', t('bank.needs_code'));
    return byId('id').focus();
  }
  if (faults.length > 0) return say('bad', t('bank.bad_formula'), faults.map((what) => ({ what })));
  byId('said').hidden = true;
  button('b-save').disabled = true;
  const a = await post(`/api/v1/bank/items/${encodeURIComponent(code)}/versions`, { op, base, question: draft });
  button('b-save').disabled = false;
  if (!a.ok) return refused(a);
  op = uuid();
  if (!id) history.replaceState(null, '', `/bank/soal/${code}`);
  draw(a.body);
}

/** @param {string} action @param {string} words @param {string} done */
async function act(action, words, done) {
  byId('said').hidden = true;
  const a = await post(`/api/v1/bank/items/${id}/actions`, { op: uuid(), action, version: item.version, words });
  if (!a.ok) return refused(a);
  draw(a.body);
  say('ok', t(done));
}

const read = (/** @type {string} */ name) => /** @type {HTMLTextAreaElement} */ (byId(name)).value;

byId('b-save').addEventListener('click', save);
byId('b-submit').addEventListener('click', () => act('submit', '', 'bank.submitted'));
byId('b-approve').addEventListener('click', () => {
  const left = ['v1', 'v2', 'v3'].find((name) => !(/** @type {HTMLInputElement} */ (byId(name)).checked));
  if (left) {
    say('warn', t('bank.look_first'));
    return byId(left).focus();
  }
  act('approve', read('words'), 'bank.approved');
});
byId('b-return').addEventListener('click', () => act('return', read('words'), 'bank.was_returned'));
byId('b-comment').addEventListener('click', async () => { await act('comment', read('comment'), 'bank.commented'); /** @type {HTMLTextAreaElement} */ (byId('comment')).value = ''; });
byId('b-retire').addEventListener('click', () => { if (read('comment').trim()) act('retire', read('comment'), 'bank.was_retired'); else { say('warn', t('bank.retire_why')); byId('comment').focus(); } });

for (const size of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll('button[data-size]'))) {
  size.addEventListener('click', () => {
    document.documentElement.dataset.size = size.dataset.size;
    for (const other of document.querySelectorAll('button[data-size]')) other.setAttribute('aria-pressed', String(other === size));
  });
}
const large = /** @type {HTMLDialogElement} */ (byId('large'));
byId('b-large').addEventListener('click', () => { byId('large-room').append(byId('q-b')); large.showModal(); });
byId('b-small').addEventListener('click', () => large.close());
large.addEventListener('close', () => byId('prev-room').append(byId('q-b')));
addEventListener('beforeunload', (e) => { if (changed()) e.preventDefault(); });

if (id) {
  const a = await ask(`/api/v1/bank/items/${encodeURIComponent(id)}`);
  if (a.ok) draw(a.body); else refused(a);
} else {
  writes = true;
  stored = blank('');
  byId('edit').hidden = byId('key').hidden = false;
  button('b-save').hidden = false;
  editor.fill(stored, true);
  stored = editor.read().draft;
  await preview();
}
if (writes) {
  const a = await ask('/api/v1/bank/items');
  for (const [name, of] of [['sections', 'section'], ['topics', 'topic']]) {
    const known = new Set((a.body.items ?? []).map((/** @type {any} */ i) => i[of]));
    byId(name).replaceChildren(...[...known].sort().map((value) => el('option', { value })));
  }
}
main.dataset.ready = '1';
