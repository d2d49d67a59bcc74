// @ts-check
// One dialog for every act: who is meant, what is asked, the reason, the second person, the second look.

import { ACTS, missing, reason, request, reversible } from './actions.js';
import { explain, post, uuid } from './api.js';
import { span } from './clock.js';
import { el, icon } from './dom.js';
import { beyond, called, pending, shown } from './fold.js';
import { zoneName } from '../board/when.js';
/** @typedef {import('./fold.js').Seat} Seat */
/** @typedef {(key: string, values?: Record<string, string | number>) => string} Text */

/** @param {string} id @param {string} label @param {HTMLElement} control @param {string} [hint] */
function field(id, label, control, hint) {
  control.id = id;
  if (hint) control.setAttribute('aria-describedby', `${id}-h`);
  return el('div', { class: 'field' }, el('label', { for: id }, label), hint ? el('p', { class: 'hint', id: `${id}-h` }, hint) : null, control);
}

/** @param {[string, string][]} pairs @param {string} [empty] */
const select = (pairs, empty) => el('select', { class: 'select' }, empty ? el('option', { value: '' }, empty) : null, ...pairs.map(([v, t]) => el('option', { value: v }, t)));

/**
 * @param {HTMLDialogElement} dialog
 * @param {{text: Text, api: string, zone: string | undefined, rest: () => HTMLElement, sent: (action: string, body: any, status: number, asked: any) => void}} page
 */
export function dialogs(dialog, page) {
  const { text } = page;
  /** @type {Element | null} */
  let opener = null;
  /** @type {HTMLElement | null} the menu that the opener stands in, which is closed by now */
  let menu = null;
  // the hand goes back to where it was, or to the nearest that is still there
  dialog.addEventListener('close', () => {
    for (const to of [opener, menu, page.rest()]) {
      if (to instanceof HTMLElement) to.focus();
      if (to && to === document.activeElement) return;
    }
  });

  /** @param {Node[]} body @param {Node[]} foot */
  function show(body, foot) {
    dialog.replaceChildren(el('div', { class: 'dialog-b stack' }, ...body), el('div', { class: 'dialog-f' }, ...foot));
    if (!dialog.open) {
      opener = document.activeElement;
      menu = opener?.closest('details')?.querySelector('summary') ?? null;
      dialog.showModal();
    }
  }

  const cancel = () => el('button', { type: 'button', class: 'btn', onclick: () => dialog.close() }, text('station.cancel'));
  const fault = () => el('p', { class: 'err', role: 'alert', tabindex: -1, hidden: true });
  /** @param {HTMLElement} box @param {string} words */
  const blame = (box, words) => { box.replaceChildren(icon('warn'), el('span', {}, words)); box.hidden = false; box.focus(); };

  /** @param {string[]} kinds */
  function reasons(kinds) {
    const kind = select(kinds.map((r) => [r, text(`station.reason.${r}`)]));
    const note = el('input', { class: 'input', maxlength: 200, autocomplete: 'off' });
    return {
      nodes: [field('d-reason', text('station.reason'), kind), field('d-note', text('station.note'), note)],
      read: () => reason(kind.value, text(`station.reason.${kind.value}`), note.value.trim()),
    };
  }

  /** @param {boolean} [confirms]  what is asked is done without a second person, too: one may confirm it here */
  function secondPerson(confirms = false) {
    const user = el('input', { class: 'input input-s', autocomplete: 'off' });
    const password = el('input', { class: 'input input-s', type: 'password', autocomplete: 'off' });
    const code = el('input', { class: 'input input-s', inputmode: 'numeric', autocomplete: 'off' });
    const here = el('input', { type: 'radio', name: 'd-second', id: 'd-here', checked: true });
    const away = el('input', { type: 'radio', name: 'd-second', id: 'd-away' });
    const fields = el('div', { class: 'stack-3' }, field('d-user', text('station.user'), user), field('d-password', text('station.password'), password), field('d-code', text('station.otp'), code));
    const turn = () => { fields.hidden = away.checked; };
    here.addEventListener('change', turn);
    away.addEventListener('change', turn);
    if (confirms) {
      return {
        node: el('fieldset', { class: 'sign stack-2' }, el('legend', { class: 'label' }, text('station.confirm')), el('p', { class: 'soft' }, text('station.confirm_is')), fields),
        read: () => (user.value.trim() || password.value ? { user: user.value.trim(), password: password.value, code: code.value.trim() } : null),
      };
    }
    return {
      node: el('fieldset', { class: 'sign stack-2' }, el('legend', { class: 'label' }, text('station.second')), el('p', { class: 'soft' }, text('station.second_is')),
        el('div', { class: 'check' }, here, el('label', { for: 'd-here' }, text('station.second_here'))), el('div', { class: 'check' }, away, el('label', { for: 'd-away' }, text('station.second_away'))), fields),
      read: () => (away.checked ? null : { user: user.value.trim(), password: password.value, code: code.value.trim() }),
    };
  }

  /** The fields that an act has besides its reason. @param {string} action @param {Seat[] | null} seats @param {Seat[]} spares
   * @param {import('./fold.js').Room['to']} sittings */
  function extras(action, seats, spares, sittings) {
    const fields = ACTS[action].fields ?? [], one = seats?.[0];
    /** @type {Node[]} */
    const nodes = [];
    /** @type {((a: import('./actions.js').Answers) => void)[]} */
    const reads = [];
    if (fields.includes('decision')) {
      const two = action === 'decide_credit' ? ['grant', 'refuse'] : ['cleared', 'upheld'];
      const choice = select(two.map((v) => [v, text(`station.verdict.${v}`)]), text('station.choose'));
      nodes.push(field('d-verdict', text('station.verdict'), choice));
      reads.push((a) => { a.decision = choice.value; });
    }
    const waits = (seats ?? []).reduce((total, s) => total + pending(s), 0);
    if (fields.includes('pending') && waits) nodes.push(el('div', { class: 'notice notice-info' }, icon('warn'), el('p', {}, text('station.measured', { span: span(waits) }))));
    if (fields.includes('ms')) {
      const m = el('input', { class: 'input', inputmode: 'numeric', autocomplete: 'off' });
      const s = el('input', { class: 'input', inputmode: 'numeric', value: '0', autocomplete: 'off' });
      nodes.push(el('div', { class: 'two' }, field('d-min', text('station.minutes'), m), field('d-sec', text('station.seconds'), s)));
      reads.push((a) => { a.ms = /^\d{1,3}$/.test(m.value.trim()) && /^\d{1,2}$/.test(s.value.trim() || '0') ? (Number(m.value) * 60 + Number(s.value)) * 1000 : 0; });
    }
    if (fields.includes('to_seat')) {
      const choice = spares.length ? select(spares.map((s) => [s.seat, `${s.seat} ${text(`station.tile.${shown(s)}`)}`])) : el('input', { class: 'input', autocomplete: 'off' });
      nodes.push(field('d-to', text('station.to_seat'), choice, text('station.to_seat_is')));
      reads.push((a) => { a.to = choice.value.trim(); });
    }
    if (fields.includes('to_sitting')) {
      const choice = select(sittings.map((s) => [s.code, [s.title, s.site, s.room, s.start].filter(Boolean).join(' · ')]), text('station.choose'));
      nodes.push(field('d-sitting', text('station.to_sitting'), choice, text('station.to_sitting_is')));
      reads.push((a) => { a.to = choice.value; });
    }
    if (fields.includes('condition')) {
      const choice = select(['broken', 'usable'].map((c) => [c, text(`station.condition.${c}`)]));
      choice.value = seats?.every((s) => s.broken || s.state === 'broken') ? 'usable' : 'broken';
      nodes.push(field('d-condition', text('station.condition'), choice));
      reads.push((a) => { a.decision = choice.value; });
    }
    if (fields.includes('to_time')) {
      const when = el('input', { class: 'input', type: 'datetime-local' });
      nodes.push(field('d-when', text('station.to_time'), when, text('station.to_time_is', { zone: zoneName(page.zone) })));
      reads.push((a) => { a.to = when.value; });   // without an offset it is the site's time, whatever the zone of this browser
    }
    if (fields.includes('part')) {
      const parts = (one?.parts ?? []).filter(reversible);
      const choice = select(parts.map((p) => [String(p.ref), `${text(`station.part.${p.what}`)} +${span(p.ms)}`]), text('station.choose'));
      nodes.push(field('d-part', text('station.part'), choice));
      reads.push((a) => { a.ref = Number(choice.value); });
    }
    if (fields.includes('text')) {
      const area = el('textarea', { class: 'textarea', maxlength: 200 });
      nodes.push(field('d-text', text(`station.text.${action}`), area, text(`station.text_is.${action}`)));
      reads.push((a) => { a.text = area.value.trim(); });
    }
    return { nodes, read: (/** @type {import('./actions.js').Answers} */ a) => reads.forEach((r) => r(a)) };
  }

  /** @param {string} action @param {any} body @param {HTMLElement} box @param {HTMLButtonElement} button @param {string} [url] */
  async function send(action, body, box, button, url = `${page.api}/actions`) {
    button.disabled = true;
    const a = await post(url, body);
    button.disabled = false;
    const failed = a.body.failed ?? [];
    if (!a.ok && !failed.length) return blame(box, explain(a.body, text));
    if (failed.length) report(action, a, failed);
    else dialog.close();
    if (a.ok) page.sent(action, a.body, a.status, body);
  }

  /** Seat by seat what could not be done, and why. @param {string} action @param {import('./api.js').Answer} a @param {any[]} failed */
  function report(action, a, failed) {
    const done = a.body.done?.length ?? 0;
    show([el('h2', { id: 'd-title' }, text('station.partly', { act: text(`station.act.${action}`), done, failed: failed.length })),
      el('ul', { class: 'failed' }, ...failed.map((f) => el('li', {}, el('b', {}, `${text('station.seat')} ${f.seat || f.number}`), ` ${f.text || explain(f, text)}`)))],
    [el('button', { type: 'button', class: 'btn btn-primary', onclick: () => dialog.close() }, text('station.understood'))]);
  }

  return {
    /**
     * @param {string} action @param {Seat[] | null} seats  null: the whole sitting
     * @param {{spares: Seat[], sittings: import('./fold.js').Room['to'], twoPerson: string[], alone: number, summary: string, left: number,
     *   preset?: {ref: number, decision?: string}, verb?: string}} about  left: selected seats that the act does not fit
     */
    act(action, seats, about) {
      const rule = ACTS[action], op = uuid(), box = fault();
      const why = rule.reasons ? reasons(rule.reasons) : null;
      const more = extras(action, seats, about.spares, about.sittings);
      // Of a credit its length decides whether it takes two.
      const always = !!rule.two || about.twoPerson.includes(action), confirms = !always && action === 'resume' && !!seats?.some(beyond);
      const second = always || confirms || (action === 'credit' && about.alone > 0) ? secondPerson(confirms) : null;
      const needed = (/** @type {import('./actions.js').Answers} */ a) => always || confirms || Math.abs(a.ms ?? 0) > about.alone;
      if (second && !always && !confirms) {
        second.node.hidden = true;
        for (const node of more.nodes) {
          node.addEventListener('input', () => {
            /** @type {import('./actions.js').Answers} */
            const a = { reason: '' };
            more.read(a);
            second.node.hidden = !needed(a);
          });
        }
      }
      const verb = about.verb ?? text(`station.act.${action}`);
      const names = seats ? seats.map((s) => (rule.place ? s.seat : called(s))) : [];
      const read = () => {
        /** @type {import('./actions.js').Answers} */
        const a = { reason: why?.read() ?? '', ...about.preset };
        more.read(a);
        if (second && needed(a)) a.second = second.read();
        return a;
      };
      const go = el('button', { type: 'button', class: `btn ${rule.danger ? 'btn-danger' : 'btn-primary'}` }, rule.twice ? text('station.go_on') : verb);
      go.addEventListener('click', () => {
        const a = read(), need = missing(action, a);
        if (need) return blame(box, text(need));
        const body = request(op, action, seats, a);
        if (!rule.twice) return send(action, body, box, go);
        const last = fault();
        const sure = el('button', { type: 'button', class: 'btn btn-primary' }, text(`station.sure.${action}`));
        sure.addEventListener('click', () => send(action, body, last, sure));
        const no = cancel();
        show([el('h2', { id: 'd-title' }, text(`station.really.${action}`)), el('p', {}, about.summary), last], [no, sure]);
        no.focus();
      });
      show([
        el('h2', { id: 'd-title' }, seats ? text('station.ask_seats', { verb, n: seats.length }) : text('station.ask_all', { verb })),
        el('p', {}, text(`station.is.${action}`)),
        ...(seats ? [el('p', { class: 'soft break' }, `${text('station.seat')} ${names.slice(0, 12).join(', ')}${names.length > 12 ? ' …' : ''}`)] : [el('p', { class: 'soft' }, about.summary)]),
        ...(about.left ? [el('p', { class: 'soft' }, text('station.left_out', { n: about.left }))] : []),
        ...more.nodes, ...(why?.nodes ?? []), ...(second ? [second.node] : []), box,
      ], [cancel(), go]);
      const first = /** @type {HTMLElement | null} */ (dialog.querySelector('.field select, .field input, .field textarea'));
      first?.focus();
    },

    /** @param {import('./fold.js').Proposal} p @param {'approve' | 'refuse'} decision @param {string[]} who  as fold.meant says it */
    decide(p, decision, who) {
      const op = uuid(), box = fault(), why = reasons(['seen', 'other']);
      const verb = text(`station.${decision}`);
      const go = el('button', { type: 'button', class: 'btn btn-primary' }, verb);
      go.addEventListener('click', () => {
        const reason = why.read();
        if (!reason) return blame(box, text('station.need.reason'));
        send('decide', { op, decision, reason }, box, go, `/api/v1/proposals/${encodeURIComponent(p.id)}`);
      });
      show([el('h2', { id: 'd-title' }, `${verb}: ${text(`station.act.${p.action}`)}`), el('p', { class: 'break' }, who.length ? `${text('station.seat')} ${who.join(', ')}` : text('station.whole')), el('p', { class: 'soft' }, p.reason ?? ''), ...why.nodes, box], [cancel(), go]);
      /** @type {HTMLElement | null} */ (dialog.querySelector('select'))?.focus();
    },
  };
}
