// @ts-check
// One's own account: the second factor in three steps, the password, the sessions.

import { fault, field, localTimes, onSubmit, post, text } from './ask.js';
import { byId, el } from '../station/dom.js';

const me = '/api/v1/staff/me';

/** @param {string[]} codes */
function showRecovery(codes) {
  byId('recovery-codes').replaceChildren(...codes.map((c) => el('li', {}, c)));
  byId('recovery').hidden = false;
  byId('recovery').focus();
}

/** @param {string} words */
function said(words) {
  byId('ok-t').textContent = words;
  byId('ok').hidden = false;
  byId('ok').focus();
}

onSubmit('factor', async () => {
  const old = document.getElementById('f-old') ? field('f-old').value.trim() : '';
  const a = await post(`${me}/factor`, { password: field('f-pw').value, ...(old ? { code: old } : {}) });
  if (!a.ok) return fault(a);
  field('f-pw').value = '';
  byId('secret').textContent = a.body.secret;
  /** @type {HTMLImageElement} */ (byId('qr')).src = `${me}/factor.svg?${Date.now()}`;
  byId('factor').hidden = true;
  byId('enrol').hidden = false;
  field('f-code').focus();
});

onSubmit('confirm', async () => {
  const a = await post(`${me}/factor/confirm`, { code: field('f-code').value.trim() });
  if (!a.ok) return fault(a);
  byId('enrol').hidden = true;
  document.getElementById('first')?.remove();
  showRecovery(a.body.recovery);
});

onSubmit('renew', async () => {
  const a = await post(`${me}/recovery`, { code: field('r-code').value.trim() });
  if (!a.ok) return fault(a);
  field('r-code').value = '';
  showRecovery(a.body.recovery);
});

byId('recovery-done').addEventListener('click', () => location.reload());

onSubmit('password', async () => {
  const a = await post(`${me}/password`, { old: field('p-old').value, password: field('p-new').value });
  if (!a.ok) return fault(a);
  field('p-old').value = field('p-new').value = '';
  if (document.getElementById('own')) return location.assign('/meja'); // it was asked for: now the rest is open
  said(text('people.password_done'));
});

onSubmit('person', async () => {
  const a = await post(`${me}/person`, { person: field('n-own').value.trim() });
  if (!a.ok) return fault(a);
  location.reload();
});

/** @param {object} which */
async function end(which) {
  const a = await post(`${me}/sessions`, which);
  if (!a.ok) return fault(a);
  location.reload();
}
byId('end-others').addEventListener('click', () => end({}));
for (const b of document.querySelectorAll('[data-session]')) {
  b.addEventListener('click', () => end({ id: /** @type {HTMLElement} */ (b).dataset.session }));
}
localTimes();
