// @ts-check
// Feedback after the finish: the session gets a token signed that the server has not seen; the answers go without a session.

import { ask, post } from '../station/api.js';
import { byId } from '../station/dom.js';
import { pageTexts } from '../board/texts.js';
import { able, blind } from './blind.js';

const text = pageTexts(document);
const exam = byId('isi').dataset.exam ?? '';
const form = /** @type {HTMLFormElement | null} */ (document.getElementById('survey'));

/** @type {{token: string, signature: string} | null} */
let signed = null;
/** @type {Awaited<ReturnType<typeof blind>> | null} */
let blinded = null;

/** A signed token; asked for again, it is the same one. */
async function token() {
  if (signed) return signed;
  if (!blinded) {
    const survey = await ask(`/api/v1/surveys/${encodeURIComponent(exam)}`);
    if (!survey.ok) throw new Error(survey.body.text || text('survey.noscript'));
    blinded = await blind(survey.body.key);
  }
  const a = await post('/api/v1/exam/survey-token', { blinded: blinded.blinded });
  if (!a.ok) throw new Error(a.body.text || a.body.code);
  const signature = blinded.finish(a.body.signed);
  if (!signature) throw new Error('token');
  signed = { token: blinded.token, signature };
  return signed;
}

async function send() {
  const answers = Object.fromEntries([...new FormData(/** @type {HTMLFormElement} */ (form))].filter(([k, v]) => k.startsWith('q-') && v).map(([k, v]) => [k.slice(2), v]));
  const words = /** @type {HTMLTextAreaElement} */ (byId('words')).value.trim();
  const r = await fetch(`/api/v1/surveys/${encodeURIComponent(exam)}/answers`, {
    method: 'POST', credentials: 'omit', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ ...(await token()), answers, text: words }),
  });
  if (r.ok) return;
  const body = await r.json().catch(() => ({}));
  throw new Error(body.text || body.code || String(r.status));
}

if (form && !able()) {
  byId('unable').hidden = false;
  form.hidden = true;
}
form?.addEventListener('submit', async (e) => {
  e.preventDefault();
  const button = /** @type {HTMLButtonElement} */ (form.querySelector('button')), err = byId('err');
  button.disabled = true;
  err.hidden = true;
  try {
    await send();
    form.hidden = true;
    byId('sent').hidden = false;
    byId('sent').focus();
  } catch (fault) {
    err.textContent = text('survey.failed', { why: fault instanceof Error ? fault.message : String(fault) });
    err.hidden = false;
    err.focus();
  }
  button.disabled = false;
});
