// @ts-check
// The keys of the exam, pressed and seen. A key that sticks or a layout that is another shows here.

/** Fields in which a person types: what is pressed there is text. */
const FIELDS = 'input, select, textarea';

/**
 * @param {HTMLElement} box its items have data-key
 * @param {(key: string) => void} seen called once for each of them
 */
export function watchKeys(box, seen) {
  const waiting = new Map([...box.querySelectorAll('[data-key]')].map((li) => [/** @type {HTMLElement} */ (li).dataset.key ?? '', /** @type {HTMLElement} */ (li)]));
  document.addEventListener('keydown', (e) => {
    if (e.ctrlKey || e.altKey || e.metaKey) return;
    if (/** @type {Element} */ (e.target).matches?.(FIELDS)) return;
    const key = e.key.length === 1 ? e.key.toLowerCase() : e.key, li = waiting.get(key);
    if (!li) return;
    e.preventDefault(); // an arrow would scroll
    if (li.hasAttribute('data-seen')) return;
    li.setAttribute('data-seen', '');
    seen(key);
  });
}
