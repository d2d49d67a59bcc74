// @ts-check
// The column at the right: the chosen seat with its deadline explained, open proposals, alerts, the log.

import { alertsOf, isAdvice, keyOf, meant, pending, shown, TIMED, urgency } from './fold.js';
import { age, left, span, sum } from './clock.js';
import { el, keeper, put } from './dom.js';
/** @typedef {import('./fold.js').Seat} Seat */
/** @typedef {import('./fold.js').Room} Room */
/** @typedef {(key: string, values?: Record<string, string | number>) => string} Text */

/** So many alerts are listed at once: who has more is helped by the filter. */
const MOST = 20;

/** @param {Seat} seat */
const name = (seat) => seat.seat || seat.number;

/** Its kind and, where it has one, its reason. @param {import('./fold.js').Part} p @param {Text} text */
function partName(p, text) {
  const what = text(`station.part.${p.what}`), key = `station.reason.${p.why}`;
  if (!p.why) return what;
  return `${what}: ${text(key) === key ? p.why : text(key)}`;
}

/**
 * Why the deadline is what it is, part by part. @param {Seat} seat @param {Text} text
 * @param {(iso: string | undefined) => string} time
 */
function why(seat, text, time) {
  const parts = seat.parts ?? [];
  const shown = seat.shown === false && seat.state !== 'finished' ? el('p', { class: 'warnc' }, text('station.not_shown')) : null;
  if (!parts.length) return seat.ends ? el('p', { class: 'soft' }, text('station.ends', { time: time(seat.ends) })) : '';
  return el('table', { class: 'table why' }, el('caption', { class: 'strong' }, text('station.why')),
    el('tbody', {}, ...parts.map((p) => el('tr', {}, el('th', { scope: 'row' }, partName(p, text),
      p.from && p.what !== 'base' ? el('span', { class: 'muted tiny when' }, `${time(p.from)}–${p.to ? time(p.to) : '…'}`) : null,
      p.beyond ? el('span', { class: 'warnc when' }, text('station.part_beyond')) : null), el('td', { class: 'num' }, `${p.ms < 0 ? '−' : p.what === 'base' ? '' : '+'}${span(Math.abs(p.ms))}`)))),
    el('tfoot', {}, el('tr', {}, el('th', { scope: 'row' }, text('station.ends', { time: time(seat.ends) }), shown), el('td', { class: 'num' }, span(sum(parts))))));
}

/**
 * @param {{seat: HTMLElement, proposals: HTMLElement, alerts: HTMLElement, log: HTMLElement}} boxes
 * @param {{text: Text, time: (iso: string | undefined) => string, self: string, pick: (key: string) => void, decide: (p: import('./fold.js').Proposal, decision: 'approve' | 'refuse') => void}} page
 */
export function feed(boxes, page) {
  const { text, time } = page;
  /** @type {Set<string>} */
  const handled = new Set();
  const ul = el('ul', { class: 'feed' }), nothing = el('li', { class: 'empty' }, text('station.no_alerts')), alerted = keeper();
  boxes.alerts.replaceChildren(ul);
  const asked = el('ul', { class: 'feed' }), title = el('h2'), proposed = keeper();
  boxes.proposals.replaceChildren(el('div', { class: 'col-h' }, title), asked);
  /** @type {Room | null} */
  let last = null;
  let noteSignature = '';
  /** @type {Map<string, {node: HTMLElement, since: string}>} */
  const running = new Map();
  /** @type {{node: HTMLElement, seat: Seat} | null} */
  let clock = null;

  /** @param {Room} room @param {Seat} seat */
  function open(room, seat) {
    const total = room.items ? `/${room.items}` : '';
    const rest = el('dd');
    clock = { node: rest, seat };
    boxes.seat.replaceChildren(el('div', { class: 'col-h' }, el('h2', {}, text('station.seat_title', { seat: name(seat) }))),
      el('div', { class: 'seat-d stack-3' }, el('dl', { class: 'facts' },
        ...(seat.number ? [el('dt', {}, text('station.col.name')), el('dd', {}, seat.name || '–'), el('dt', {}, text('station.col.number')), el('dd', {}, seat.number)] : []),
        el('dt', {}, text('station.col.state_h')), el('dd', {}, text(`station.state.${shown(seat)}`)),
        ...(seat.ends || seat.progress ? [el('dt', {}, text('station.col.progress')), el('dd', {}, `${seat.progress ?? 0}${total}`), el('dt', {}, text('station.col.contact')), el('dd', {}, time(seat.offline_since || seat.last) + (seat.last_from ? ' ' + text('station.or_newer') : ''))] : []),
        ...(seat.ends && TIMED.includes(shown(seat)) ? [el('dt', {}, text('station.col.left')), rest] : []),
        ...(seat.break_ends ? [el('dt', {}, text('station.break_ends')), el('dd', {}, time(seat.break_ends))] : []),
        ...(seat.moved_to ? [el('dt', {}, text('station.moved_to')), el('dd', {}, seat.moved_to)] : []),
        ...(seat.carried ? [el('dt', {}, text('station.col.note')), el('dd', {}, text('station.carried'))] : []),
        ...(pending(seat) ? [el('dt', {}, text('station.alert.credit_pending')), el('dd', {}, span(pending(seat)))] : [])),
        why(seat, text, time)));
  }

  /** @param {Room} room @param {{seat: Seat, code: string, id: string}} alert */
  function item(room, { seat, code, id }) {
    const advice = isAdvice(code), since = el('span');
    if (code === 'offline' && seat.offline_since) running.set(id, { node: since, since: seat.offline_since });
    if (code === 'credit_pending') since.textContent = span(pending(seat)) + '. ';
    return el('li', { class: advice ? 'a' : code === 'offline' || code === 'two_devices' ? 'b' : 'w' },
      el('div', { class: 'top' }, el('span', {}, `${text('station.seat')} ${name(seat)}: ${text(`station.alert.${code}`)}`), code === 'offline' ? el('time', {}, time(seat.offline_since ?? '')) : null),
      el('p', {}, advice ? el('span', { class: 'tag' }, text('station.advice')) : null, advice ? ' ' : null, since, text(`station.alert_is.${code}`)),
      el('div', { class: 'row' }, el('button', { type: 'button', class: 'btn btn-s', onclick: () => page.pick(keyOf(seat)) }, text('station.pick_it'), el('span', { class: 'vh' }, ` ${text('station.seat')} ${name(seat)}`)),
        advice || code === 'two_devices' ? el('button', { type: 'button', class: 'btn btn-s', onclick: () => { handled.add(id); alerts(last ?? room); } }, text('station.seen'), el('span', { class: 'vh' }, `: ${text(`station.alert.${code}`)}, ${text('station.seat')} ${name(seat)}`)) : null));
  }

  /** @param {Room} room */
  function alerts(room) {
    last = room;
    const all = [...room.seats.values()].flatMap((seat) => alertsOf(seat).map((code) => ({ seat, code, id: `${keyOf(seat)} ${code}` })));
    const ids = new Set(all.map((a) => a.id));
    for (const id of handled) if (!ids.has(id)) handled.delete(id);
    for (const id of running.keys()) if (!ids.has(id)) running.delete(id);
    const list = all.filter((a) => !handled.has(a.id)).sort((a, b) => urgency(a.code) - urgency(b.code));
    const top = list.slice(0, MOST), rest = list.length - top.length;
    const also = rest ? [el('li', { class: 'empty' }, text('station.alerts_rest', { n: rest }))] : top.length ? [] : [nothing];
    alerted(ul, top.map((a) => ({ key: a.id, shows: `${pending(a.seat)} ${a.seat.offline_since ?? ''}`, make: () => item(room, a) })), also);
    return list.length;
  }

  /** What the doors note by themselves has a code and no words. @param {import('./fold.js').Note} n */
  function noted(n) {
    const key = `station.alert.${n.kind}`, words = text(key);
    return n.text === n.kind && words !== key ? words : n.text;
  }

  /** @param {Room} room */
  function log(room) {
    const signature = `${room.notes.length} ${room.notes[0]?.at ?? ''} ${room.notes[0]?.text ?? ''}`;
    if (signature === noteSignature) return;
    noteSignature = signature;
    boxes.log.replaceChildren(room.notes.length ? el('ul', { class: 'feed' }, ...room.notes.map((n) => el('li', {},
      el('div', { class: 'top' }, el('span', {}, n.seat ? `${text('station.seat')} ${n.seat}` : n.number || text('station.sitting')), el('time', { datetime: n.at }, time(n.at))), el('p', {}, noted(n))))) : el('p', { class: 'empty' }, text('station.no_notes')));
  }

  /** @param {import('./fold.js').Proposal} p @param {string} who */
  function proposal(p, who) {
    const mine = !!p.by && p.by === page.self;
    const label = `${text(`station.act.${p.action}`)}: ${who}`;
    return el('li', { class: 'w' }, el('div', { class: 'top' }, el('span', {}, label), el('time', {}, p.at ? time(p.at) : '')),
      el('p', {}, p.reason ?? '', p.by ? el('span', { class: 'muted' }, ` ${text('station.by', { by: p.by })}`) : null, p.expires ? el('span', { class: 'muted' }, ` ${text('station.until', { time: time(p.expires) })}`) : null),
      mine ? el('p', { class: 'strong' }, text('station.waits_second')) : el('div', { class: 'row' },
        el('button', { type: 'button', class: 'btn btn-s btn-primary', onclick: () => page.decide(p, 'approve') }, text('station.approve'), el('span', { class: 'vh' }, ` ${label}`)),
        el('button', { type: 'button', class: 'btn btn-s', onclick: () => page.decide(p, 'refuse') }, text('station.refuse'), el('span', { class: 'vh' }, ` ${label}`))));
  }

  /** @param {Room} room @param {boolean} locked */
  function proposals(room, locked) {
    boxes.proposals.hidden = room.proposals.length === 0;
    put(title, text('station.proposals', { n: room.proposals.length }));
    proposed(asked, room.proposals.map((p) => {
      const who = meant(room.seats.values(), p).join(', ') || text('station.whole');
      return { key: p.id, shows: JSON.stringify([p, who]), make: () => proposal(p, who) };
    }));
    for (const button of asked.querySelectorAll('button')) button.disabled = locked;
  }

  return {
    /** @param {Room} room @param {Seat | null} chosen @param {boolean} locked */
    show(room, chosen, locked) {
      boxes.seat.hidden = !chosen;
      clock = null;
      if (chosen) open(room, chosen);
      else boxes.seat.replaceChildren();
      proposals(room, locked);
      log(room);
    },
    /** @param {Room} room @returns {number} alerts that ask for somebody */
    alerts,
    /** @param {number} now */
    tick(now) {
      for (const r of running.values()) put(r.node, text('station.offline_for', { span: span(age(r.since, now) ?? 0) }) + ' ');
      if (clock) {
        const rest = left(clock.seat.ends, now);
        put(clock.node, rest === null ? '–' : span(rest));
      }
    },
  };
}
