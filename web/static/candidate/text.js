// @ts-check
// The words of the page. They come with the document, so that a page without network can still explain itself.

/** @type {Record<string, string>} */
let catalogue = {};

if (typeof document !== 'undefined') {
  const read = JSON.parse(document.getElementById('texts')?.textContent || '{}');
  catalogue = typeof read === 'string' ? JSON.parse(read) : read;
}

/** The catalogue of a test. @param {Record<string, string>} words */
export function use(words) { catalogue = words; }

/** @param {string} key @returns {boolean} */
export function has(key) { return key in catalogue; }

/**
 * @param {string} key
 * @param {Record<string, string | number>} [values]
 * @returns {string} the text; the key itself where none is written, so that a gap is seen
 */
export function t(key, values = {}) {
  const text = catalogue[key] ?? key;
  return text.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole)).replace(/\*\*/g, '');
}

/**
 * Writes a text whose `**marked**` part is bold. Values are put in as text only, so that no name or message can become markup.
 * @param {Element} el
 * @param {string} key
 * @param {Record<string, string | number>} [values]
 */
export function rich(el, key, values = {}) {
  const parts = (catalogue[key] ?? key).split('**').map((part, i) => {
    const text = part.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole));
    if (i % 2 === 0) return text;
    const b = document.createElement('b');
    b.textContent = text;
    return b;
  });
  el.replaceChildren(...parts.filter((p) => p !== ''));
}
