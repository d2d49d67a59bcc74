// @ts-check
// What administrators do about accounts and tokens. What takes two people asks for the
// other one, who signs at the same desk, and is then sent again.

import { ask, fault, field, localTimes, onSubmit, post, text } from './ask.js';
import { moment } from '../board/when.js';
import { byId, el } from '../station/dom.js';
import { uuid } from '../station/api.js';

const api = '/api/v1/staff';

/** @param {string} id */
const dialog = (id) => /** @type {HTMLDialogElement} */ (byId(id));

for (const b of document.querySelectorAll('[data-close]')) b.addEventListener('click', () => b.closest('dialog')?.close());

/** Opens a dialog and waits for its form, or for nothing. @param {string} id @returns {Promise<boolean>} */
function answered(id) {
  const d = dialog(id);
  return new Promise((done) => {
    d.returnValue = '';
    const form = d.querySelector('form');
    let sent = false;
    const submit = () => { sent = true; };
    form?.addEventListener('submit', submit, { once: true });
    d.addEventListener('close', () => { form?.removeEventListener('submit', submit); done(sent); }, { once: true });
    d.showModal();
  });
}

/** Sends what may take two people. @param {string} url @param {object} body */
async function signed(url, body) {
  const op = uuid();
  let a = await post(url, { ...body, op, propose: false, probe: true });
  while (!a.ok && (a.body?.code === 'second_person' || a.body?.field === 'second' && a.body?.code !== 'nobody_else')) {
    if (a.body.code !== 'second_person' || /** @type {any} */ (body).second) fault(a);
    let propose = false;
    byId('q-propose').onclick = () => { propose = true; dialog('second').close(); };
    if (!await answered('second') && !propose) return a;
    if (propose) return post(url, { ...body, op, second: undefined });
    const second = { user: field('q-user').value.trim(), password: field('q-pw').value, code: field('q-code').value.trim() };
    field('q-pw').value = field('q-code').value = '';
    body = { ...body, second };
    a = await post(url, { ...body, op, propose: false });
  }
  return a;
}

/** Sends what takes two only where both sign at this desk: its answer is shown once. @param {string} url @param {object} body */
async function signedNow(url, body) {
  const op = uuid();
  let a = await post(url, { ...body, op });
  while (!a.ok && (a.body?.code === 'second_person' || a.body?.field === 'second' && a.body?.code !== 'nobody_else')) {
    if (/** @type {any} */ (body).second) fault(a);
    byId('q-propose').hidden = true;
    const signs = await answered('second');
    byId('q-propose').hidden = false;
    if (!signs) return a;
    body = { ...body, second: { user: field('q-user').value.trim(), password: field('q-pw').value, code: field('q-code').value.trim() } };
    field('q-pw').value = field('q-code').value = '';
    a = await post(url, { ...body, op });
  }
  return a;
}

/** @param {string} prefix @returns {{role: string, exam: string, site: string, sitting: string}} */
const grantOf = (prefix) => ({ role: field(`${prefix}-role`).value, exam: field(`${prefix}-exam`).value, site: field(`${prefix}-site`).value.trim(), sitting: field(`${prefix}-sitting`).value.trim() });

/** Says what is shown this once. @param {string} words @param {string} [value] @param {string} [note] */
function said(words, value = '', note = '') {
  fault(null);
  byId('ok-t').textContent = words;
  byId('ok-v').textContent = value;
  byId('ok-n').textContent = note;
  byId('ok').hidden = false;
  byId('ok').focus();
}

/** @param {import('../station/api.js').Answer} a */
function invited(a) {
  if (!a.ok) return fault(a);
  if (a.status === 202) return said(text('people.proposed'));
  const i = a.body.invitation;
  said(text('people.invitation_for', { user: i.user }), location.origin + i.path, text('people.invitation_is', { until: moment(i.expires) }));
}

onSubmit('invite', async () => {
  const a = await signed(`${api}/accounts`, { user: field('i-user').value.trim(), name: field('i-name').value.trim() || field('i-user').value.trim(), person: field('i-person').value.trim(), grants: [grantOf('i')] });
  invited(a);
  if (a.ok) /** @type {HTMLFormElement} */ (byId('invite')).reset();
});

/** Shows the codes of a file, a slip each. @param {any[]} list */
function showCodes(list) {
  byId('codes-list').replaceChildren(...list.map((i) => el('li', {},
    el('p', { class: 'strong' }, `${i.name} (${i.user})`), el('p', { class: 'mono break' }, location.origin + i.path),
    el('p', { class: 'small' }, text('people.invitation_is', { until: moment(i.expires) })))));
  byId('codes').hidden = list.length === 0;
}

onSubmit('import', async () => {
  const chosen = field('import-file').files?.[0];
  if (!chosen) return;
  byId('codes').hidden = byId('faults').hidden = true;
  const a = await signedNow(`${api}/import`, { file: await chosen.text() });
  if (!a.ok && a.body?.faults) {
    byId('faults-list').replaceChildren(...a.body.faults.map((/** @type {any} */ f) => el('li', {}, `${f.row ? `${text('people.row', { n: f.row })}${f.column ? `, ${text('people.column', { name: f.column })}` : ''}: ` : ''}${f.what}; ${f.remedy}`)));
    byId('faults').hidden = false;
    return byId('faults').focus();
  }
  if (!a.ok) return fault(a);
  /** @type {HTMLFormElement} */ (byId('import')).reset();
  said(text('people.import_did', { n: a.body.added }));
  showCodes(a.body.invitations);
  if (a.body.invitations.length) byId('codes').focus();
});
byId('codes-print').addEventListener('click', () => print());

/** @param {string[]} users */
async function vouch(users) {
  if (await sure(text('people.vouch'), users.join(', '), text('people.vouch_sure'))) done(await post(`${api}/vouch`, { users }));
}
document.getElementById('vouch-all')?.addEventListener('click', () => vouch(
  [.../** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll('tr[data-user]'))].filter((r) => r.querySelector('[data-do="vouch"]')).map((r) => r.dataset.user ?? '')));

onSubmit('token', async () => {
  const a = await post(`${api}/tokens`, { name: field('t-name').value.trim(), grant: grantOf('t'), days: Number(field('t-days').value) });
  if (!a.ok) return fault(a);
  said(text('people.token_made'), a.body.token, text('people.token_is'));
});

for (const b of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll('[data-token]'))) {
  b.addEventListener('click', async () => {
    if (!await sure(text('people.token_revoke'), b.dataset.token ?? '')) return;
    done(await post(`${api}/tokens/${encodeURIComponent(b.dataset.token ?? '')}/revoke`, {}));
  });
}

/** @param {import('../station/api.js').Answer} a */
const done = (a) => (a.status === 202 ? said(text('people.proposed')) : a.ok ? location.reload() : fault(a));

/** @param {string} act @param {string} about @param {string} [words] */
function sure(act, about, words = text('people.sure')) {
  byId('y-h').textContent = `${act}: ${about}`;
  byId('y-t').textContent = words;
  byId('y-go').textContent = act;
  return answered('sure');
}

/** @param {string} user */
async function showSessions(user) {
  const url = `${api}/accounts/${encodeURIComponent(user)}/sessions`;
  const a = await ask(url);
  if (!a.ok) return fault(a);
  const d = dialog('sessions');
  /** @type {HTMLElement} */ (d.querySelector('[data-for]')).textContent = user;
  const end = async (/** @type {object} */ which) => { d.close(); done(await post(url, which)); };
  byId('x-list').replaceChildren(...a.body.sessions.map((/** @type {any} */ s) => el('li', {},
    `${moment(s.since)} · ${s.from} · ${s.agent}`, el('button', { class: 'btn btn-s', type: 'button', onclick: () => end({ id: s.id }) }, text('people.end')))));
  if (a.body.sessions.length === 0) byId('x-list').replaceChildren(el('li', {}, text('people.no_sessions')));
  byId('x-all').onclick = () => end({});
  d.showModal();
}

for (const row of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll('tr[data-user]'))) {
  const user = row.dataset.user ?? '', at = `${api}/accounts/${encodeURIComponent(user)}`;
  row.addEventListener('click', async (e) => {
    const b = /** @type {HTMLElement | null} */ (/** @type {Element} */ (e.target).closest('[data-do]'));
    if (!b) return;
    fault(null);
    switch (b.dataset.do) {
      case 'take': {
        const { role, exam, site, sitting } = b.dataset;
        if (await sure(text('people.take'), `${user}, ${role}`)) done(await signed(`${at}/grants`, { action: 'take', grant: { role, exam, site, sitting } }));
        return;
      }
      case 'vouch':
        return vouch([user]);
      case 'give':
        /** @type {HTMLElement} */ (dialog('give').querySelector('[data-for]')).textContent = user;
        if (await answered('give')) done(await signed(`${at}/grants`, { action: 'give', grant: grantOf('g') }));
        return;
      case 'sessions':
        return showSessions(user);
      case 'invite':
        if (await sure(text('people.reinvite'), user)) invited(await signed(`${at}/access`, { action: 'invite' }));
        return;
      default:
        if (await sure(b.textContent?.trim() ?? '', user)) done(await signed(`${at}/access`, { action: b.dataset.do }));
    }
  });
}
localTimes();
