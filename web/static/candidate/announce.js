// @ts-check
// What is read aloud. Polite messages at most one a second, the newest wins; alerts once at each change.
// Never: the ticking clock, progress, counts.

import { $ } from './dom.js';
import { rich, t } from './text.js';
import { screen, shownPhase } from './state.js';
import { shown } from './item.js';

let last = 0;
/** @type {any} */
let timer;

/** @param {string} text */
export function say(text) {
  clearTimeout(timer);
  const wait = Math.max(0, 1_000 - (performance.now() - last));
  timer = setTimeout(() => {
    last = performance.now();
    // emptied first: the same words twice are two messages
    $('live').textContent = '';
    setTimeout(() => { $('live').textContent = text; }, 20);
  }, wait);
}

/** @param {string} key @param {Record<string, string | number>} [values] */
export function alarm(key, values) {
  $('alert').textContent = '';
  setTimeout(() => rich($('alert'), key, values), 20);
}

/** @param {string} was @param {string} is the phase of the clock */
function phaseAlarm(was, is) {
  if (was === is) return;
  if (is === 'ten') alarm('exam.alert_ten');
  else if (is === 'one') alarm('exam.alert_one');
  else if (is === 'zero') alarm('exam.alert_zero');
  else if (is === 'held') alarm('exam.strip_held');
}

/** @type {Record<string, string>} */
const SCREENS = { paused: 'exam.paused', moved: 'exam.moved', ended: 'exam.ended', elsewhere: 'exam.elsewhere' };

/**
 * @param {import('./state.js').State} was @param {import('./state.js').State} is
 * @param {{phase: string, stored: any}} memory what the last call saw of the clock, and what was said to be stored
 * @param {number} now
 */
export function announce(was, is, memory, now) {
  const view = screen(is);
  if (view === 'exam') {
    const phase = shownPhase(is, now);
    if (memory.phase) phaseAlarm(memory.phase, phase);
    memory.phase = phase;
  } else {
    memory.phase = '';
  }
  if (was === is) return;
  if (screen(was) !== view && SCREENS[view]) alarm(SCREENS[view]);
  if (view === 'exam' && was.link !== 'down' && is.link === 'down') alarm('exam.strip_down');
  if (!was.covered && is.covered) alarm('exam.strip_covered');
  if (!was.back?.at && is.back?.at) alarm('exam.alert_back');
  if (!was.broken && is.broken) alarm('exam.strip_broken');
  if (is.news && is.news !== was.news) say(t('exam.news_say'));
  const note = is.notes[is.notes.length - 1];
  if (note && note.id > was.noteId) {
    if (note.kind === 'message') alarm('exam.alert_message', { text: note.text ?? '' });
    else say(t('exam.alert_notice'));
  }
  // the last of what waited: the outbox is empty a moment after the server has said that it is stored
  if (is.stored && is.stored !== memory.stored && is.pending === 0) {
    const { kind, q } = memory.stored = is.stored;
    if (kind === 'answer' || kind === 'clear') say(t(`exam.say_${kind}`, { c: shown(is.answers[q] ?? ''), q }));
  }
  if (is.stored && is.stored !== was.stored && is.stored.kind === 'held') say(t('exam.strip_held_one', { q: is.stored.q }));
}
