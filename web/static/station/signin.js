// @ts-check
// Signing in at the desk: keeps the name, clears the secret, says what is wrong above the form.

import { explain, post } from './api.js';
import { byId, icon } from './dom.js';
import { pageTexts } from '../board/texts.js';

const text = pageTexts(document);
const form = /** @type {HTMLFormElement | null} */ (document.getElementById('signin'));

form?.addEventListener('submit', async (e) => {
  e.preventDefault();
  const read = (/** @type {string} */ id) => /** @type {HTMLInputElement} */ (byId(id));
  const go = /** @type {HTMLButtonElement} */ (byId('go')), box = byId('err');
  const code = read('code').value.trim();
  const label = go.textContent ?? '';
  go.disabled = true;
  go.textContent = text('station.checking');
  const a = await post('/api/v1/staff/signin', { user: read('user').value.trim(), password: read('password').value, ...(code ? { code } : {}) });
  if (a.ok) return location.reload();
  go.disabled = false;
  go.textContent = label;
  const words = document.createElement('span');
  words.textContent = a.status === 0 ? text('station.error.no_answer_signin') : explain(a.body, text);
  box.replaceChildren(icon('warn'), words);
  box.hidden = false;
  if (a.body?.code === 'second_factor') return read('code').focus(); // the name and password were right
  box.focus();
  read('code').value = '';
  if (a.status !== 0 && a.body?.code !== 'wrong_code') read('password').value = '';
});

document.getElementById('leave')?.addEventListener('click', async () => {
  await post('/api/v1/staff/signout', {});
  location.assign('/meja');   // whoever signs in here next is not led to the page of the one before
});
