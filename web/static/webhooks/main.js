// @ts-check
// Webhooks: subscribes a program, shows its secret once, and sends what is asked for about a subscription.

import { post, uuid } from '../station/api.js';
import { byId, el } from '../station/dom.js';
import { pageTexts } from '../board/texts.js';

const text = pageTexts(document);

/** @param {string} id @param {...(Node | string)} said */
function say(id, ...said) {
  byId('err').hidden = byId('ok').hidden = true;
  const box = byId(id);
  box.replaceChildren(...said);
  box.hidden = false;
  box.focus();
}

/** @param {import('../station/api.js').Answer} a */
const words = (a) => (a.status === 0 ? text('webhooks.no_answer') : `${a.body.text || a.body.code} ${a.body.field ?? ''}`);

for (const button of /** @type {NodeListOf<HTMLButtonElement>} */ (document.querySelectorAll('[data-act]'))) {
  const id = /** @type {HTMLElement} */ (button.closest('[data-id]')).dataset.id ?? '', op = uuid(); // the same press repeated is the same operation
  button.addEventListener('click', async () => {
    if (button.dataset.act === 'remove' && button.dataset.sure !== 'yes') {
      button.dataset.sure = 'yes';
      button.textContent = text('webhooks.sure');
      return;
    }
    button.disabled = true;
    const a = await post(`/api/v1/webhooks/${encodeURIComponent(id)}/actions`, { op, action: button.dataset.act, position: Number(button.dataset.position ?? 0) });
    button.disabled = false;
    if (!a.ok) return say('err', words(a));
    say('ok', el('p', {}, text('webhooks.done')));
  });
}

const form = /** @type {HTMLFormElement} */ (byId('new'));
let op = uuid();
form.addEventListener('change', () => { op = uuid(); });
form.addEventListener('submit', async (e) => {
  e.preventDefault();
  const value = (/** @type {string} */ id) => /** @type {HTMLInputElement} */ (byId(id)).value.trim();
  const types = [.../** @type {NodeListOf<HTMLInputElement>} */ (form.querySelectorAll('[name="type"]:checked'))].map((i) => i.value);
  const a = await post('/api/v1/webhooks', { op, url: value('n-url'), exam: value('n-exam'), types });
  if (!a.ok) return say('err', words(a));
  say('ok', el('p', { class: 'strong' }, text('webhooks.secret')), el('p', { class: 'mono hash' }, a.body.secret || text('webhooks.secret_gone')));
});
