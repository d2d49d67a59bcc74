// @ts-check
// A page as several screens show it.

import assert from 'node:assert/strict';

/** Nothing is cut off, and nobody is shut out, on any of these screens; each has a picture.
 * @param {import('./scene.mjs').Scene} s @param {import('playwright-core').Page} page @param {string} name @param {{width: number, height: number}[]} screens */
export async function look(s, page, name, screens) {
  const before = page.viewportSize();
  for (const size of screens) {
    await page.setViewportSize(size);
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= document.documentElement.clientWidth), `${name} is wider than ${size.width} pixels`);
    await s.axe(page, `${name}, ${size.width} pixels wide`);
    await page.screenshot({ path: new URL(`shots/${name.replace(/\W+/g, '-')}-${size.width}.png`, import.meta.url).pathname, fullPage: size.width < 600 });
  }
  if (before) await page.setViewportSize(before);
}

/** An office's screen, and a telephone. */
export const OFFICE = [{ width: 1366, height: 768 }, { width: 360, height: 740 }];
