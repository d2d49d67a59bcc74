// @ts-check
// The public board on a server of its own: without a script, on a phone, on a large display, by keyboard alone, and as files.

import assert from 'node:assert/strict';
import { describe } from 'node:test';

import { OUTAGE } from './browser.mjs';
import { Boards, Files } from './boards.mjs';
import { scene, theatre } from './scene.mjs';
import { Demo, freePort } from './terang.mjs';
import { words } from './texts.mjs';
import { until } from './wait.mjs';

const SITTING = 'skd-contoh.sitting.sesi-1';

/** @param {import('./scene.mjs').Scene} s */
async function stage(s) {
  const demo = await Demo.start(await freePort());
  s.ends.push(() => demo.close());
  const boards = await Boards.serve(new URL(demo.board).origin);
  s.ends.push(() => boards.close());
  await until('somebody at work', async () => (await (await fetch(`${boards.url}/api/v1/boards/${SITTING}`)).json()).counts?.working >= 60);
  return { demo, boards };
}

/** @param {import('playwright-core').Page} page */
const sideways = (page) => page.evaluate(() => document.documentElement.scrollWidth > innerWidth);

describe('the board', () => {
  theatre();

  scene('is whole without a script, on a phone too, and finds a number', async (s) => {
    const { boards } = await stage(s);
    const t = words('board', 'id'), en = words('board', 'en');
    const { page } = await s.page({ width: 360, height: 740 }, { javaScriptEnabled: false });
    await page.goto(`${boards.url}/papan`);
    await page.click(`a[href="/papan/${SITTING}"]`);
    await page.locator('#rows tr').nth(59).waitFor();
    assert.ok((await page.locator('.b-title').innerText()).includes(t('board.not_final_result')));
    assert.ok((await page.locator('.fresh').innerText()).includes(t('board.provisional')));
    assert.ok(await page.locator('#dist-s rect').count() > 0, 'the distribution is drawn');
    await page.locator('#dist summary').click();
    assert.ok(await page.locator('#dist-t tr').first().isVisible(), 'and told as a table');
    assert.ok(!await sideways(page), 'the phone scrolls sideways');
    await s.shot(page, 'board-phone');
    const number = (await page.locator('#rows tr').nth(40).getAttribute('data-n')) ?? '';
    await page.fill('#cari', number);
    await page.click('#find button');
    assert.equal(await page.locator('tr.me').getAttribute('data-n'), number);
    await page.goto(`${boards.url}/papan/${SITTING}?cari=Maria`);
    assert.ok(await page.locator('#n-miss').isVisible(), 'a name finds nobody');
    await page.click('a[hreflang="en"]');
    assert.ok((await page.locator('.b-title').innerText()).includes(en('board.not_final_result')));
    assert.ok((await page.locator('.brand').getAttribute('href')) === '/');
    const cookies = await page.context().cookies();
    assert.deepEqual(cookies, [], 'no cookie was set');
    const { page: eyes } = await s.page({ width: 360, height: 740 }); // axe-core is a script
    for (const lang of ['id', 'en']) {
      await eyes.goto(`${boards.url}/papan?lang=${lang}`);
      await s.axe(eyes, `list of boards, ${lang}`);
      await eyes.goto(`${boards.url}/papan/${SITTING}?lang=${lang}`);
      await s.axe(eyes, `board on a phone, ${lang}`);
      assert.ok(!await sideways(eyes), 'the phone scrolls sideways');
    }
    await eyes.emulateMedia({ colorScheme: 'dark' });
    for (const at of ['/papan', `/papan/${SITTING}`, '/hasil']) {
      await eyes.goto(boards.url + at);
      await s.axe(eyes, `${at} at night`);
    }
  });

  scene('pages through by itself on a large display, with a script and without', async (s) => {
    const { demo, boards } = await stage(s);
    const { page, complaints } = await s.page({ width: 1920, height: 1080 });
    const t = words('board', 'id');
    await page.goto(`${boards.url}/papan/${SITTING}/layar`);
    await until('both columns', async () => await page.locator('#rows tbody tr').count() === 30);
    assert.ok((await page.textContent('#more'))?.endsWith(`${new URL(boards.url).host}/papan/${SITTING}`), 'where a number is searched');
    await s.axe(page, 'large display');
    await s.shot(page, 'board-screen');
    assert.ok(await page.evaluate(() => document.documentElement.scrollHeight <= innerHeight), 'nothing is below the edge');
    const { page: plain } = await s.page({ width: 1920, height: 1080 }, { javaScriptEnabled: false });
    await plain.goto(`${boards.url}/papan/${SITTING}/layar`);
    await until('the second page', async () => (await page.textContent('#pg')) === t('board.screen_page', { page: 2, pages: 3 }));
    await until('the second page without a script', async () => (await plain.textContent('#pg').catch(() => '')) === t('board.screen_page', { page: 2, pages: 3 }));
    await s.shot(plain, 'board-screen-plain');
    demo.close(); // the exam server is gone: the board stays, and says how old it is
    complaints.expected.push(OUTAGE);
    await until('the display to say that data are late', async () => /\d/.test((await page.textContent('#state.late #age').catch(() => '')) ?? ''));
    assert.equal(await page.locator('#rows tbody tr').count() > 0, true);
    await s.axe(page, 'large display, late');
    await s.shot(page, 'board-screen-late');
    await plain.goto(`${boards.url}/papan/${SITTING}`);
    assert.ok(await plain.locator('#n-late').isVisible(), 'a page without a script says it too');
  });

  scene('is read by keyboard alone, and goes on when its server is killed', async (s) => {
    const { boards } = await stage(s);
    const { page, complaints } = await s.page();
    await page.goto(`${boards.url}/papan/${SITTING}`);
    await until('a stream', async () => await page.evaluate(() => performance.getEntriesByType('resource').length > 3));
    const number = (await page.locator('#rows tr').nth(50).getAttribute('data-n')) ?? '';
    await page.keyboard.press('Tab');
    assert.equal(await page.evaluate(() => document.activeElement?.className), 'skip');
    for (let i = 0; i < 12 && await page.evaluate(() => document.activeElement?.id) !== 'cari'; i++) await page.keyboard.press('Tab');
    await page.keyboard.type(number);
    await page.keyboard.press('Enter');
    await until('the row has the focus', async () => await page.evaluate(() => /** @type {any} */ (document.activeElement)?.dataset.n) === number);
    await s.axe(page, 'board, a number found');
    await s.shot(page, 'board-server');
    await page.keyboard.press('Escape');
    assert.equal(await page.locator('tr.me').count(), 0);
    complaints.expected.push(OUTAGE);
    const rows = () => page.locator('#rows').innerText();
    await boards.kill();
    const last = await rows();
    await boards.start();
    await until('the page to go on without a reload', async () => await rows() !== last);
  });

  scene('is written as files that a plain host serves', async (s) => {
    const { demo } = await stage(s);
    const files = await Files.write(new URL(demo.board).origin);
    s.ends.push(() => files.close());
    const { page } = await s.page();
    await page.goto(`${files.url}/index.html`);
    await page.waitForURL('**/papan/index.html');
    await s.axe(page, 'list of boards as a file');
    await page.click(`a[href*="${SITTING}/"]`);
    await page.locator('#find:not([hidden])').waitFor();
    const number = (await page.locator('#rows tr').nth(30).getAttribute('data-n')) ?? '';
    await until('the state to be read', async () => await page.evaluate(() => performance.getEntriesByType('resource').some((e) => e.name.endsWith('state.json'))));
    await page.fill('#cari', number);
    await page.keyboard.press('Enter');
    await until('the row', async () => await page.locator('tr.me').count() === 1);
    await s.axe(page, 'board as a file');
    await s.shot(page, 'board-file');
    await page.click('a[hreflang="en"]');
    assert.equal(await page.locator('html').getAttribute('lang'), 'en');
  });
});
