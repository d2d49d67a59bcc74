// @ts-check
// A question as the editor holds it. Pure: nothing here knows the document.

/** @typedef {{path?: string, alt: string, data: string, name?: string}} Figure  data is base64 */
/** @typedef {{value: number, text: string, figure: Figure | null}} Option */
/**
 * @typedef {{id: string, section: string, topic: string, band: string, options_rule: string, enemies: string, lang: string,
 *   author: string, why: string, stem: string, figure: Figure | null, options: Option[]}} Draft
 */

/** How many options a new item begins with: what the written selection uses. */
export const USUAL = 5;
/** As many as the bank can hold. */
export const MOST = 10;

/** @param {string} author @returns {Draft} */
export function blank(author) {
  return {
    id: '', section: '', topic: '', band: '', options_rule: 'free', enemies: '', lang: 'id', author, why: '', stem: '', figure: null,
    options: Array.from({ length: USUAL }, () => ({ value: 0, text: '', figure: null })),
  };
}

/** @param {number} i @returns {string} */
export const letter = (i) => String.fromCharCode(65 + i);

/** The best value of the options, and which have it. @param {Option[]} options @returns {{best: number, at: number[]}} */
export function key(options) {
  const best = Math.max(0, ...options.map((o) => o.value));
  return { best, at: options.flatMap((o, i) => (best > 0 && o.value === best ? [i] : [])) };
}

/** Do two drafts say the same? @param {Draft} a @param {Draft} b */
export const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);
