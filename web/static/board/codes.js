// @ts-check
// What a row's code stands for. Agencies print other letters, so the board says it beside its rows.

/** @typedef {{code: string, is: string}} Meaning */

/** Codes that stand against somebody before any list is released. @type {Meaning[]} */
const STANDING = [{ code: 'DIS', is: 'disqualified' }, { code: 'TMS', is: 'ineligible' }, { code: 'APS', is: 'withdrew' }, { code: 'TH', is: 'absent' }];

/** The code with its meaning in words; the code alone where the rules do not say.
 * @param {(key: string) => string} text @param {Meaning[]} codes of the list that stands @param {string} code */
export function coded(text, codes, code) {
  const known = [...codes, ...STANDING].find((m) => m.code === code);
  return known ? `${code}: ${text('board.means.' + known.is)}` : code;
}
