// @ts-check
// State in, document out. Writes only what changed, so that nothing moves, nothing is read twice, and the hand is not disturbed.

import { $, attr, closeDialogs, icon, make, show, write } from './dom.js';
import { rich, t } from './text.js';
import { TEN, digits, left, timeOfDay } from './clock.js';
import { count, screen, sectionOf, serverTime, shownLeft, shownPhase, strip, total, workable } from './state.js';
import { drawItem, paintChoice, shown } from './item.js';
import { paintFinish, span, whyWords } from './dialogs.js';
import { drawResult } from './result.js';
import { drawJoin, drawSteps, drawWaiting } from './flow.js';

/** @typedef {import('./state.js').State} State @typedef {{choose(c: string): void, go(q: number): void, dismiss(id: number): void}} Does */

/** How the state line looks: the colour's name, the shape. @type {Record<string, [string, string]>} */
const LOOKS = {
  broken: ['bad', 'i-warn'], covered: ['off', 'i-off'], down: ['off', 'i-off'], 'zero-sending': ['off', 'i-up'], slow: ['off', 'i-warn'],
  saving: ['saving', 'i-up'], back: ['back', 'i-ok'], held: ['off', 'i-clock'], zero: ['off', 'i-clock'], stored: ['ok', 'i-ok'], idle: ['ok', 'i-ok'],
};

let view = '';
/** @type {any} */
let drawn = null;
/** @type {HTMLButtonElement[]} */
let cells = [];
/** @type {string[]} */
let painted = [];
let dock = '';

/** @param {State} s @param {number} now @param {Does} does @param {{hideClock: boolean}} choice of the candidate */
export function render(s, now, does, choice) {
  const next = screen(s);
  const gladi = s.exam?.rehearsal === true;
  if (s.exam && gladi !== rehearses()) { document.documentElement.toggleAttribute('data-gladi', gladi); if (view !== '') titled(document.title.replace(GLADI(), '')); }
  const moved = next !== view;
  if (moved) change(next);
  drawSteps(next, s);
  if (next === 'join') drawJoin(s);
  if (next === 'waiting') drawWaiting(s, now);
  if (next === 'exam') drawExam(s, now, does, choice);
  if (next === 'result' && drawn !== s) drawResult(s);
  if (['paused', 'moved', 'ended', 'elsewhere', 'timeup'].includes(next)) drawFull(next, s, now);
  drawDock(s, does);
  if (moved) titled(next === 'exam' ? itemTitle(s) : [document.querySelector(`[data-view="${next}"] h1`)?.textContent, t('exam.title'), 'Terang'].filter(Boolean).join(' - '));
  drawn = s;
}

/** The band stands for as long as the document does, in every view: this is a rehearsal. */
const rehearses = () => document.documentElement.hasAttribute('data-gladi');
const GLADI = () => `${t('exam.gladi')} - `;
/** @param {string} text */
function titled(text) { document.title = `${rehearses() ? GLADI() : ''}${text}`; }

/** @param {State} s */
const itemTitle = (s) => `${t('exam.item')} ${s.cur} - ${t('exam.title')} - Terang`;

/** @param {string} next */
function change(next) {
  const first = view === '';
  view = next;
  for (const el of document.querySelectorAll('[data-view]')) el.toggleAttribute('hidden', el.getAttribute('data-view') !== next);
  const full = document.querySelector(`.full[data-view="${next}"]`);
  const flow = next !== 'exam' && !full;
  show('fl-h', flow);
  show('isi', flow);
  attr($('skip'), 'href', next === 'exam' ? '#soal' : '#isi');
  show('fl-lang', next === 'signin');
  if (next === 'exam' || full || next === 'result') closeDialogs();
  window.scrollTo(0, 0);
  const head = next === 'exam' ? $('q-h') : document.querySelector(`[data-view="${next}"] h1`);
  // the first screen keeps the browser's own start, a later one begins at its heading
  if (next === 'signin') $('number').focus(); else if (!first) head?.focus();
}

/** @param {State} s @param {number} now @param {Does} does @param {{hideClock: boolean}} choice */
function drawExam(s, now, does, choice) {
  const n = total(s);
  if (cells.length !== n) drawGrid(s, does);
  const item = s.items?.[s.cur];
  const zero = s.clock.state === 'running' && shownLeft(s, now) <= 0;
  if (!drawn || drawn.cur !== s.cur || drawn.items !== s.items || $('stem').childNodes.length === 0) {
    drawItem(s.cur, item, s.items?.[item?.stimulus?.from]?.stimulus, s.items !== null, does.choose);
    const section = sectionOf(s, s.cur);
    write('q-n', String(s.cur));
    write('q-of', t('exam.of', { n }));
    if (section) rich($('q-s'), 'exam.item_place', { id: section.id, title: section.title ?? '', i: s.cur - section.from + 1, n: section.to - section.from + 1 });
    titled(itemTitle(s));
    attr($('prev'), 'aria-disabled', s.cur <= 1 ? 'true' : null);
    attr($('next'), 'aria-disabled', s.cur >= n ? 'true' : null);
  }
  paintChoice(s.answers[s.cur], !workable(s) || zero);
  show('q-b', !s.covered);
  show('cover', s.covered);
  const marked = Boolean(s.marks[s.cur]);
  attr($('mark'), 'aria-pressed', String(marked));
  write('mark-t', t(marked ? 'exam.is_marked' : 'exam.mark'));
  paintGrid(s);
  const answered = count(s.answers, 1, n);
  write('k-a', String(answered));
  write('k-u', String(n - answered));
  write('k-m', String(count(s.marks, 1, n)));
  write('k-q', String(count(s.waits, 1, n)));
  write('x-name', s.candidate?.name ?? '');
  write('x-id', [t('exam.no_short', { number: s.candidate?.number ?? '' }), s.candidate?.seat ? t('exam.seat', { seat: s.candidate.seat }) : ''].filter(Boolean).join(' · '));
  drawClock(s, now, choice);
  drawStrip(s, now, answered, n);
  paintFinish(s);
}

/** @param {State} s @param {number} now @param {{hideClock: boolean}} choice */
function drawClock(s, now, choice) {
  const ms = shownLeft(s, now);
  const phase = shownPhase(s, now);
  const hidden = choice.hideClock && ms > TEN && phase === 'run';
  attr($('clock'), 'data-phase', phase === 'held' ? 'zero' : phase);
  write('clock-l', t(hidden ? 'exam.clock_hidden' : `exam.clock_${phase}`));
  write('clock-t', hidden ? '––:––' : digits(ms));
  $('hide-clock').disabled = ms <= TEN;
}

/** @param {State} s @param {number} now @param {number} answered @param {number} n */
function drawStrip(s, now, answered, n) {
  const kind = strip(s, now);
  const [net, symbol] = LOOKS[kind];
  const zone = s.exam?.zone;
  const el = $('strip');
  attr(el, 'data-net', net);
  attr(el, 'data-state', kind);
  attr($('strip-i'), 'href', `#${symbol}`);
  const waiting = Object.keys(s.waits)[0] ?? '';
  const at = kind === 'back' ? timeOfDay(s.back?.at ?? 0, zone) : timeOfDay(s.stored?.at ?? '', zone);
  const key = kind === 'stored' ? `exam.strip_stored_${s.stored?.kind}` : kind === 'back' && s.back?.count === 0 ? 'exam.strip_back_none'
    : kind === 'held' && s.stored?.kind === 'held' ? 'exam.strip_held_one' : `exam.strip_${kind}`;
  const values = { at, q: kind === 'saving' ? waiting : s.stored?.q ?? '', n: kind === 'back' ? s.back?.count ?? 0 : s.pending };
  const words = JSON.stringify([key, values]);
  if (el.dataset.words !== words) { el.dataset.words = words; rich($('strip-t'), key, values); }
  write('strip-x', kind === 'broken' ? `${t('exam.code_label')} E-SIMPAN-01`
    : s.link === 'down' ? t('exam.strip_since', { n: s.pending, at: s.downAt === null ? '–' : timeOfDay(s.downAt, zone) })
    : t('exam.strip_count', { n: answered, of: n }));
}

/** The number grid: one tab stop, arrows move inside. @param {State} s @param {Does} does */
function drawGrid(s, does) {
  cells = [];
  painted = [];
  const rail = $('rail');
  rail.replaceChildren();
  for (const section of s.sections) {
    const id = `g-${section.from}`;
    rail.append(make('h2', { id }, [section.id, make('span', { id: `c-${section.from}` })]));
    const grid = make('div', { class: 'grid', role: 'group', 'aria-labelledby': id });
    for (let q = section.from; q <= section.to; q++) {
      const cell = make('button', { type: 'button', class: 'cell', 'data-q': String(q) }, [String(q)]);
      cells.push(cell);
      grid.append(cell);
    }
    rail.append(grid);
  }
  /** @param {any} e */
  rail.onclick = (e) => {
    const q = e.target.dataset.q;
    if (q) does.go(Number(q));
  };
  /** @param {any} e */
  rail.onkeydown = (e) => {
    const q = Number(e.target.dataset.q ?? 0);
    const columns = getComputedStyle(e.target.parentElement).gridTemplateColumns.split(' ').length;
    /** @type {Record<string, number>} */
    const to = { ArrowRight: q + 1, ArrowLeft: q - 1, ArrowDown: q + columns, ArrowUp: q - columns, Home: 1, End: cells.length };
    if (!q || to[e.key] === undefined) return;
    e.preventDefault();
    cells[Math.min(cells.length, Math.max(1, to[e.key])) - 1].focus();
  };
}

/** @param {State} s */
function paintGrid(s) {
  cells.forEach((cell, i) => {
    const q = i + 1;
    const words = [s.answers[q] ? `a${s.answers[q]}` : '', s.marks[q] ? 'm' : '', s.waits[q] ? 'q' : '', q === s.cur ? 'c' : ''].join(' ');
    if (painted[i] === words) return;
    painted[i] = words;
    cell.className = `cell${s.answers[q] ? ' a' : ''}${s.marks[q] ? ' m' : ''}${s.waits[q] ? ' q' : ''}`;
    attr(cell, 'aria-label', cellName(s, q));
    cell.tabIndex = q === s.cur ? 0 : -1;
    attr(cell, 'aria-current', q === s.cur ? 'true' : null);
  });
  for (const x of s.sections) write(`c-${x.from}`, t('exam.n_of', { n: count(s.answers, x.from, x.to), of: x.to - x.from + 1 }));
}

/** @param {State} s @param {number} q */
export function cellName(s, q) {
  return [
    `${t('exam.item')} ${q}`, s.answers[q] ? t('exam.cell_answered', { c: shown(s.answers[q]) }) : t('exam.cell_open'),
    s.marks[q] ? t('exam.cell_marked') : '', s.waits[q] ? t('exam.cell_waits') : '',
  ].filter(Boolean).join(', ');
}

/** @param {number} q */
export function focusCell(q) { cells[q - 1]?.focus(); }

/** @param {string} which @param {State} s @param {number} now */
function drawFull(which, s, now) {
  if (which === 'paused') {
    rich($('pz-t'), s.pending > 0 ? 'exam.paused_waits' : 'exam.paused_at', { left: digits(left(s.clock, now)), n: s.pending });
    const until = s.clock.resumes, at = serverTime(s, now);
    write('pz-h', t(until ? 'exam.break' : 'exam.paused'));
    show('pz-until', until !== '');
    if (until) rich($('pz-until'), 'exam.break_until', { at: timeOfDay(until, s.exam?.zone), left: digits(at === null ? 0 : Date.parse(until) - at) });
    write('pz-do', t(until ? 'exam.break_do' : 'exam.paused_do'));
    show('pz-why', s.reason !== '');
    write('pz-why', t('exam.reason', { why: whyWords(s.reason) }));
    show('pz-net', s.link === 'down');
    write('pz-net', t('exam.paused_down'));
  } else if (which === 'moved') {
    write('mv-seat', s.seat);
    rich($('mv-t'), 'exam.moved_to', { seat: s.seat, n: count(s.answers, 1, total(s)) - s.lost, left: digits(left(s.clock, now)) });
    show('mv-lost', s.lost > 0);
    rich($('mv-lost'), 'exam.moved_lost', { n: s.lost });
  } else if (which === 'ended') {
    const why = s.reason !== '' && s.reason !== 'supervisor';
    show('en-why', why);
    if (why) rich($('en-why'), 'exam.ended_why', { why: whyWords(s.reason) });
    show('en-go', Boolean(s.result));
    write('en-go', t(s.result?.status === 'DIS' ? 'exam.see_receipt' : 'exam.see_result'));
  } else if (which === 'elsewhere') {
    show('el-lost', s.lost > 0);
    rich($('el-lost'), 'exam.elsewhere_lost', { n: s.lost });
  } else {
    const zero = left(s.clock, now) <= 0;
    write('tu-h', t(zero ? 'exam.clock_zero' : 'exam.r_done'));
    show('tu-send', s.pending > 0);
    rich($('tu-send-t'), 'exam.closing_sending', { n: s.pending });
    const late = s.pending === 0 && !s.result && s.exam?.show_scores !== false;
    closingSince ??= now;
    show('tu-none', late && now - closingSince > 8_000);
    return;
  }
  closingSince = null;
}
/** @type {number|null} */
let closingSince = null;

/** Notices lie over the rail, never over the options, and stay until they are dismissed. @param {State} s @param {Does} does */
function drawDock(s, does) {
  const ids = s.notes.map((n) => n.id).join(' ');
  if (ids === dock) return;
  dock = ids;
  const zone = s.exam?.zone;
  $('dock').replaceChildren(...s.notes.map((n) => {
    const at = n.at === null ? '' : timeOfDay(n.at, zone, false);
    /** @type {[string, string, string, string]} */
    let [kind, symbol, head, text] = ['info', 'i-msg', t('exam.message', { from: sender(n.from), at }), n.text ?? ''];
    if (n.kind === 'credit' && n.part) {
      const more = n.part.ms > 0;
      [kind, symbol] = [more ? 'ok' : 'warn', 'i-clock'];
      head = t(more ? 'exam.credit' : 'exam.credit_less', { span: span(n.part.ms) });
      text = [t('exam.credit_why', { why: whyWords(n.part.why) || t('exam.credit_fault') }), n.ends ? t('exam.credit_ends', { at: timeOfDay(n.ends, zone) }) : ''].filter(Boolean).join(' ');
    } else if (n.kind === 'refused') {
      [kind, symbol] = ['bad', 'i-warn'];
      head = n.q ? t('exam.refused', { q: n.q }) : t('exam.refused_finish');
      text = `${n.text ?? ''} ${t('exam.code_label')} ${n.code ?? ''}`;
    }
    const button = make('button', { class: 'btn btn-s', type: 'button' }, [t('exam.have_read')]);
    button.addEventListener('click', () => { does.dismiss(n.id); (screen(s) === 'exam' ? $('soal') : $('isi')).focus(); });
    return make('div', { class: `notice notice-${kind}` }, [icon(symbol), make('div', { class: 'grow' }, [make('p', { class: 'strong' }, [head]), make('p', { class: 'break' }, [text]), make('p', {}, [button])])]);
  }));
}

/** Two senders are ours and have a name in each language. @param {string|undefined} from */
const sender = (from) => (from === 'sistem' ? t('exam.system') : !from || from === 'pengawas' ? t('exam.supervisor') : from);

/** @param {State} s @param {number} now what `T` reads */
export function timeWords(s, now) {
  const at = serverTime(s, now);
  const minutes = Math.ceil(shownLeft(s, now) / 60_000);
  return t('exam.say_time', { n: minutes, at: at === null ? '' : timeOfDay(at, s.exam?.zone, false) });
}
