// @ts-check
// One's own result, while its page is open: says that there is something new. It never loads anything by itself: whoever
// reads, or writes an objection, is not disturbed.

import { Renewal } from '../candidate/renewal.js';

const page = /** @type {HTMLElement} */ (document.getElementById('isi'));
const box = document.getElementById('own-new');
const over = document.getElementById('own-over');
/** Somebody has read or written here since the server was asked last: it keeps signed in who goes on, and nobody else. */
let used = false;

/** A server that has not answered by then is treated as out of reach, in ms. */
const PATIENCE = 10_000;

/** @returns {Promise<import('../candidate/renewal.js').Outcome>} */
async function ask() {
  try {
    const answer = await fetch(`/hasil-saya/versi${used ? '?dipakai' : ''}`, { credentials: 'same-origin', cache: 'no-store', signal: AbortSignal.timeout(PATIENCE) });
    // the sign-in is over, or was voided: loading the page again asks for the three parts, and so does an objection
    if (answer.status === 403) {
      if (over) over.hidden = false;
      return 'over';
    }
    if (!answer.ok) return 'fault';
    used = false;
    const { version } = await answer.json();
    // nodes may hear of it one after the other: what is as it was is no news
    if (box) box.hidden = version === page.dataset.version;
    return 'asked';
  } catch {
    return 'fault';
  }
}

if (box && page.dataset.version) {
  const renewal = new Renewal({
    now: () => performance.now(), random: Math.random, later: (f, ms) => setTimeout(f, ms), cancel: (timer) => clearTimeout(timer),
    watched: () => document.visibilityState === 'visible', ask,
  });
  renewal.start();
  for (const name of ['input', 'keydown', 'pointerdown', 'scroll']) document.addEventListener(name, () => { used = true; }, { capture: true, passive: true });
  for (const [from, name] of /** @type {[EventTarget, string][]} */ ([[document, 'visibilitychange'], [window, 'online'], [window, 'focus'], [window, 'pageshow']])) from.addEventListener(name, () => renewal.nudge());
}
