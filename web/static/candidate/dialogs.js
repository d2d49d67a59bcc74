// @ts-check
// The dialogs over the exam: why the time is what it is, and the two steps to the finish.

import { $, attr, make, show, write } from './dom.js';
import { has, rich, t } from './text.js';
import { count, shownLeft, total } from './state.js';
import { digits, timeOfDay } from './clock.js';

/** @typedef {import('./state.js').State} State */

/** @param {number} ms @returns {string} "3 menit 20 detik" */
export function span(ms) {
  const s = Math.round(Math.abs(ms) / 1000);
  const minutes = Math.floor(s / 60);
  const seconds = s % 60;
  if (minutes === 0) return t('exam.seconds', { n: seconds });
  return seconds === 0 ? t('exam.minutes', { n: minutes }) : `${t('exam.minutes', { n: minutes })} ${t('exam.seconds', { n: seconds })}`;
}

/** @param {string} what of a part @returns {string} a later version's kind is named by its own word */
const partName = (what) => (has(`exam.part_${what}`) ? t(`exam.part_${what}`) : what);

/** A reason is a code of ours or the words of a person. @param {string|undefined} why */
export const whyWords = (why) => (why && has(`exam.why_${why}`) ? t(`exam.why_${why}`) : why ?? '');

/** @param {import('./clock.js').Part} part @param {string|undefined} zone @param {string} [tail] after the name @returns {Node[]} */
export function partWords(part, zone, tail = '') {
  const from = part.from ? timeOfDay(part.from, zone) : '';
  const when = from === '' ? '' : part.to ? `${from}–${timeOfDay(part.to, zone)}` : part.what === 'base' ? t('exam.since', { at: from }) : `${from} ${t('exam.till_now')}`;
  const more = [when, whyWords(part.why)].filter(Boolean).join(' · ');
  return [document.createTextNode(partName(part.what === 'given' && part.ms < 0 ? 'taken' : part.what) + tail), ...(more ? [make('span', { class: 'small soft block' }, [more])] : [])];
}

/** @param {State} s @param {number} now */
export function drawTime(s, now) {
  const zone = s.exam?.zone;
  $('time-b').replaceChildren(...s.clock.parts.map((p) => make('tr', {}, [make('th', { scope: 'row' }, partWords(p, zone)), make('td', {}, [p.ms < 0 ? `−${digits(-p.ms)}` : digits(p.ms)])])));
  const sum = s.clock.parts.reduce((all, p) => all + p.ms, 0);
  $('time-f').replaceChildren(
    make('tr', {}, [make('th', { scope: 'row' }, [t('exam.time_sum')]), make('td', {}, [digits(sum)])]),
    make('tr', {}, [make('th', { scope: 'row' }, [t('exam.time_left')]), make('td', {}, [digits(shownLeft(s, now))])]),
  );
  show('time-ends', Boolean(s.clock.ends));
  rich($('time-ends'), s.session === 'paused' || s.covered ? 'exam.time_stands' : 'exam.time_ends', { at: timeOfDay(s.clock.ends, zone) });
}

/** @param {State} s @returns {number} the first item without an answer, 0 when there is none */
export function firstOpen(s) {
  for (let q = 1; q <= total(s); q++) if (!s.answers[q]) return q;
  return 0;
}

/** @param {State} s */
export function drawFinish(s) {
  /** @param {string} name @param {number} from @param {number} to */
  const row = (name, from, to) => {
    const answered = count(s.answers, from, to);
    const open = to - from + 1 - answered;
    return make('tr', {}, [make('th', { scope: 'row' }, [name]), make('td', {}, [String(answered)]), make('td', open ? { class: 'warnc' } : {}, [String(open)]), make('td', {}, [String(count(s.marks, from, to))])]);
  };
  $('fin-b').replaceChildren(...s.sections.map((x) => row(x.id, x.from, x.to)));
  $('fin-f').replaceChildren(row(t('exam.sum'), 1, total(s)));
  const first = firstOpen(s);
  show('fin-open', first > 0);
  write('first-open', t('exam.first_open', { q: first }));
}

/** @param {State} s @param {number} now */
export function drawFinish2(s, now) {
  const open = total(s) - count(s.answers, 1, total(s));
  rich($('fin2-t'), open > 0 ? 'exam.fin2_open' : 'exam.fin2_all', { left: digits(shownLeft(s, now)), n: open });
}

/** What changes while a finish dialog stands open. @param {State} s */
export function paintFinish(s) {
  const down = s.link === 'down';
  show('fin1-wait', s.pending > 0);
  if (s.pending > 0) rich($('fin1-wait-t'), down ? 'exam.fin_wait_down' : 'exam.fin_wait', { n: s.pending });
  show('fin2-wait', s.finish !== null);
  if (s.finish) rich($('fin2-wait-t'), s.pending > 0 ? 'exam.fin2_sending' : down ? 'exam.fin2_down' : 'exam.fin2_going', { n: s.pending });
  attr($('fin-go'), 'aria-disabled', s.finish ? 'true' : null);
}
