// @ts-check
// A whole sitting, from the supervisor's sign-in to the board, as the people in a room live through it.

import assert from 'node:assert/strict';
import { describe } from 'node:test';

import { HOST } from './browser.mjs';
import { enter, reach } from './keyboard.mjs';
import { scene, theatre } from './scene.mjs';
import { PASSWORD, STAFF } from './terang.mjs';
import { until } from './wait.mjs';

describe('a whole sitting', { concurrency: 2 }, () => {
  theatre();

  for (const place of ['localhost', HOST]) {
    const here = place === 'localhost';
    scene(`is held on ${here ? 'this machine' : 'a name of the network over plain http'}: check-in, waiting room, start at the station, answers by mouse and keyboard, finish, result (C16 C17 C18)`, async (s) => {
      const exam = await s.exam({ candidates: 3 }, []);
      const base = here ? exam.url : `http://${HOST}:${exam.port}`;
      if (!here) {
        await exam.kill();
        await exam.serve(['--insecure-lan', '--url', base]);
      }

      // the desk opens the PINs and reads them out
      const desk = await s.station(base);
      await desk.signIn(STAFF.supervisor, PASSWORD);
      await desk.room(exam.id, 3);
      await desk.act('open_checkin', 'room');
      await desk.select('01', '02');
      const pins = await desk.pins();
      assert.deepEqual(Object.keys(pins), ['01', '02']);
      await desk.press('station.pins_done');
      await desk.sees('01', 'in');

      const [sari, dimas] = exam.people;
      const mouse = await s.computer(base);
      const keys = await s.computer(base, { lang: 'en' });
      assert.equal(await (await s.page()).page.goto(base).then((r) => r?.status()), 200);

      await mouse.enter(sari.number, pins['01']);
      assert.equal(await mouse.page.evaluate('isSecureContext'), here);
      assert.match(await mouse.page.textContent('#wait-id') ?? '', new RegExp(sari.number));
      assert.equal(await mouse.page.locator('#stem *').count(), 0, 'no item before the start');

      // the other one never touches a mouse
      await keys.open();
      await keys.page.keyboard.type(dimas.number.replaceAll('-', '').toLowerCase());
      await keys.press('Tab');
      await keys.page.keyboard.type(pins['02']);
      await keys.press('Enter');
      await keys.view('identity');
      await enter(keys.page, keys.page.locator('#id-yes'));
      await keys.view('rules');
      await reach(keys.page, keys.page.locator('#agree'));
      await keys.press('Space');
      await enter(keys.page, keys.page.locator('#rules-go'));
      await keys.view('device');
      await reach(keys.page, keys.page.locator('#dv-type'));
      await keys.page.keyboard.type('abcde');
      await enter(keys.page, keys.page.locator('#dv-go'));
      await keys.view('waiting');

      await desk.sees('01', 'ready');
      await desk.sees('02', 'ready');
      await desk.start();
      await Promise.all([mouse.exam(), keys.exam()]);
      await desk.sees('01', 'work');

      // by mouse
      for (const [q, c] of [[1, 'b'], [2, 'd'], [31, 'a'], [66, 'c'], [110, 'e']]) {
        await mouse.go(Number(q));
        await mouse.choose(String(c));
      }
      await mouse.choose('b');
      await mouse.page.click('#mark');
      await mouse.stored();
      assert.equal(await mouse.page.getAttribute('#mark', 'aria-pressed'), 'true');
      assert.deepEqual([await mouse.page.textContent('#k-a'), await mouse.page.textContent('#k-m')], ['5', '1']);
      await mouse.page.click('#prev');
      assert.equal(await mouse.page.textContent('#q-n'), '109');

      // by keyboard: letters, figures, arrows, the grid
      await keys.press('b');
      await keys.press('n');
      await keys.press('3');
      await keys.press('m');
      await keys.press('n');
      await keys.press('n');
      await keys.press('p');
      assert.equal(await keys.page.textContent('#q-n'), '3');
      await reach(keys.page, keys.page.locator('#opts input').first());
      await keys.press('ArrowDown');
      await keys.press('g');
      await keys.press('ArrowRight');
      await keys.press('End');
      await keys.press('Enter');
      await keys.press('a');
      await keys.stored();
      assert.equal(await keys.page.textContent('#q-n'), '110');
      assert.deepEqual([await keys.answered(), await keys.page.textContent('#k-m')], [4, '1']);

      // size and contrast are the candidate's own, and outlive a reload
      const size = () => keys.page.evaluate(() => parseFloat(getComputedStyle(/** @type {Element} */ (document.querySelector('#stem'))).fontSize));
      const [small, ground] = [await size(), await keys.page.evaluate(() => getComputedStyle(document.body).backgroundColor)];
      await keys.press('+');
      await keys.press('k');
      const big = await size();
      assert.ok(big > small, `${big} px after ${small} px`);
      assert.notEqual(await keys.page.evaluate(() => getComputedStyle(document.body).backgroundColor), ground);
      await keys.page.reload();
      await keys.exam();
      assert.equal(await size(), big);
      assert.deepEqual([await keys.page.textContent('#q-n'), await keys.answered()], ['110', 4]);
      await mouse.page.click('#bigger');
      await mouse.page.click('#contrast');
      await mouse.page.click('#normal');
      await mouse.page.click('#contrast');

      // nobody has another one's form
      const stems = async (/** @type {import('./computer.mjs').Computer} */ c) => JSON.stringify(c.frames.filter((f) => f.items).pop()?.items.map((/** @type {any} */ i) => i.html));
      if (!here) assert.notEqual(await stems(mouse), await stems(keys));

      await mouse.finish();
      await equal(exam, mouse, sari.number);
      await desk.sees('01', 'done');

      // the other is ended by the desk, and told so
      await desk.select('02');
      const ask = await desk.ask('station.act.finish');
      await ask.locator('#d-reason').selectOption('health');
      await desk.press('station.act.finish');
      await keys.view('ended');
      await keys.page.click('#en-go');
      await keys.view('result');
      await equal(exam, keys, dimas.number);
      await desk.sees('02', 'done');
      await desk.sees('03', 'absent');
    });
  }
});

/** What the page shows is the board's row, and what the journal gives to another process. @param {import('./terang.mjs').Exam} exam @param {import('./computer.mjs').Computer} at @param {string} number */
async function equal(exam, at, number) {
  const shown = await at.result();
  const row = await until('the board to have the result', async () => { const r = await exam.row(number); return r.finished && r; });
  const again = await exam.recomputed(number);
  assert.deepEqual([row.scores, row.total], [shown.scores, shown.total], 'the result page and the board');
  assert.deepEqual([again.scores, again.total, again.finished], [row.scores, row.total, true], 'the board and the journal');
  assert.equal(Object.values(shown.scores).reduce((a, b) => a + b, 0), shown.total);
  assert.match(shown.receipt, /^([0-9a-f]{4} ?)+$/i);
}
