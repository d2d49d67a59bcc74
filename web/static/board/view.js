// @ts-check
// Rows into the table that the server rendered. Scores change in place; the order only when the caller says so.

/** @typedef {import('./rank.js').Row} Row */
import { coded } from './codes.js';
import { hasScore } from './rank.js';

/**
 * @param {{codes: {code: string, is: string}[], sections: string[], together: {id: string, of: string[], least: number}[], items: number, text: (key: string, values?: Record<string, string | number>) => string}} page
 */
export function table(page) {
  const body = /** @type {HTMLTableSectionElement} */ (document.getElementById('rows'));
  const model = /** @type {HTMLTemplateElement} */ (document.getElementById('row'));
  /** @type {Map<string, HTMLTableRowElement>} */
  const known = new Map();
  for (const tr of body.rows) known.set(tr.dataset.n ?? '', tr);

  /** @param {Element | null | undefined} node @param {string} text */
  const put = (node, text) => { if (node && node.textContent !== text) node.textContent = text; };

  /** @param {Row} row */
  function status(row) {
    if (row.status === 'meets') return page.text('board.meets');
    if (row.status !== 'misses') return row.status ? coded(page.text, page.codes, row.status) : '–';
    if (!hasScore(row)) return page.text('board.not_yet');
    const sum = (/** @type {string[]} */ of) => of.reduce((all, id) => all + (row.scores?.[id] ?? 0), 0);
    const below = [...page.sections.filter((id) => row.meets?.[id] === false), ...page.together.filter((g) => sum(g.of) < g.least).map((g) => g.id)].join(', ');
    return page.text(row.finished ? 'board.below' : 'board.not_yet') + (below ? `: ${below}` : '');
  }

  /** @param {Row} row */
  function done(row) {
    if (row.finished) return page.text('board.finished');
    return `${row.progress ?? 0}${page.items ? '/' + page.items : ''}`;
  }

  /** @param {HTMLTableRowElement} tr @param {Row} row */
  function fill(tr, row) {
    put(tr.querySelector('.id'), row.number);
    put(tr.querySelector('.nm'), row.name ?? '');
    put(tr.querySelector('.sub'), `${status(row)} · ${done(row)}`);
    tr.querySelectorAll('td.s').forEach((cell, i) => {
      const id = page.sections[i], shown = hasScore(row), meets = shown && row.meets?.[id] === true;
      put(cell.querySelector('span'), shown ? String(row.scores?.[id] ?? 0) : '–');
      cell.classList.toggle('lo', !meets);
      cell.querySelector('svg')?.toggleAttribute('hidden', !meets || page.together.some((g) => g.of.includes(id)));
    });
    put(tr.querySelector('.t'), hasScore(row) ? String(row.total ?? 0) : '–');
    put(tr.querySelector('.st'), status(row));
    put(tr.querySelector('.pg span'), done(row));
    const bar = /** @type {HTMLProgressElement | null} */ (tr.querySelector('.pg progress'));
    if (bar) bar.value = row.finished ? bar.max : row.progress ?? 0;
  }

  /** The rank cell and, beside it, how far the row moved since the last order. @param {HTMLTableRowElement} tr @param {number} rank */
  function place(tr, rank) {
    const cell = tr.cells[0], note = tr.cells[1], before = Number(cell.textContent) || 0;
    put(cell, rank ? String(rank) : '–');
    if (before === rank) return;   // what is written beside it stays until the next change
    if (!before || !rank) return note.replaceChildren();
    const mark = document.createElement('span'), sign = document.createElement('span'), word = document.createElement('span');
    const up = rank < before;
    mark.className = up ? 'up' : 'dn';
    sign.setAttribute('aria-hidden', 'true');
    sign.textContent = up ? '▲' : '▼';
    word.className = 'vh';
    word.textContent = page.text(up ? 'board.up' : 'board.down') + ' ';
    mark.append(sign, word, String(Math.abs(before - rank)));
    note.replaceChildren(mark);
  }

  return {
    body,
    /** @returns {string[]} */
    shown: () => [...body.rows].map((tr) => tr.dataset.n ?? ''),
    /** @param {string} number */
    row: (number) => known.get(number) ?? null,
    /** Writes a row where it stands; a row that is not on this page is left alone. @param {Row} row */
    patch(row) {
      const tr = known.get(row.number);
      if (tr) fill(tr, row);
    },
    /** Puts rows and ranks into this order. @param {{row: Row, rank: number}[]} list */
    order(list) {
      const nodes = list.map(({ row, rank }) => {
        let tr = known.get(row.number);
        if (!tr) {
          tr = /** @type {HTMLTableRowElement} */ (/** @type {Element} */ (model.content.firstElementChild).cloneNode(true));
          tr.dataset.n = row.number;
          known.set(row.number, tr);
        }
        fill(tr, row);
        place(tr, rank);
        return tr;
      });
      const keep = new Set(nodes);
      for (const [number, tr] of known) {
        if (!keep.has(tr)) { tr.remove(); known.delete(number); }
      }
      // Only rows out of place are moved: a node that is taken out and put back loses focus and selection.
      nodes.forEach((tr, i) => { if (body.rows[i] !== tr) body.insertBefore(tr, body.rows[i] ?? null); });
    },
  };
}
