// @ts-check
// The way to the seat: sign-in, identity, rules, device check, waiting room. One task a screen.

import { $, attr, make, show, write } from './dom.js';
import { has, rich, t } from './text.js';
import { codeOf } from './codes.js';
import { post } from './api.js';
import { SMALLEST, clockDifference, deviceId } from './device.js';
import { hours, timeOfDay } from './clock.js';
import { serverTime, total } from './state.js';

/** @typedef {import('./state.js').State} State */

/** Codes after which the page itself tries again, and after how many ms unless the server names its own. @type {Record<string, number>} */
const AGAIN = { offline: 5_000, unavailable: 5_000, not_open: 10_000, in_use: 15_000, busy: 3_000, rate_limited: 5_000 };
const CALM = new Set(['not_open', 'other_site', 'other_network', 'no_seat', 'other_seat', 'in_use', 'choose', 'closed', 'finished', 'signed_out', 'not_allowed']);

/**
 * @param {{signedIn(body: any): void, step(step: string): void, confirmed(body: any): void, leave(): void,
 *   works(): Promise<boolean>}} does
 */
export function setUpFlow(does) {
  /** @type {any} */
  let again;

  async function signIn() {
    clearTimeout(again);
    const [number, pin] = [$('number').value.trim(), $('pin').value.trim()];
    if (!number || !pin) { fault('empty', {}); return; }
    busy('si-go', true);
    const answer = await post('signin', { number, pin, device: deviceId(), ...($('code').value.trim() ? { exam: $('code').value.trim() } : {}) });
    busy('si-go', false);
    if (answer.ok) {
      show('si-err', false);
      $('pin').value = '';
      does.signedIn(answer.body);
      return;
    }
    // the exam's own page lets the browser show itself, or says what to do
    if (answer.code === 'seb_required') { location.assign(`/ujian?ujian=${encodeURIComponent(answer.body.field ?? '')}`); return; }
    fault(answer.code, answer.body);
    if (answer.code === 'wrong_pin') $('pin').value = '';
    if (answer.code === 'choose') { show('code-f', true); $('code').focus(); }
    if (AGAIN[answer.code]) again = setTimeout(signIn, Math.max(AGAIN[answer.code], answer.body.retry ?? 0));
  }
  $('si').addEventListener('submit', (/** @type {Event} */ e) => { e.preventDefault(); signIn(); });
  // a person who types on has something else in mind than the last try
  for (const id of ['number', 'pin', 'code']) $(id).addEventListener('input', () => clearTimeout(again));

  $('id-yes').addEventListener('click', async () => {
    busy('id-yes', true);
    const answer = await post('confirm', { device: deviceId() });
    busy('id-yes', false);
    show('id-err', !answer.ok);
    if (answer.ok) { does.confirmed(answer.body); return; }
    write('id-err-t', `${words(answer.code, answer.body).join('. ')} ${codeWords(answer.code)}`);
    $('id-err').focus();
  });
  $('id-no').addEventListener('click', () => { show('id-wrong', true); show('id-ask', false); $('id-wrong').focus(); });
  $('id-back').addEventListener('click', () => { show('id-wrong', false); show('id-ask', true); $('id-yes').focus(); });
  $('id-out').addEventListener('click', () => does.leave());

  $('rules-go').addEventListener('click', () => {
    const ok = $('agree').checked;
    show('agree-err', !ok);
    if (ok) { does.step('device'); check(); } else $('agree').focus();
  });
  $('dv-type').addEventListener('input', () => {
    const ok = $('dv-type').value.toUpperCase() === 'ABCDE';
    mark('keys', ok ? 'ok' : '', ok ? t('exam.dv_fits') : t('exam.dv_not_yet'));
  });
  async function check() {
    const wide = screen.width >= SMALLEST.width && window.innerWidth >= SMALLEST.width * 0.75;
    mark('screen', wide ? 'ok' : 'warn', t(wide ? 'exam.dv_fits' : 'exam.dv_small'));
    write('dv-screen-t', `${t('exam.dv_screen_is', { w: window.innerWidth, h: window.innerHeight })}${wide ? '' : ` ${t('exam.dv_screen_do')} ${codeWords('screen')}`}`);
    const clock = await serverClock();
    mark('clock', clock?.ok === false ? 'warn' : 'ok', t(clock?.ok === false ? 'exam.dv_server' : 'exam.dv_fits'));
    write('dv-clock-t', clock?.ok === false ? `${t('exam.dv_clock_off', { s: Math.round(clock.ms / 1000) })} ${codeWords('clock')}` : t('exam.dv_clock_ok'));
    const works = await does.works();
    mark('store', works ? 'ok' : 'bad', t(works ? 'exam.dv_fits' : 'exam.dv_unfit'));
    write('dv-store-t', works ? t('exam.dv_store_ok') : `${t('exam.dv_store_bad')} ${codeWords('storage')}`);
    show('dv-go', works);
    show('dv-again', !works);
  }
  $('dv-again').addEventListener('click', check);
  $('dv-go').addEventListener('click', () => does.step('join'));
  return { check, fault };
}

/** The difference is measured at once: minutes may lie between the sign-in and this screen. */
async function serverClock() {
  try {
    const answer = await fetch('/healthz', { cache: 'no-store' });
    return clockDifference(answer.headers.get('Date'), Date.now());
  } catch {
    return null;
  }
}

/** @param {string} name @param {string} kind @param {string} text */
function mark(name, kind, text) {
  const el = $(`dv-${name}`);
  el.className = kind ? `tag tag-${kind}` : 'tag';
  el.textContent = text;
  attr($(`dv-${name}-i`), 'href', kind === 'bad' ? '#i-no' : kind === 'warn' ? '#i-warn' : kind === 'ok' ? '#i-ok' : '#i-info');
}

/** @param {string} id @param {boolean} on the button keeps its width */
function busy(id, on) {
  const b = $(id);
  b.dataset.text ??= b.textContent;
  b.textContent = on ? t('exam.checking') : b.dataset.text;
  b.disabled = on;
}

/** @param {string} code */
function codeWords(code) { return codeOf(code) ? `${t('exam.code_label')} ${codeOf(code)}` : ''; }

/** Head and text of a refusal; ours where we have one, the server's otherwise. @param {string} code @param {any} body @returns {[string, string]} */
function words(code, body) {
  const values = { left: body.left ?? '', site: body.site ?? '', seat: body.field ?? '' };
  const own = has(`exam.err_${code}`);
  const more = has(`exam.err_${code}_do`) ? t(`exam.err_${code}_do`, values) : '';
  return [own ? t(`exam.err_${code}`, values) : body.text || t('exam.err_other'), [code === 'other_site' || code === 'choose' ? body.text ?? '' : '', code === 'wrong_pin' && body.left !== undefined ? t('exam.err_left', values) : '', more].filter(Boolean).join(' ')];
}

/** @param {string} code @param {any} body */
function fault(code, body) {
  const [head, text] = words(code, body);
  $('si-err').className = `notice notice-${CALM.has(code) ? 'warn' : 'bad'}`;
  write('si-err-h', head);
  write('si-err-t', [text, codeWords(code)].filter(Boolean).join(' '));
  show('si-err-x', code === 'closed' || code === 'finished');
  show('si-err', true);
  $('si-err').focus();
}

const STEPS = ['signin', 'identity', 'rules', 'device', 'waiting'];

/** @param {string} view @param {State} s */
export function drawSteps(view, s) {
  const at = STEPS.indexOf(view);
  show('steps', at >= 0);
  if (at >= 0) {
    Array.from($('steps').children).forEach((li, i) => {
      li.className = i < at ? 'done' : '';
      attr(li, 'aria-current', i === at ? 'step' : null);
    });
  }
  const c = s.candidate;
  show('fl-who', Boolean(c) && view !== 'signin');
  if (c) rich($('fl-who'), c.seat ? 'exam.who_seat' : 'exam.who', { seat: c.seat ?? '', name: c.name ?? '', number: c.number ?? '' });
  if (view === 'identity') drawIdentity(s);
}

/** What the server tells of a person, in this order; what it does not tell is left out. */
const FACTS = ['name', 'number', 'birth_date', 'agency', 'post', 'formation', 'site', 'room', 'seat', 'accommodation', 'extra_minutes'];
let identity = '';

/** What is given to the candidate, in words: they read it before the start, and may say that it is wrong. @param {any} adjust */
function given(adjust) {
  if (!adjust) return '';
  /** @param {number} ms */
  const minutes = (ms) => Math.round(ms / 60_000);
  return [adjust.extra_ms && t('exam.given_extra', { n: minutes(adjust.extra_ms) }), adjust.breaks_ms && t('exam.given_breaks', { n: minutes(adjust.breaks_ms) }),
    ...['size', 'dark', 'reader', 'assistant'].map((k) => adjust[k] && t(`exam.given_${k}`))].filter(Boolean).join(', ');
}

/** @param {State} s */
function drawIdentity(s) {
  const c = { ...s.candidate, accommodation: given(s.candidate?.adjust) };
  const now = JSON.stringify(c);
  if (now === identity) return;
  identity = now;
  $('id-facts').replaceChildren(...FACTS.filter((f) => c[f]).flatMap((f) => [make('dt', {}, [t(`exam.fact_${f}`)]), make('dd', { class: 'break' }, [String(c[f])])]));
  const photo = typeof c.photo === 'string' && c.photo.startsWith('/');
  for (const id of ['id-photo', 'x-photo']) { show(id, photo); if (photo) $(id).src = c.photo; }
  $('idc').classList.toggle('no-photo', !photo);
  show('id-wrong', false);
  show('id-ask', true);
  show('id-err', false);
}

/** @param {State} s */
export function drawJoin(s) {
  show('join-off', s.link === 'down');
  write('join-off-t', `${t('exam.join_off')} ${codeWords('offline')}`);
}

/** @param {State} s @param {number} now */
export function drawWaiting(s, now) {
  const server = serverTime(s, now);
  const wait = s.starts !== null && server !== null ? s.starts - server : null;
  const counting = wait !== null && wait > 0;
  write('wait-h', t(counting ? 'exam.waiting' : 'exam.waiting_open'));
  write('wait-c', counting ? hours(wait) : '');
  write('wait-t', counting && wait <= 60_000 ? t('exam.waiting_soon') : counting ? t('exam.waiting_at', { at: timeOfDay(s.starts ?? 0, s.exam?.zone, false) }) : t('exam.waiting_word'));
  write('wait-n', s.candidate?.name ?? '');
  write('wait-id', [s.candidate?.number, s.candidate?.seat ? t('exam.seat', { seat: s.candidate.seat }) : ''].filter(Boolean).join(' · '));
  const minutes = Math.round(s.clock.remaining / 60_000);
  write('wait-form', s.sections.length === 0 ? '' : `${t(minutes > 0 ? 'exam.form_in' : 'exam.form', { n: total(s), m: minutes })} ${s.sections.map((x) => `${x.id} ${x.from}–${x.to}`).join(', ')}.`);
  write('wait-sealed', s.sealed === 'ready' ? t('exam.sealed_ready') : '');
  show('wait-off', s.link === 'down');
  rich($('wait-off-t'), s.sealed === 'ready' ? 'exam.waiting_off_sealed' : 'exam.waiting_off');
}
