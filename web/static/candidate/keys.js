// @ts-check
// The keys of the exam. Single letters can be switched off, and mean nothing inside a field or an open dialog.

/** @typedef {{choose(index: number): void, clear(): void, go(step: number): void, mark(): void, grid(): void, time(): void, size(step: number): void, contrast(): void}} Does */

/** Letters stop before G, which opens the grid; options further down have their figure. */
const LETTERS = 'ABCDEF';

/** @param {any} e a KeyboardEvent @returns {boolean} */
function elsewhere(e) {
  return e.ctrlKey || e.altKey || e.metaKey || document.querySelector('dialog[open]') !== null
    || e.target.matches?.('textarea, select, input:not([type="radio"]):not([type="checkbox"])');
}

/** @param {Does} does @param {() => boolean} active */
export function listen(does, active) {
  document.addEventListener('keydown', (e) => {
    if (!active() || elsewhere(e) || e.repeat) return;
    const k = e.key.toUpperCase();
    let index = k.length === 1 ? LETTERS.indexOf(k) : -1;
    if (index < 0 && k >= '1' && k <= '9' && k.length === 1) index = Number(k) - 1;
    if (index >= 0) does.choose(index);
    else if (k === '0') does.clear();
    else if (k === 'N') does.go(1);
    else if (k === 'P') does.go(-1);
    else if (k === 'M') does.mark();
    else if (k === 'G') does.grid();
    else if (k === 'T') does.time();
    else if (k === 'K') does.contrast();
    else if (k === '+' || k === '=') does.size(1);
    else if (k === '-' || k === '−') does.size(-1);
    else return;
    e.preventDefault();
  });
}
