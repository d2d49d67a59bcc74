// @ts-check
// How an item behaved in an exam, as far as it was analysed.

import { el, icon } from '../station/dom.js';
import { moment } from '../board/when.js';
import { t } from '../candidate/text.js';

/** @param {any} s one exam */
export function drawStatistics(s) {
  const head = `stat-${s.exam}`;
  const best = Math.max(...s.options.map((/** @type {any} */ o) => o.points));
  const row = (/** @type {any} */ o) => el('tr', {},
    el('th', { scope: 'row' }, o.option ? o.option.toUpperCase() : t('bank.stat_none'), o.option && o.points === best ? ` ${t('bank.stat_key')}` : ''),
    el('td', { class: 'num' }, o.share || '–'), el('td', { class: 'num' }, o.rest || '–'));
  return el('section', { class: 'panel', 'aria-labelledby': head },
    el('div', { class: 'panel-h' }, el('h2', { id: head }, t('bank.stats')), el('span', { class: 'small muted' }, t('bank.stat_of', { exam: s.exam, n: s.n }))),
    el('div', { class: 'panel-b' },
      el('table', { class: 'table' },
        el('thead', {}, el('tr', {}, el('th', { scope: 'col' }, t('bank.stat_option')), el('th', { scope: 'col', class: 'num' }, t('bank.stat_share')), el('th', { scope: 'col', class: 'num' }, t('bank.stat_rest')))),
        el('tbody', {}, ...s.options.map(row))),
      el('p', { class: 'small muted' }, t('bank.stat_figures', { p: s.facility || '–', d: s.r_rest || '–', at: moment(s.at) })),
      s.flags.length ? el('ul', { class: 'chk' }, ...s.flags.map((/** @type {string} */ words) => el('li', { class: 'warn' }, icon('warn'), el('span', {}, words)))) : null));
}
