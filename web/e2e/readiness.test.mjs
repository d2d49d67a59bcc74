// @ts-check
// Before the day: a computer is checked at its seat, and a rehearsal looks like nothing else.

import assert from 'node:assert/strict';
import { describe } from 'node:test';

import { refused } from './browser.mjs';
import { scene, theatre } from './scene.mjs';
import { words } from './texts.mjs';
import { PASSWORD, STAFF, terang } from './terang.mjs';

/** The keys that the page asks for, pressed as a person does. @param {import('playwright-core').Page} page @param {string[]} [but] */
async function pressAll(page, but = []) {
  await page.locator('h1').click();
  for (const key of await page.locator('#keys [data-key]').evaluateAll((all) => all.map((li) => /** @type {HTMLElement} */ (li).dataset.key ?? ''))) {
    if (!but.includes(key)) await page.keyboard.press(key);
  }
}

/** @param {import('playwright-core').Page} page @returns {Promise<Record<string, string>>} check -> ok, note, bad or wait */
const lines = (page) => page.locator('#lines li').evaluateAll((all) => Object.fromEntries(all.map((li) => [/** @type {HTMLElement} */ (li).dataset.check, /** @type {HTMLElement} */ (li).dataset.state])));

describe('before the day', { concurrency: 2 }, () => {
  theatre();

  scene('a computer is measured, its keys are seen, its seat is kept, and the station knows', async (s) => {
    const exam = await s.exam({ candidates: 2 });
    const t = words('readiness', 'id');
    const { page, complaints } = await s.page({ width: 1366, height: 768 });
    complaints.expected.push(refused(403));
    await page.goto(`${exam.url}/kesiapan?site=kota-lama&room=ruang-1&seat=01`);
    await page.locator('#lines:not([aria-busy])').waitFor();
    const first = await lines(page);
    for (const check of ['browser', 'screen', 'storage', 'cookies', 'crypto', 'server', 'websocket', 'clock']) assert.equal(first[check], 'ok', check);
    assert.equal(first.keyboard, 'wait', 'nobody has pressed a key yet');
    await s.axe(page, 'readiness, measured');
    await s.shot(page, 'readiness-measured');

    // From outside the site's networks the room's code is needed.
    await page.click('#send');
    await page.locator('#said.notice-bad').waitFor();
    assert.equal(await page.locator('#said-h').textContent(), t('ready.not_sent'));
    const { code } = await exam.staff(`sittings/${exam.id}/seat-code`, {});
    await page.fill('#code', code.toLowerCase());

    // A key that is not seen keeps the seat from being ready, by name.
    await pressAll(page, ['c']);
    await page.click('#send');
    await page.locator('#said-h', { hasText: t('ready.is_not', { seat: '01' }) }).waitFor();
    assert.match(await page.locator('[data-check="keyboard"]').innerText(), /\bC\b/);
    assert.equal((await lines(page)).keyboard, 'bad');
    await s.shot(page, 'readiness-not-ready');
    await s.axe(page, 'readiness, not ready');
    await pressAll(page);
    await page.click('#send');
    await page.locator('#said-h', { hasText: t('ready.is_ready', { seat: '01' }) }).waitFor();
    assert.equal((await lines(page)).keyboard, 'ok');
    await s.shot(page, 'readiness-ready');
    await s.axe(page, 'readiness, ready');
    const cookie = (await page.context().cookies()).find((c) => c.name === 'seat');
    assert.ok(cookie?.httpOnly && cookie.sameSite === 'Strict' && cookie.value.length > 40, 'the browser has the seat token');
    await page.reload();
    await page.locator('#known', { hasText: '01' }).waitFor();

    // On a screen that is too small it fails, and says what to do.
    const { page: small } = await s.page({ width: 1024, height: 600 });
    await small.goto(`${exam.url}/kesiapan?site=kota-lama&room=ruang-1&seat=02&lang=en`);
    await small.locator('#lines:not([aria-busy])').waitFor();
    assert.equal((await lines(small)).screen, 'bad');
    assert.match(await small.locator('[data-check="screen"]').innerText(), /1024 × 600 pixels; at least 1024 × 700\. Raise the resolution/);
    await s.axe(small, 'readiness, small screen');
    await small.setViewportSize({ width: 1024, height: 768 });
    await s.shot(small, 'readiness-1024');
    await small.fill('#code', code);
    await small.click('#send');
    await small.locator('#said.notice-bad').waitFor();

    const desk = await s.station(exam.url);
    await desk.signIn(STAFF.supervisor, PASSWORD);
    await desk.room(exam.id, 2);
    await desk.page.locator('#t-ready', { hasText: '1/2' }).waitFor();
    await desk.page.click('#t-ready');
    await desk.page.locator('#c-ready .rdy li').nth(1).waitFor();
    const seats = await desk.page.locator('#c-ready .rdy li').allInnerTexts();
    const d = words('station', 'id');
    assert.match(seats[0].replace(/\s+/g, ' '), new RegExp(`^02 ${d('station.ready.not_ready')} .*${d('station.ready.check.screen')}`));
    assert.match(seats[1].replace(/\s+/g, ' '), new RegExp(`^01 ${d('station.ready.ready')} `));
    await desk.page.click('#c-ready button');
    await desk.page.locator('#c-ready .mono').waitFor();
    await s.axe(desk.page, 'station, readiness');
    await s.shot(desk.page, 'station-readiness');
    assert.match(await terang(['exam', 'status', ...exam.at]), /computers of kota-lama: 1 of 2 ready; not ready: 02 screen keyboard/);
  });

  scene('a rehearsal says GLADI in every state of the page, at the desk, and on no public board', async (s) => {
    const exam = await s.exam({ candidates: 2, rehearsal: true });
    const pins = await exam.checkIn();
    const at = await s.computer(exam.url, { viewport: { width: 1024, height: 768 } });
    const { page } = at;
    const marked = async (/** @type {string} */ state) => {
      const band = page.locator('#gladi');
      assert.ok(await band.isVisible() && /GLADI/.test(await band.innerText()), `${state}: no band`);
      const box = await band.boundingBox();
      assert.ok(box && box.y >= 0 && box.height >= 20, `${state}: the band is out of sight`);
      assert.match(await page.title(), /^GLADI - /, state);
      await s.axe(page, `rehearsal: ${state}`);
      await s.shot(page, `gladi-${state}`);
    };
    await at.open();
    await marked('signin');
    await at.signIn(exam.people[0].number, pins['01']);
    await at.settle();
    await marked('waiting');
    await exam.act('start');
    await at.exam();
    await marked('exam');
    await page.setViewportSize({ width: 1366, height: 768 });
    await at.choose('b');
    await at.stored();
    await page.mouse.wheel(0, 2000);
    await marked('exam-wide');
    await page.click('#contrast');
    await marked('exam-dark');
    await exam.act('pause');
    await at.view('paused');
    await marked('paused');
    await exam.act('resume');
    await at.view('exam');
    await page.reload();
    await at.exam();
    await marked('after-a-reload');
    await exam.act('finish', { seats: ['01'], reason: 'request' });
    await page.locator('[data-view="ended"]:not([hidden]), [data-view="result"]:not([hidden])').first().waitFor();
    await marked('over');
    if (await page.locator('#en-go').isVisible()) { await page.click('#en-go'); await at.view('result'); await marked('result'); }

    const desk = await s.station(exam.url);
    await desk.signIn(STAFF.supervisor, PASSWORD);
    await desk.room(exam.id, 2);
    assert.ok(await desk.page.locator('.gladi').isVisible(), 'the station is not marked');
    await s.axe(desk.page, 'rehearsal: station');
    await s.shot(desk.page, 'gladi-station');
    await desk.page.setViewportSize({ width: 1024, height: 768 });
    await s.shot(desk.page, 'gladi-station-1024');
    await desk.page.goto(`${exam.url}/papan/${exam.board}`);
    assert.ok(await desk.page.locator('.gladi').isVisible(), 'the board is not marked');
    await s.axe(desk.page, 'rehearsal: board for staff');
    await s.shot(desk.page, 'gladi-board');
    const { page: anybody, complaints } = await s.page();
    complaints.expected.push(refused(404));
    assert.equal((await anybody.goto(`${exam.url}/papan/${exam.board}`))?.status(), 404);
  });
});
