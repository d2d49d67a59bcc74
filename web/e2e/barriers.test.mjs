// @ts-check
// Every page in every state, in both languages, as axe-core sees it.

import { describe } from 'node:test';

import { OUTAGE, refused } from './browser.mjs';
import { Cable } from './cable.mjs';
import { scene, theatre } from './scene.mjs';
import { PASSWORD, STAFF } from './terang.mjs';

describe('nobody is shut out', { concurrency: 4 }, () => {
  theatre();

  for (const [lang, name] of [['id', 'Indonesian'], ['en', 'English']]) {
    scene(`of the candidate's page in ${name}: from the sign-in over every dialog to the result`, async (s) => {
      const exam = await s.exam({ candidates: 1, policy: { cover_ms: 3_000 } });
      const pins = await exam.checkIn();
      const cable = await Cable.lay(exam.port);
      s.ends.push(() => cable.close());
      const at = await s.computer(`http://127.0.0.1:${cable.port}`, { lang, expect: [OUTAGE, refused(401)] });
      const { page } = at;
      const look = async (/** @type {string} */ state) => s.axe(page, `${lang}: ${state}`);
      await at.open();
      await look('sign-in');
      await at.signIn(exam.people[0].number, '000000');
      await page.locator('#si-err').waitFor();
      await look('wrong PIN');
      await at.signIn(exam.people[0].number, pins['01']);
      await at.view('identity');
      await look('identity');
      await page.click('#id-no');
      await look('wrong identity');
      await page.click('#id-back');
      await page.click('#id-yes');
      await at.view('rules');
      await page.click('#rules-go');
      await look('rules, not agreed');
      await page.check('#agree');
      await page.click('#rules-go');
      await at.view('device');
      await page.locator('#dv-store.tag-ok').waitFor();
      await look('computer');
      await page.click('#dv-go');
      await at.view('waiting');
      await look('waiting room');
      await s.shot(page, `waiting-${lang}`);
      await exam.act('start');
      await at.exam();
      await look('first item');
      await at.choose('b');
      await page.click('#mark');
      await at.stored();
      await look('stored and marked');
      const figure = await findFigure(at);
      await look('item with a figure');
      await s.shot(page, `figure-${lang}`);
      await page.click('#contrast');
      for (let i = 0; i < 4; i++) await page.click('#bigger');
      await look('largest text, dark');
      await s.shot(page, `largest-${lang}`);
      await page.click('#contrast');
      await page.click('#normal');
      if (figure.options) await at.go(figure.options);
      for (const name of ['help', 'time', 'fin1']) {
        await at.dialog(name);
        await look(`dialog ${name}`);
        await s.shot(page, `${name}-${lang}`);
        if (name !== 'fin1') await at.closeDialog();
      }
      await page.click('#fin1-go');
      await page.click('#fin-go');
      await page.locator('#fin-err').waitFor();
      await look('dialog fin2, not ticked');
      await at.closeDialog();
      cable.cut();
      await at.choose('a');
      await at.line('covered');
      await look('covered');
      cable.mend();
      await at.line('back');
      await at.stored();
      await look('back, with a notice');
      await at.finish();
      await look('result');
      await s.shot(page, `result-${lang}`);
      await page.setViewportSize({ width: 640, height: 800 });
      await look('result, narrow');
      await s.shot(page, `result-narrow-${lang}`);
    });

    scene(`of the public and the staff's pages in ${name}`, async (s) => {
      const exam = await s.exam({ candidates: 2 });
      const { page, complaints } = await s.page();
      complaints.expected.push(refused(404), refused(401));
      const look = async (/** @type {string} */ way, /** @type {string} */ state) => {
        await page.goto(`${exam.url}${way}${way.includes('?') ? '&' : '?'}lang=${lang}`);
        await s.axe(page, `${lang}: ${state}`);
        await s.shot(page, `${state.replace(/\W+/g, '-')}-${lang}`);
      };
      await look('/', 'front door');
      await look('/tidak-ada', 'error');
      await look('/papan', 'boards');
      await look(`/papan/${exam.board}`, 'board before the start');

      const desk = await s.station(exam.url, { lang, expect: [refused(401)] });
      const room = desk.page;
      const see = async (/** @type {string} */ state) => { await s.axe(room, `${lang}: ${state}`); await s.shot(room, `${state.replace(/\W+/g, '-')}-${lang}`); };
      await room.goto(`${exam.url}/meja?lang=${lang}`);
      await see('desk sign-in');
      await room.fill('#user', STAFF.supervisor);
      await room.fill('#password', 'bukan-ini');
      await room.click('#go');
      await room.locator('#err').waitFor();
      await see('desk sign-in refused');
      await desk.signIn(STAFF.supervisor, PASSWORD);
      await see('sittings');
      await desk.room(exam.id, 2);
      await see('room before check-in');
      await desk.act('open_checkin', 'room');
      await desk.select('01', '02');
      await see('seats selected');
      const pins = await desk.pins();
      await see('PINs');
      await desk.press('station.pins_done');
      await room.click('#clear');
      await desk.ask('station.act.start', 'room');
      await see('dialog of the start');
      await desk.press('station.go_on');
      await see('second look at the start');
      await desk.press('station.cancel');

      const at = await s.computer(exam.url, { lang });
      await at.enter(exam.people[0].number, pins['01']);
      await exam.act('start');
      await at.exam();
      for (let q = 1; q <= 5; q++) { await at.press('c'); await at.press('n'); }
      await at.stored();
      await desk.sees('01', 'work');
      await desk.select('01');
      await see('a seat explained');
      for (const action of ['credit', 'move', 'disqualify']) {
        await desk.ask(`station.act.${action}`);
        await see(`dialog of ${action}`);
        await desk.press('station.cancel');
      }
      await room.click('#v-tbl');
      await see('room as a table');
      await room.click('#t-log');
      await see('log of the room');
      await look(`/papan/${exam.board}`, 'board of a running sitting');
      await page.setViewportSize({ width: 400, height: 800 });
      await look(`/papan/${exam.board}`, 'board on a telephone');
      await room.setViewportSize({ width: 800, height: 700 });
      await see('room on a tablet');
    });
  }
});

/** Goes through the numbers until an item has a figure. @param {import('./computer.mjs').Computer} at @returns {Promise<{options: number}>} */
async function findFigure(at) {
  const pictures = () => at.page.evaluate(() => [document.querySelectorAll('#stem img').length, document.querySelectorAll('#opts img').length]);
  let options = 0;
  for (let q = 31; q <= 65; q++) {
    await at.go(q);
    const [stem, opts] = await pictures();
    if (opts) options = q;
    if (stem) {
      await at.page.waitForFunction(() => [...document.querySelectorAll('img')].filter((i) => i.offsetParent).every((i) => i.complete && i.naturalWidth > 0));
      return { options };
    }
  }
  throw new Error('no item of this form has a figure');
}
