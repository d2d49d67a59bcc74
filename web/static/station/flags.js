// @ts-check
// Advisory signals: in words, grey, last, without any score. Reading them is recorded, and it takes two to pass one on.

import { ask, post, uuid } from './api.js';
import { el, keeper, put } from './dom.js';
/** @typedef {(key: string, values?: Record<string, string | number>) => string} Text */
/**
 * @typedef {object} Flag
 * @property {number} n
 * @property {string} at
 * @property {string} code
 * @property {string} [number]
 * @property {string} [seat]
 * @property {{id: string, en: string, expected: string, usual?: string, from?: number, to?: number, numbers?: string[], seats?: string[], place?: string}} [finding]
 * @property {string} state
 * @property {{at: string, by: string, two?: string, what: string, why?: string, words?: string}[]} [decisions]
 */

/** What nobody has decided stands first, the newest of it on top. @param {Flag[]} flags */
export const inOrder = (flags) => [...flags].sort((a, b) => Number(a.state !== 'open') - Number(b.state !== 'open') || b.n - a.n);

/** Whom a signal is about, as it is read out. @param {Flag} f @param {Text} text */
export function about(f, text) {
  const of = f.finding ?? { id: '', en: '', expected: '' };
  if (of.seats?.length) return text('station.flag.pair', { a: of.seats[0], b: of.seats[1] });
  if (of.place) return text('station.flag.place');
  return `${text('station.seat')} ${f.seat || f.number || '–'}`;
}

/**
 * @param {HTMLElement} box
 * @param {{text: Text, api: string, time: (iso: string | undefined) => string, lang: string, pick: (key: string) => void,
 *   decide: (action: string, preset: {ref: number, decision?: string}, verb: string, summary: string) => void, may: () => string[] | null, count: (open: number) => void}} page
 */
export function flags(box, page) {
  const { text, time } = page;
  let seen = 0, asking = false, again = false;
  const title = el('h2'), advice = el('p', { class: 'flag-is tiny' }), sums = el('p', { class: 'flag-is muted tiny' });
  const ul = el('ul', { class: 'feed' }), flagged = keeper();
  box.replaceChildren(el('div', { class: 'col-h' }, title), advice, sums, ul);
  /** @type {any} */
  let last = { flags: [] };

  const allowed = (/** @type {string} */ act) => page.may()?.includes(act) ?? false;

  async function load() {
    again = asking;   // what changes meanwhile may not be in the answer
    if (asking) return;
    asking = true;
    const a = await ask(`${page.api}/flags`, { cache: 'no-store' });
    asking = false;
    if (again) return load();
    if (!a.ok) { seen = 0; return; }   // asked for again at the next change, or with the next whole state
    last = a.body;
    paint();
  }

  /** @param {Flag} f */
  function one(f) {
    const words = f.finding ? (page.lang === 'en' ? f.finding.en : f.finding.id) : text('station.flag.erased');
    const span = f.finding?.from ? ` ${time(new Date(f.finding.from).toISOString())}–${time(new Date(f.finding.to ?? f.finding.from).toISOString())}` : '';
    const name = about(f, text), label = `${f.code}, ${name}`;
    const hidden = () => el('span', { class: 'vh' }, ` ${label}`);
    /** @param {string} action @param {string} [decision] */
    const open = (action, decision) => page.decide(action, { ref: f.n, ...(decision ? { decision } : {}) }, text(`station.flag.do.${decision ?? 'passed'}`), `${label}: ${words}`);
    const seenNow = async (/** @type {any} */ e) => {
      const button = e.currentTarget;
      button.disabled = true;
      button.disabled = (await post(`${page.api}/actions`, { op: uuid(), action: 'decide_flag', ref: f.n, decision: 'seen' })).ok;
    };
    const over = f.state === 'passed' || f.state === 'no_matter';
    return el('li', { class: 'a' },
      el('div', { class: 'top' }, el('span', {}, `${name}: ${text(`station.flag.${f.code}`)}`), el('time', {}, time(f.at))),
      el('p', {}, el('span', { class: 'tag' }, text(`station.flag.state.${f.state}`)), ` ${words}${span ? `.${span}` : ''}`),
      f.finding ? el('p', { class: 'muted tiny' }, page.lang === 'en' ? f.finding.expected : f.finding.usual ?? f.finding.expected) : null,
      ...(f.decisions ?? []).map((d) => el('p', { class: 'tiny' }, `${time(d.at)} ${text(`station.flag.state.${d.what}`)}, ${d.by}${d.two ? ` + ${d.two}` : ''}${d.why ? `: ${reason(d.why)}` : ''}${d.words ? `. ${d.words}` : ''}`)),
      el('div', { class: 'row' },
        f.seat ? el('button', { type: 'button', class: 'btn btn-s', onclick: () => page.pick(`s:${f.seat}`) }, text('station.pick_it'), hidden()) : null,
        allowed('decide_flag') && f.state === 'open' ? el('button', { type: 'button', class: 'btn btn-s', onclick: seenNow }, text('station.flag.do.seen'), hidden()) : null,
        allowed('decide_flag') && !over ? el('button', { type: 'button', class: 'btn btn-s', onclick: () => open('decide_flag', 'noted') }, `${text('station.flag.do.noted')}…`, hidden()) : null,
        allowed('decide_flag') && !over ? el('button', { type: 'button', class: 'btn btn-s', onclick: () => open('decide_flag', 'no_matter') }, `${text('station.flag.do.no_matter')}…`, hidden()) : null,
        allowed('pass_flag') && f.state !== 'passed' ? el('button', { type: 'button', class: 'btn btn-s', onclick: () => open('pass_flag') }, `${text('station.flag.do.passed')}…`, hidden()) : null));
  }

  /** @param {string} code */
  const reason = (code) => { const key = `station.reason.${code}`, words = text(key); return words === key ? code : words; };

  function paint() {
    const list = inOrder(last.flags);
    page.count(list.filter((f) => f.state === 'open').length);
    box.hidden = list.length === 0;
    put(title, text('station.flags', { n: list.length }));
    put(advice, page.lang === 'en' ? last.advice?.[1] ?? '' : last.advice?.[0] ?? '');
    put(sums, text('station.flags_of', { examined: last.examined ?? 0, apart: last.apart ?? 0 }));
    flagged(ul, list.map((f) => ({ key: String(f.n), shows: JSON.stringify([f, allowed('decide_flag'), allowed('pass_flag')]), make: () => one(f) })));
  }

  return {
    /** How many signals and words about them there are now; nothing is asked for while that stands. @param {number} n */
    now(n) {
      if (n === seen || !n || !allowed('flag.read')) return;
      seen = n;
      load();
    },
  };
}
