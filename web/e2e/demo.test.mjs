// @ts-check
// The demo as a newcomer meets it: a board that moves by itself, and a free seat to sit down in.

import assert from 'node:assert/strict';
import { describe } from 'node:test';
import { mkdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

import { scene, theatre } from './scene.mjs';
import { freePort, Demo } from './terang.mjs';
import { until } from './wait.mjs';

/** Pictures for the README are made on request only: they change with every run. */
const docs = process.env.TERANG_SHOTS === 'docs';

describe('the demo', () => {
  theatre();

  scene('shows a board that moves by itself, and has a seat for whoever comes (C12)', async (s) => {
    const demo = await Demo.start(await freePort());
    s.ends.push(() => demo.close());
    const { page } = await s.page();
    await page.goto(demo.board);
    const rows = () => page.locator('#rows').innerText();
    const first = await rows();
    const at = await s.computer(new URL(demo.seats[0].url).origin);
    await at.open();
    await at.signIn(demo.seats[0].number, demo.seats[0].pin);
    await at.view('identity');
    await at.page.click('#id-yes');
    // a late comer of the demo starts at once, without a waiting room
    await until('the rules or the exam', async () => await at.page.isVisible('[data-view="rules"]') || await at.page.isVisible('#exam'));
    if (await at.page.isVisible('[data-view="rules"]')) {
      await at.page.check('#agree');
      await at.page.click('#rules-go');
      await at.page.click('#dv-go');
    }
    await at.exam();
    for (const [q, c] of [[1, 'b'], [2, 'd'], [3, 'a'], [4, 'e'], [5, 'c'], [31, 'a'], [66, 'd']]) {
      await at.go(Number(q));
      await at.choose(String(c));
    }
    await at.go(4);
    await at.page.click('#mark');
    for (let q = 32; q <= 65 && await at.page.locator('#stem img').count() === 0; q++) await at.go(q);
    await at.choose('c');
    await at.stored();
    await s.shot(at.page, 'candidate');
    if (docs) await picture(at.page, 'candidate');

    await until('the board to have other rows without a reload', async () => await rows() !== first);
    await until('sixty at work', async () => Number(await page.textContent('#c-working')) >= 60);
    if (docs) await until('some to be further', async () => /\b1[2-9]\/110/.test(await rows()), 400_000);
    await page.locator('#order button').click({ timeout: 1_000 }).catch(() => {});
    await s.axe(page, 'board of the demo');
    await s.shot(page, 'board');
    if (docs) await picture(page, 'board');
    assert.equal(await demo.stop(), 0, 'it ends well when it is interrupted');
  });
});

/** @param {import('playwright-core').Page} page @param {string} name */
async function picture(page, name) {
  const folder = fileURLToPath(new URL('pictures', import.meta.url));
  await mkdir(folder, { recursive: true });
  await page.screenshot({ path: `${folder}/${name}.png` });
}
