// @ts-check
// The last screen: the verdict in words, then the figures, then the receipt. It never says that this is the decision.

import { $, make, makeSVG, show, tag, write } from './dom.js';
import { partWords, span } from './dialogs.js';
import { timeOfDay } from './clock.js';
import { has, rich, t } from './text.js';
import { count, total } from './state.js';

/** @param {number} score @param {number} max @param {number} threshold @param {boolean} meets */
function bar(score, max, threshold, meets) {
  /** @param {number} n */
  const x = (n) => ((100 * n) / Math.max(1, max)).toFixed(1);
  return makeSVG('svg', { class: 'bar-s', viewBox: '0 0 100 12', preserveAspectRatio: 'none', 'aria-hidden': 'true' }, [
    makeSVG('rect', { class: 'bar-bg', width: '100', height: '12' }),
    makeSVG('rect', { class: meets ? 'bar-v' : 'bar-v lo', y: '2', width: x(score), height: '8' }),
    ...(threshold > 0 ? [makeSVG('path', { class: 'bar-t', 'vector-effect': 'non-scaling-stroke', d: `M${x(threshold)} 0v12` })] : []),
  ]);
}

/** @param {any} section of the result, or a threshold of several @param {string} title */
function row(section, title) {
  const meets = section.meets !== false;
  const threshold = section.threshold ?? 0;
  return make('tr', {}, [
    make('th', { scope: 'row' }, [nameOf(section), make('span', { class: 'small muted block' }, [title])]),
    make('td', { class: 'n v nowrap' }, [String(section.score), ' ', make('small', {}, [t('exam.of', { n: section.max })])]),
    make('td', { class: 'n' }, [threshold > 0 ? String(threshold) : '–']),
    make('td', { class: 'barc' }, [bar(section.score, section.max, threshold, meets)]),
    make('td', {}, [threshold > 0 ? (meets ? tag('ok', 'i-ok', t('exam.meets')) : tag('bad', 'i-no', t('exam.below'))) : '–']),
  ]);
}

/** @param {any} section of the result, or a threshold of several */
const nameOf = (section) => (section.id === 'TOTAL' ? t('exam.r_total') : section.id);

/** The code of the released list with what it stands for, '' while no list names this result. @param {any} r */
function announced(r) {
  return r?.decision === undefined ? '' : t('exam.r_status', { code: r.status, means: has(`exam.status_${r.decision}`) ? t(`exam.status_${r.decision}`) : '' });
}

/** @param {import('./state.js').State} s */
export function drawResult(s) {
  const r = s.result;
  // an exam that shows no scores still gives a receipt
  /** @type {any[]} */
  const sections = r?.sections ?? [];
  const scores = sections.length > 0;
  show('r-main', scores);
  show('r-rec', Boolean(r?.receipt));
  write('r-receipt', r?.receipt ?? '');
  write('r-code', r?.results_code ?? '');
  show('r-new', s.news !== null);
  if (s.news) rich($('r-new-t'), 'exam.news', { at: s.news.at === null ? '–' : timeOfDay(s.news.at, s.exam?.zone), what: s.news.what.map((w) => t(`exam.news_${w}`)).join(' ') });
  show('r-held', Boolean(r?.held));
  if (r?.held) write('r-held-t', [r.held.waits > 0 ? t('exam.held_waits', { n: r.held.waits }) : '', r.held.dropped > 0 ? t('exam.held_dropped', { n: r.held.dropped }) : ''].filter(Boolean).join(' '));
  show('r-lost', s.lost + s.late > 0);
  if (s.lost > 0) rich($('r-lost-t'), 'exam.lost', { n: s.lost });
  else if (s.late > 0) rich($('r-lost-t'), 'exam.late', { n: s.late });
  const n = total(s);
  // what stands, as the server has it: a choice that was held or came too late may not
  rich($('r-count'), 'exam.r_count', { n: r?.answered ?? count(s.answers, 1, n), of: n });
  const given = s.clock.parts.filter((p) => p.what !== 'base');
  $('r-parts').replaceChildren(...given.map((p) => make('li', {}, partWords(p, s.exam?.zone, `: ${span(p.ms)}`))));
  const again = scores && r.rescored > 0;
  show('r-again', again);
  if (again) rich($('r-again-t'), 'exam.rescored', { version: r.rescored, why: has(`exam.why_${r.rescored_why}`) ? t(`exam.why_${r.rescored_why}`) : '–' });
  const code = announced(r);
  show('r-status', code !== '');
  write('r-status-t', code);
  if (!scores) {
    write('r-h', t('exam.r_done'));
    const out = r?.status === 'DIS' || r?.decision === 'disqualified';
    show('r-lead', true);
    write('r-lead', t(r?.status === 'held' ? 'exam.r_held' : out ? 'exam.r_dis' : code ? 'exam.r_hidden_out' : 'exam.r_hidden'));
    return;
  }
  /** @type {any[]} */
  const together = r.together ?? [];
  const failed = [...sections, ...together].filter((x) => x.meets === false);
  const named = failed.map((x) => t('exam.r_failed_one', { id: nameOf(x), score: x.score, threshold: x.threshold })).join('; ');
  write('r-h', failed.length === 0 ? t('exam.r_meets') : t('exam.r_misses', { n: failed.length }));
  const second = r.second_group > 0 ? `${t((r.total ?? 0) >= r.second_group ? 'exam.r_second' : 'exam.r_second_not', { n: r.second_group })} ` : '';
  write('r-lead', `${named ? `${named}. ` : ''}${code ? '' : second}${code ? '' : t('exam.r_not_final')}`);
  show('r-lead', named !== '' || !code);
  write('r-total', String(r.total ?? ''));
  write('r-max', t('exam.of', { n: sections.reduce((all, x) => all + x.max, 0) }));
  $('r-rows').replaceChildren(...sections.map((x) => row(x, s.sections.find((y) => y.id === x.id)?.title ?? '')),
    ...together.map((x) => row(x, t('exam.r_together'))));
}
