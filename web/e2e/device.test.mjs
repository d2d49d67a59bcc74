// @ts-check
// One attempt, two computers: only ever one of them holds it, and the supervisor decides which.

import assert from 'node:assert/strict';
import { describe } from 'node:test';

import { OUTAGE, refused } from './browser.mjs';
import { Cable } from './cable.mjs';
import { scene, theatre } from './scene.mjs';
import { PASSWORD, STAFF } from './terang.mjs';

const expect = [refused(409), refused(401)];

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

  scene('has the last word: what the first chose without a network is never written over it (C9)', async (s) => {
    const exam = await s.exam({ candidates: 1 });
    const pins = await exam.checkIn();
    const { number } = exam.people[0];
    const cable = await Cable.lay(exam.port);
    s.ends.push(() => cable.close());
    const first = await s.computer(`http://127.0.0.1:${cable.port}`, { expect: [...expect, OUTAGE] });
    const second = await s.computer(exam.url, { expect });
    await first.enter(number, pins['01']);
    await exam.act('start');
    await first.exam();
    cable.cut();
    await first.choose('a');
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
  });
});
