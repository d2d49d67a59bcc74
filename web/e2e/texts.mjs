// @ts-check
// The words that a person looks for on a page, from the catalogues that the pages use.

import { readFileSync } from 'node:fs';

/** @param {string} area @param {string} lang @returns {(key: string, values?: Record<string, string|number>) => string} */
export function words(area, lang) {
  const table = JSON.parse(readFileSync(new URL(`../static/locales/${area}.${lang}.json`, import.meta.url), 'utf8'));
  return (key, values = {}) => {
    if (!(key in table)) throw new Error(`no text ${key} in ${area}.${lang}.json`);
    return table[key].replace(/\{(\w+)\}/g, (/** @type {string} */ whole, /** @type {string} */ name) => String(values[name] ?? whole)).replaceAll('**', '');
  };
}
