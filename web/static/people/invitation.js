// @ts-check
// An invitation: the code from the address's fragment, then a password, then the account.

import { fault, field, onSubmit, post, text } from './ask.js';
import { byId } from '../station/dom.js';

const code = decodeURIComponent(location.hash.slice(1));
if (code) {
  field('code').value = code;
  history.replaceState(null, '', location.pathname + location.search); // it stays in no list of addresses
  const a = await post('/api/v1/staff/invitation', { code });
  if (a.ok) {
    byId('who').textContent = text('people.invited_you', { name: a.body.name, user: a.body.user });
    byId('code-f').hidden = true;
    field('pw').focus();
  } else fault(a);
}

onSubmit('accept', async () => {
  if (field('pw').value !== field('pw2').value) return fault({ ok: false, status: 422, body: { code: 'differ', text: text('people.password_differ') } });
  const password = field('pw').value;
  const a = await post('/api/v1/staff/invitation', { code: field('code').value.trim(), password });
  if (!a.ok) return fault(a);
  const b = await post('/api/v1/staff/signin', { user: a.body.user, password });
  location.assign(b.ok ? '/akun' : '/meja'); // who has a second factor already signs in with it
});
