// @ts-check
// The form of the editor: a draft in, a draft out.

import { byId, el } from '../station/dom.js';
import { t } from '../candidate/text.js';
import { letter, MOST } from './draft.js';
import { hide, renderTeX, reveal, toMathML } from './maths.js';

/** @typedef {import('./draft.js').Draft} Draft */
/** @typedef {import('./draft.js').Figure} Figure */

const FIELDS = ['id', 'section', 'topic', 'band', 'enemies', 'author', 'why'];
/** What may be chosen as a figure. */
const PICTURES = '.svg,.png,.webp,image/svg+xml,image/png,image/webp';
/** A figure travels inside every form: more is refused by the bank as well. */
const BYTES = 200_000;

const input = (/** @type {string} */ id) => /** @type {HTMLInputElement} */ (byId(id));

export class Editor {
  /** @param {() => void} changed */
  constructor(changed) {
    this.changed = changed;
    /** @type {string[]} formulas that the text has marks of */
    this.formulas = [];
    /** @type {Draft | null} */
    this.draft = null;
    byId('form').addEventListener('input', () => changed());
    byId('form').addEventListener('submit', (e) => e.preventDefault());
    byId('b-option').addEventListener('click', () => {
      const options = this.written();
      if (options.length >= MOST) return;
      this.fillOptions([...options, { value: 0, text: '', figure: null }]);
      /** @type {HTMLElement} */ (byId('options').lastElementChild?.querySelector('textarea')).focus();
      changed();
    });
  }

  /** @param {Draft} draft @param {boolean} fresh is it a new item, whose code can be chosen? */
  fill(draft, fresh) {
    this.draft = draft;
    this.formulas = [];
    byId('f-id').hidden = !fresh;
    for (const name of FIELDS) input(name).value = /** @type {any} */ (draft)[name];
    input('rule').value = draft.options_rule;
    input('stem-t').value = hide(draft.stem, this.formulas);
    this.figure = draft.figure;
    byId('figure-e').replaceChildren(this.chooser('', draft.figure, (f) => { this.figure = f; }));
    this.fillOptions(draft.options.map((o) => ({ ...o, text: hide(o.text, this.formulas) })));
  }

  /** @param {import('./draft.js').Option[]} options with marks in their texts */
  fillOptions(options) {
    this.figures = options.map((o) => o.figure);
    byId('options').replaceChildren(...options.map((o, i) => this.option(o, i)));
    /** @type {HTMLButtonElement} */ (byId('b-option')).disabled = options.length >= MOST;
  }

  /** @param {import('./draft.js').Option} o @param {number} i */
  option(o, i) {
    const k = letter(i);
    const text = el('textarea', { class: 'textarea', rows: 1, 'aria-label': t('bank.option_text', { c: k }) });
    text.value = o.text;
    const points = el('input', { class: 'input pts', type: 'number', step: 1, min: -1000, max: 1000, 'aria-label': t('bank.option_points', { c: k }) });
    points.value = String(o.value);
    const drop = el('button', { class: 'btn btn-s', type: 'button', 'aria-label': t('bank.option_drop', { c: k }), onclick: () => {
      this.fillOptions(this.written().filter((_, at) => at !== i));
      this.changed();
    } }, '×');
    return el('div', { class: 'opt-e' }, el('b', { 'aria-hidden': 'true' }, k), text, points, drop,
      el('div', { class: 'figure-e' }, this.chooser(k, o.figure, (f) => { if (this.figures) this.figures[i] = f; })));
  }

  /**
   * The place of one figure: the file, the words for who cannot see it, and a way to take it away.
   * @param {string} where letter of the option, '' for the text @param {Figure | null} now @param {(f: Figure | null) => void} keep
   */
  chooser(where, now, keep) {
    let figure = now;
    const id = `figure-${where || 'stem'}`;
    const file = el('input', { class: 'input', type: 'file', id, accept: PICTURES });
    const alt = el('input', { class: 'input', id: `${id}-alt` });
    alt.value = figure?.alt ?? '';
    const said = el('p', { class: 'hint', role: 'status' }, figure ? (figure.path ?? '') : '');
    const label = where ? t('bank.figure_of', { c: where }) : t('bank.figure');
    const details = el('details', {}, el('summary', {}, figure ? t('bank.figure_is', { what: label }) : t('bank.figure_add', { what: label })));
    const set = (/** @type {Figure | null} */ f) => { figure = f; keep(f); this.changed(); };
    file.addEventListener('change', async () => {
      const chosen = file.files?.[0];
      if (!chosen) return;
      if (chosen.size > BYTES) {
        said.textContent = t('bank.figure_big', { most: BYTES / 1000, is: Math.ceil(chosen.size / 1000) });
        file.value = '';
        return;
      }
      said.textContent = chosen.name;
      set({ alt: alt.value, data: base64(new Uint8Array(await chosen.arrayBuffer())) });
    });
    alt.addEventListener('input', () => { if (figure) set({ ...figure, alt: alt.value }); });
    const away = el('button', { class: 'btn btn-s', type: 'button', onclick: () => { file.value = ''; alt.value = ''; said.textContent = ''; set(null); } }, t('bank.figure_drop'));
    details.append(said, el('div', { class: 'g2' },
      el('div', { class: 'field' }, el('label', { for: id }, t('bank.figure_file')), file),
      el('div', { class: 'field' }, el('label', { for: `${id}-alt` }, t('bank.figure_alt')), alt), away));
    return details;
  }

  /** The options as their author wrote them, with marks in their texts. @returns {import('./draft.js').Option[]} */
  written() {
    return [...byId('options').children].map((row, i) => ({
      value: Number(/** @type {HTMLInputElement} */ (row.querySelector('input.pts')).value) || 0,
      text: /** @type {HTMLTextAreaElement} */ (row.querySelector('textarea')).value.trim(),
      figure: this.figures?.[i] ?? null,
    }));
  }

  /** What stands in the form, formulas rendered. @returns {{draft: Draft, faults: string[]}} */
  read() {
    /** @type {string[]} */
    const faults = [];
    const text = (/** @type {string} */ written) => {
      const made = toMathML(written, renderTeX);
      faults.push(...made.faults);
      return reveal(made.text, this.formulas);
    };
    const draft = /** @type {Draft} */ ({ ...this.draft });
    for (const name of FIELDS) /** @type {any} */ (draft)[name] = input(name).value.trim();
    draft.options_rule = input('rule').value;
    draft.stem = text(input('stem-t').value);
    draft.figure = this.figure ?? null;
    draft.options = this.written().map((o) => ({ ...o, text: text(o.text) }));
    return { draft, faults };
  }
}

/** @param {Uint8Array} bytes */
export function base64(bytes) {
  let raw = '';
  for (let i = 0; i < bytes.length; i += 0x8000) raw += String.fromCharCode(...bytes.subarray(i, i + 0x8000));
  return btoa(raw);
}
