// @ts-check
// Formulas as authors write them: TeX between dollar signs, stored as MathML. What is stored
// already stands in the text as a mark, so that nobody has to read MathML.

/** Attributes of MathML that the bank keeps; see questionbank.Elements. */
const KEPT = new Set(['display', 'displaystyle', 'scriptlevel', 'mathvariant', 'form', 'stretchy', 'fence', 'separator', 'lspace', 'rspace',
  'movablelimits', 'accent', 'accentunder', 'largeop', 'symmetric', 'minsize', 'maxsize', 'width', 'height', 'depth', 'voffset', 'linethickness', 'columnspan', 'rowspan']);

const ESCAPES = /** @type {Record<string, string>} */ ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' });
const escape = (/** @type {string} */ text) => text.replace(/[&<>"]/g, (c) => ESCAPES[c]);

/**
 * Writes what is stored as authors write it: formulas are put away, and so is what only looks
 * like a mark; a dollar sign that is one is escaped. Read again, the text is what it was.
 * @param {string} text @param {string[]} formulas to which they are added @returns {string} with marks in their place
 */
export function hide(text, formulas) {
  return text.replace(/<math[\s>][\s\S]*?<\/math>|⟦\d+⟧|\$/g, (found) => (found === '$' ? '\\$' : `⟦${formulas.push(found)}⟧`));
}

/** @param {string} text with marks @param {string[]} formulas @returns {string} with the formulas; a mark without one stays, to be seen */
export function reveal(text, formulas) {
  return text.replace(/⟦(\d+)⟧/g, (mark, n) => formulas[Number(n) - 1] ?? mark);
}

/**
 * Turns `$…$`, and `$$…$$` for one on a line of its own, into MathML. `\$` is a dollar sign.
 * @param {string} text @param {(tex: string, display: boolean) => string} render throws what is wrong with the TeX
 * @returns {{text: string, faults: string[]}}
 */
export function toMathML(text, render) {
  /** @type {string[]} */
  const faults = [];
  const done = text.replace(/\\\$|\$\$([^$]+)\$\$|\$([^$\n]+)\$/g, (whole, shown, inline) => {
    if (whole === '\\$') return '$';
    const tex = (shown ?? inline).trim();
    try {
      return render(tex, shown !== undefined);
    } catch (fault) {
      faults.push(`${tex}: ${fault instanceof Error ? fault.message : fault}`);
      return escape(whole);
    }
  });
  return { text: done, faults };
}

/** MathML of a tree that the renderer built, without what the bank does not keep. @param {Node} node @returns {string} */
export function write(node) {
  if (node.nodeType === 3) return escape((node.nodeValue ?? '').replace(/[\u2061-\u2064]/g, ''));
  if (node.nodeType !== 1) return '';
  const el = /** @type {Element} */ (node);
  const name = el.localName;
  if (name === 'semantics') return el.firstChild ? write(el.firstChild) : '';
  if (name === 'annotation') return '';
  const attrs = [...el.attributes].filter((a) => KEPT.has(a.name)).map((a) => ` ${a.name}="${escape(a.value)}"`).join('');
  return `<${name}${attrs}>${[...el.childNodes].map(write).join('')}</${name}>`;
}

/** @param {string} tex @param {boolean} display @returns {string} */
export function renderTeX(tex, display) {
  const katex = /** @type {any} */ (globalThis).katex;
  const room = document.createElement('div');
  katex.render(tex, room, { output: 'mathml', trust: false, strict: 'error', displayMode: display, throwOnError: true });
  const math = room.querySelector('math');
  if (!math) throw new Error('no formula');
  return write(math);
}
