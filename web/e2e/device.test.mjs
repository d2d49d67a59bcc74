// @ts-check
// One attempt, two computers: only ever one of them holds it, and the supervisor decides which.

import assert from 'node:assert/strict';
import { describe } from 'node:test';

import { OUTAGE, refused } from './browser.mjs';
import { Cable } from './cable.mjs';
import { Computer } from './computer.mjs';
import { scene, theatre } from './scene.mjs';
import { PASSWORD, STAFF } from './terang.mjs';
import { until } from './wait.mjs';

const expect = [refused(409), refused(401)];

/** A candidate at work, over a cable that can be cut. @param {import('./scene.mjs').Scene} s @param {number} candidates */
async function wired(s, candidates) {
  const exam = await s.exam({ candidates });
  const pins = await exam.checkIn();
  const cable = await Cable.lay(exam.port);
  s.ends.push(() => cable.close());
  const first = await s.computer(`http://127.0.0.1:${cable.port}`, { expect: [...expect, OUTAGE] });
  await first.enter(exam.people[0].number, pins['01']);
  await exam.act('start');
  await first.exam();
  return { exam, pins, cable, first };
}

describe('a second computer', { concurrency: 3 }, () => {
  theatre();

  scene('is refused while the first works, and let in when the supervisor releases the seat; the first goes dead (C9 C18)', async (s) => {
    const exam = await s.exam({ candidates: 1 });
    const pins = await exam.checkIn();
    const { number } = exam.people[0];
    const desk = await s.station(exam.url);
    await desk.signIn(STAFF.supervisor, PASSWORD);
    await desk.room(exam.id, 1);
    const first = await s.computer(exam.url, { expect });
    const second = await s.computer(exam.url, { expect });
    await first.enter(number, pins['01']);
    await exam.act('start');
    await first.exam();
    await first.choose('b');
    await first.stored();

    await second.open();
    await second.signIn(number, pins['01']);
    await second.page.locator('#si-err-h', { hasText: second.t('exam.err_in_use') }).waitFor();
    await s.axe(second.page, 'sign-in refused');
    await first.page.locator('#dock .notice').waitFor();
    await desk.page.locator('#c-alerts .top', { hasText: desk.t('station.alert.two_devices') }).waitFor();
    await first.press('n');
    await first.press('c');
    await first.stored();

    await desk.select('01');
    await desk.act('release');
    await first.view('signin');
    await first.page.locator('#si-err-h', { hasText: first.t('exam.err_signed_out') }).waitFor();
    assert.equal(await first.page.locator('#stem *').count(), 0, 'no item is left on the first');

    await second.page.click('#si-go');
    await second.view('identity');
    await second.page.click('#id-yes');
    await second.exam();
    assert.equal(await second.answered(), 2, 'all answers came along');
    await second.choose('e');
    await second.stored();

    // whoever sits at the first one now is the second computer
    await first.signIn(number, pins['01']);
    await first.page.locator('#si-err-h', { hasText: first.t('exam.err_in_use') }).waitFor();
    assert.equal((await exam.seat('01')).progress, await second.answered());
  });

  scene('is where the supervisor moves a candidate: the clock stands until the sign-in there (C9 C16 C18)', async (s) => {
    const exam = await s.exam({ candidates: 1 });
    const pins = await exam.checkIn();
    const { number } = exam.people[0];
    const desk = await s.station(exam.url);
    await desk.signIn(STAFF.supervisor, PASSWORD);
    await desk.room(exam.id, 1);
    const first = await s.computer(exam.url, { expect });
    await first.enter(number, pins['01']);
    await exam.act('start');
    await first.exam();
    await first.choose('b');
    await first.stored();

    await desk.select('01');
    const ask = await desk.ask('station.act.move');
    await ask.locator('#d-to').selectOption('09');
    await desk.done('move');
    await first.view('moved');
    assert.equal(await first.page.textContent('#mv-seat'), '09');
    await s.axe(first.page, 'moved');
    await s.shot(first.page, 'moved');
    await desk.sees('09', 'moved');
    const told = await first.page.textContent('#mv-t');

    const second = await s.computer(exam.url, { expect });
    await second.comeBack(number, pins['01']);
    assert.deepEqual([await second.answered(), await second.chosen()], [1, 'b']);
    await desk.sees('09', 'work');
    assert.equal(await first.page.textContent('#mv-t'), told, 'the time that moves along stands on the screen, too');
    const seat = await exam.seat('09');
    assert.deepEqual(seat.parts.map((/** @type {any} */ p) => p.what), ['base', 'move']);
    await second.dialog('time');
    await second.page.locator('#time-b').getByText(second.t('exam.part_move')).waitFor();
    await second.closeDialog();

    await first.page.click('[data-view="moved"] [data-clear]');
    await first.view('signin');
  });

  for (const reload of [false, true]) {
    scene(`has the last word: what the first chose without a network is never written over it, also when the candidate comes back${reload ? ' after a reload' : ''}; what nobody chose anew is not lost (C9)`, async (s) => {
      const { exam, pins, cable, first } = await wired(s, 1);
      const { number } = exam.people[0];
      const second = await s.computer(exam.url, { expect });
      cable.cut();
      await first.choose('a');
      await first.go(2);
      await first.choose('c');
      await first.line('down');

      await exam.act('release', { seats: ['01'], reason: 'network' });
      await second.comeBack(number, pins['01']);
      await second.choose('d');
      await second.stored();

      cable.mend();
      await first.page.locator('[data-view="signin"]:visible, [data-view="elsewhere"]:visible').waitFor();
      assert.equal(await first.page.locator('#stem *').count(), 0);
      await second.page.reload();
      await second.exam();
      assert.deepEqual([await second.chosen(), await second.answered(), (await exam.seat('01')).progress], ['d', 1, 1]);

      if (reload) { await first.page.reload(); await first.view('signin'); }
      await exam.act('release', { seats: ['01'], reason: 'device' });
      await second.view('signin');
      await first.signIn(number, pins['01']);
      await first.view('identity');
      await first.page.click('#id-yes');
      await first.exam();
      await first.stored();
      const stands = async () => {
        await first.go(1);
        assert.equal(await first.chosen(), 'd');
        await first.go(2);
        assert.deepEqual([await first.chosen(), await first.answered(), (await exam.seat('01')).progress], ['c', 2, 2]);
      };
      await stands();
      await first.page.locator('#dock').getByText(first.t('exam.newer').replace('{q}', '1')).waitFor();
      await s.axe(first.page, 'a newer answer stands');
      await s.shot(first.page, 'newer');
      await first.page.reload();
      await first.exam();
      await stands();
    });
  }

  scene('took over from somebody who chose without a network: whoever signs in at the first one afterwards finds their own exam, and nothing of the other (C4)', async (s) => {
    const { exam, pins, cable, first } = await wired(s, 2);
    const [x, y] = exam.people;
    const second = await s.computer(exam.url, { expect });
    cable.cut();
    await first.choose('a');
    await first.go(2);
    await first.choose('c');
    await first.line('down');
    await exam.act('move', { seats: ['01'], to: '09', reason: 'network' });
    await second.comeBack(x.number, pins['01']);
    cable.mend();
    await first.view('signin');

    await first.signIn(y.number, pins['02']);
    await first.pass();
    await first.exam();
    assert.deepEqual([await first.answered(), await first.page.textContent('#k-q'), await first.chosen()], [0, '0', '']);
    for (const [q, c] of /** @type {[number, string][]} */ ([[1, 'a'], [2, 'c']])) {
      await first.go(q);
      await first.choose(c);
      await first.stored();
    }
    assert.equal((await exam.seat('02')).progress, 2);
    assert.equal(await second.answered(), 0, 'and the other has nothing of theirs');
    await first.page.reload();
    await first.exam();
    assert.deepEqual([await first.answered(), await first.chosen()], [2, 'c']);
  });

  scene('that has changed hands in another tab gives nothing of the former candidate to the next one, not even the wish to finish (C3 C4 C9)', async (s) => {
    const exam = await s.exam({ candidates: 2 });
    const pins = await exam.checkIn();
    const [x, y] = exam.people;
    const cable = await Cable.lay(exam.port);
    s.ends.push(() => cable.close());
    const first = await s.computer(`http://127.0.0.1:${cable.port}`, { expect: [...expect, OUTAGE] });
    let deaf = false;
    await first.page.routeWebSocket(/\/exam\/ws$/, (socket) => { if (deaf) socket.close(); else socket.connectToServer(); });
    await first.page.route('**/api/v1/exam/frames', (route) => (deaf ? route.abort() : route.continue()));
    await first.enter(x.number, pins['01']);
    await exam.act('start');
    await first.exam();
    deaf = true;
    cable.cut();
    cable.mend();
    await first.line('down');
    await first.choose('a');
    await first.dialog('fin1');
    await first.page.click('#fin1-go');
    await first.page.check('#fin-ok');
    await first.page.click('#fin-go');

    await exam.act('release', { seats: ['01'], reason: 'network' });
    const tab = new Computer(await first.page.context().newPage(), first.base, 'id');
    await tab.open();
    await tab.signIn(y.number, pins['02']);
    await tab.pass();
    await tab.exam();
    deaf = false;
    await tab.view('elsewhere');
    await first.page.locator('#x-id', { hasText: y.number }).waitFor();
    await first.choose('c');
    await first.stored();
    assert.deepEqual([first.wire('sent', 'finish').length, await first.answered(), (await exam.seat('02')).state, (await exam.seat('02')).progress], [0, 1, 'running', 1]);
  });

  scene('is not another tab of the same one: what waits there is sent by the tab that goes on, and either comes back after a reload (C5 C9)', async (s) => {
    const { exam, cable, first } = await wired(s, 1);
    await first.choose('a');
    await first.stored();
    cable.cut();
    await first.go(2);
    await first.choose('c');
    await first.line('down');
    await exam.act('pause', { reason: 'evacuation' });
    cable.mend();
    await first.view('paused');
    const waits = await first.page.textContent('#pz-t');

    const tab = new Computer(await first.page.context().newPage(), first.base, 'id');
    await tab.page.goto(`${tab.base}/ujian`);
    await tab.view('paused');
    await first.view('elsewhere');
    await s.axe(first.page, 'elsewhere');
    await until('the tab to say what waits', async () => await tab.page.textContent('#pz-t') === waits);
    await tab.page.reload();
    await tab.view('paused');
    await until('the tab to say what waits after a reload', async () => await tab.page.textContent('#pz-t') === waits);

    await exam.act('resume');
    await tab.exam();
    await tab.stored();
    await tab.go(2);
    assert.deepEqual([await tab.chosen(), await tab.answered(), (await exam.seat('01')).progress], ['c', 2, 2]);

    await first.page.click('[data-view="elsewhere"] a');
    await first.exam();
    await tab.view('elsewhere');
    assert.deepEqual([await first.answered(), (await exam.seat('01')).progress], [2, 2]);
  });
});
