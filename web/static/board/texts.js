// @ts-check
// The page's catalogue, handed over by the server in <script id="texts">.

/** @param {Record<string, string>} catalogue @returns {(key: string, values?: Record<string, string | number>) => string} */
export function translator(catalogue) {
  return (key, values = {}) =>
    (catalogue[key] ?? key).replace(/\{(\w+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole));
}

/** @param {Document} doc */
export function pageTexts(doc) {
  return translator(JSON.parse(doc.getElementById('texts')?.textContent || '{}'));
}
