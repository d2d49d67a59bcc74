// @ts-check
// An invitation: the code from the address's fragment, then a password, then the account.

import { fault, field, onSubmit, post, text } from './ask.js';
import { byId } from '../station/dom.js';

/** Looks whose invitation a code is. @param {string} code */
async function read(code) {
  const a = await post('/api/v1/staff/invitation', { code });
  if (!a.ok) return fault(a);
  fault(null);
  byId('who').textContent = text('people.invited_you', { name: a.body.name, user: a.body.user });
  byId('code-f').hidden = true;
  if (a.body.person) byId('person-h').textContent = text('people.person_own_is');
  field('person').required = a.body.person;
  field(a.body.person ? 'person' : 'pw').focus();
}

const code = decodeURIComponent(location.hash.slice(1));
if (code) {
  field('code').value = code;
  history.replaceState(null, '', location.pathname + location.search); // it stays in no list of addresses
  await read(code);
}
field('code').addEventListener('change', () => { if (field('code').value.trim()) read(field('code').value.trim()); });

onSubmit('accept', async () => {
  if (field('pw').value !== field('pw2').value) return fault({ ok: false, status: 422, body: { code: 'differ', text: text('people.password_differ') } });
  const password = field('pw').value;
  const a = await post('/api/v1/staff/invitation', { code: field('code').value.trim(), password, person: field('person').value.trim() });
  if (!a.ok) return fault(a);
  const b = await post('/api/v1/staff/signin', { user: a.body.user, password });
  location.assign(b.ok ? '/akun' : '/meja'); // who has a second factor already signs in with it
});
