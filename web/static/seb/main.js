// @ts-check
// The page before the exam's: a SEB that sends no headers shows itself here by script, and goes on.

import { told } from './browser.js';

const box = document.getElementById('isi');
const exam = box?.dataset.exam;
const said = document.getElementById('said');

async function show() {
  const browser = exam ? await told() : null;
  if (!browser) return;
  if (said) said.textContent = said.dataset.trying ?? '';
  const answer = await fetch('/api/v1/exam/seb', {
    method: 'POST', credentials: 'same-origin', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ exam, ...browser }),
  }).catch(() => null);
  if (answer?.ok) { location.reload(); return; }
  const body = await answer?.json().catch(() => null);
  if (said && body?.text) said.textContent = body.text;
}
show();
