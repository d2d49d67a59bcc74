// @ts-check
// What happened to an item, newest first, with the difference that each version makes.

import { el } from '../station/dom.js';
import { ask } from '../station/api.js';
import { moment } from '../board/when.js';
import { t } from '../candidate/text.js';

/** What a part is called: "option b, points" is the points of option B. @param {string} part */
function partName(part) {
  const option = /^option ([a-j])(?:, (\w+))?$/.exec(part);
  if (!option) return t(`bank.part.${part}`);
  return t(`bank.part.option_${option[2] ?? 'text'}`, { c: option[1].toUpperCase() });
}

/** Formulas are no reading matter as MathML. @param {string} text */
export const legible = (text) => text.replace(/<math[\s>][\s\S]*?<\/math>/g, (m) => `⟦${m.replace(/<[^>]+>/g, ' ').replace(/\s+/g, ' ').trim()}⟧`);

/** @param {{part: string, spans: {op: string, text: string}[]}[]} changes */
export function drawChanges(changes) {
  const list = el('dl', { class: 'diff' });
  for (const c of changes) {
    list.append(el('dt', {}, partName(c.part)), el('dd', {}, ...c.spans.map((s) => {
      if (s.op === 'removed') return el('del', {}, legible(s.text));
      if (s.op === 'added') return el('ins', {}, legible(s.text));
      return legible(s.text);
    })));
  }
  return list;
}

/** @param {any} item @returns {HTMLLIElement[]} */
export function drawPast(item) {
  return item.history.toReversed().map((/** @type {any} */ e) => {
    const version = e.kind === 'ItemDrafted' || e.kind === 'ItemRevised';
    const line = el('li', {}, el('b', {}, t(`bank.event.${e.kind}`, { version: e.version, exam: e.exam ?? '' })), ` · ${e.by} · ${moment(e.at)}`);
    if (e.words) line.append(el('blockquote', {}, e.words));
    if (e.kind === 'ItemRevised' && version) {
      const room = el('div', {});
      const button = el('button', { class: 'link', type: 'button', onclick: async () => {
        const a = await ask(`/api/v1/bank/items/${item.id}/diff?to=${e.version}`);
        if (a.ok) { button.remove(); room.replaceChildren(drawChanges(a.body.changes)); } else room.textContent = a.body.text ?? '';
      } }, t('bank.compare'));
      line.append(' ', button, room);
    }
    return line;
  });
}
