// @ts-check
// The room on a bad day: a computer that dies, a power cut, another hour, another day, and signals that are advice.

import assert from 'node:assert/strict';
import { describe } from 'node:test';

import { OUTAGE, refused } from './browser.mjs';
import { sat } from './sat.mjs';
import { scene, theatre } from './scene.mjs';
import { PASSWORD, STAFF } from './terang.mjs';
import { until } from './wait.mjs';

/** A second sitting of the same room, and a spare seat. @param {any} d */
const twoSittings = (d) => {
  d.rooms[0].spare = ['11', '12'];
  d.sittings.push({ ...d.sittings[0], code: 'sesi-2', title: 'Sesi 2', start: '2031-01-01T08:00' });
};

/** @param {import('./scene.mjs').Scene} s @param {import('./terang.mjs').Exam} exam */
async function supervisor(s, exam, id = exam.id) {
  const desk = await s.station(exam.url, { expect: [OUTAGE, refused(409)] });
  await desk.signIn(STAFF.supervisor, PASSWORD);
  await desk.room(id, 2);
  return desk;
}

describe('the room on a bad day', { concurrency: 2 }, () => {
  theatre();

  scene('a candidate goes on at a spare computer within ten seconds and has lost nothing (C9)', async (s) => {
    const exam = await s.exam({ candidates: 2, change: twoSittings });
    const desk = await supervisor(s, exam);
    const pins = await exam.checkIn();
    const old = await s.computer(exam.url, { expect: [OUTAGE] });
    await old.enter(exam.people[0].number, pins['01']);
    await exam.act('start');
    await old.exam();
    for (const [q, c] of [[1, 'b'], [2, 'd'], [110, 'e']]) {
      await old.go(Number(q));
      await old.choose(String(c));
    }
    await old.stored();
    const spare = await s.computer(exam.url);
    await spare.open();
    await desk.sees('12', 'spare');
    await desk.select('01');

    const began = performance.now();
    const dialog = await desk.ask('station.act.move');
    assert.equal(await dialog.locator('#d-to').inputValue(), '11', 'a spare computer is proposed, no other is to be looked for');
    await desk.done('move');
    await spare.signIn(exam.people[0].number, pins['01']);
    await spare.view('identity');
    await spare.page.click('#id-yes');
    await spare.exam();
    const took = performance.now() - began;
    console.log(`  moved: from the click at the station to the items at the other computer ${Math.round(took)} ms`);
    assert.ok(took < 10_000, `${took} ms`);

    assert.equal(await spare.answered(), 3);
    await spare.choose('a');
    await spare.stored();
    await old.view('moved');
    await desk.sees('11', 'work');
    await desk.sees('01', 'empty');
    // the old one cannot write any more, and is marked so that nobody is put there
    await desk.select('01');
    const mark = await desk.ask('station.act.mark_seat');
    await mark.locator('#d-reason').selectOption('device');
    await desk.press('station.act.mark_seat');
    await desk.sees('01', 'broken');
    await s.shot(desk.page, 'station-moved');
    await s.axe(desk.page, 'a room with spare and broken seats');
  });

  scene('an act reaches the people whose names its dialog showed, wherever they sit when it is sent', async (s) => {
    const exam = await s.exam({ candidates: 2, change: twoSittings });
    const desk = await supervisor(s, exam);
    const pins = await exam.checkIn();
    for (const p of exam.people) await (await s.computer(exam.url, { expect: [OUTAGE] })).enter(p.number, pins[p.seat]);
    await exam.act('start');
    for (const p of exam.people) await desk.sees(p.seat, 'work');
    const [sari, dimas] = exam.people;
    await desk.select('01');
    const dialog = await desk.ask('station.act.finish');
    assert.ok((await dialog.textContent())?.includes(`01 ${sari.name}`), 'the dialog names who is meant');
    await exam.act('move', { seats: ['01'], to: '11', reason: 'device' }, STAFF.second);
    await exam.act('move', { seats: ['02'], to: '01', reason: 'device' }, STAFF.second);
    await desk.sees('01', 'moved');
    await dialog.locator('#d-reason').selectOption('health');
    await desk.done('finish');
    await desk.sees('11', 'done');
    const { seats } = await exam.staff(`sittings/${exam.id}`);
    assert.deepEqual(seats.map((/** @type {any} */ x) => [x.seat, x.number, x.state]).sort(), [['01', dimas.number, 'running'], ['11', sari.number, 'finished']]);
    assert.ok(await desk.page.locator('#act').isHidden(), 'who sits there now was not chosen');

    await exam.act('disqualify', { seats: ['11'], reason: 'phone' }, STAFF.second);
    const card = desk.page.locator('#c-proposals li', { hasText: `11 ${sari.name}` });
    await card.getByRole('button', { name: new RegExp(desk.t('station.approve')) }).click();
    await desk.page.locator('#dialog[open]', { hasText: `11 ${sari.name}` }).waitFor();
  });

  scene('a button that a hand has reached stays under it while the room changes', async (s) => {
    const exam = await s.exam({ candidates: 2, change: twoSittings });
    const desk = await supervisor(s, exam);
    const pins = await exam.checkIn();
    const seat = await s.computer(exam.url);
    await seat.enter(exam.people[0].number, pins['01']);
    const held = (/** @type {string} */ label, /** @type {string} */ box) => desk.page.locator(`${box} button:focus`, { hasText: desk.t(label) }).waitFor();

    await desk.page.locator('#all button', { hasText: desk.t('station.act.start') }).focus();
    await exam.act('close_checkin');
    await desk.page.locator('#all button', { hasText: desk.t('station.act.open_checkin') }).waitFor();
    await held('station.act.start', '#all');
    await desk.page.keyboard.press('Enter');
    await desk.page.locator('#dialog[open]').waitFor();
    await desk.page.keyboard.press('Escape');

    await desk.select('01');
    await desk.page.locator('#act-b button', { hasText: desk.t('station.act.message') }).focus();
    await exam.act('start');
    await desk.page.locator('#act-b button', { hasText: desk.t('station.act.pause') }).waitFor();
    await held('station.act.message', '#act-b');

    const propose = (/** @type {number} */ minutes) => exam.act('credit', { seats: ['01'], ms: minutes * 60_000, reason: 'network' }, STAFF.second);
    await propose(20);
    await desk.page.locator('#c-proposals button', { hasText: desk.t('station.approve') }).focus();
    await propose(21);
    await until('the second proposal', async () => await desk.page.locator('#c-proposals li').count() === 2);
    await held('station.approve', '#c-proposals');
  });

  scene('the hand goes back to the menu that an act was in, and whose grant is taken is told so', async (s) => {
    const exam = await s.exam({ candidates: 2, admin: true });
    const desk = await s.station(exam.url, { expect: [OUTAGE, refused(403)] });
    await desk.signIn(STAFF.second, PASSWORD);
    await desk.room(exam.id, 2);
    await exam.checkIn();
    await desk.sees('01', 'in');
    await desk.select('01');
    await desk.ask('station.act.unlock');
    await desk.page.keyboard.press('Escape');
    await desk.page.locator('#act-more summary:focus').waitFor();
    await desk.ask('station.act.message');
    await desk.page.keyboard.press('Escape');
    await desk.page.locator('#act-b button:focus', { hasText: desk.t('station.act.message') }).waitFor();

    await exam.staff(`staff/accounts/${STAFF.second}/grants`, { op: crypto.randomUUID(), action: 'take', grant: { role: 'supervisor' } }, STAFF.admin).catch(() => null);   // it is answered with nothing to read
    await desk.page.locator('#band', { hasText: desk.t('station.barred', { time: '' }).split('.')[0] }).waitFor();
    assert.equal((await desk.page.textContent('#net'))?.trim(), desk.t('station.link.barred'));
    assert.ok(!(await desk.page.textContent('#band'))?.includes('E-MEJA-01'), 'the server answers');
    await s.axe(desk.page, 'a room that the account may not see any more');
    await s.shot(desk.page, 'station-barred');
  });

  scene('a power cut: the whole room is paused, released in one act, and goes on with its time', async (s) => {
    const exam = await s.exam({ candidates: 2, change: twoSittings });
    const desk = await supervisor(s, exam);
    const pins = await exam.checkIn();
    const rooms = [await s.computer(exam.url, { expect: [OUTAGE] }), await s.computer(exam.url, { expect: [OUTAGE] })];
    for (const [i, c] of rooms.entries()) await c.enter(exam.people[i].number, pins[exam.people[i].seat]);
    await exam.act('start');
    for (const c of rooms) { await c.exam(); await c.choose('c'); await c.stored(); }
    const pause = await desk.ask('station.all.pause', 'room');
    await pause.locator('#d-reason').selectOption('power');
    await desk.press('station.act.pause');
    for (const c of rooms) await c.view('paused');
    const release = await desk.ask('station.all.release', 'room');
    await release.locator('#d-reason').selectOption('power');
    await desk.done('release');
    // computers that were reset come back as new ones
    const again = [await s.computer(exam.url), await s.computer(exam.url)];
    for (const [i, c] of again.entries()) {
      await c.open();
      await c.signIn(exam.people[i].number, pins[exam.people[i].seat]);
      await c.view('identity');
      await c.page.click('#id-yes');
      await c.view('paused');
    }
    await desk.sees('02', 'paused');
    await desk.ask('station.all.resume', 'room');
    await desk.press('station.act.resume');
    for (const c of again) {
      await c.exam();
      assert.equal(await c.answered(), 1);
    }
    const seat = await exam.seat('01');
    const stood = seat.parts.filter((/** @type {any} */ p) => p.what === 'pause').reduce((/** @type {number} */ t, /** @type {any} */ p) => t + p.ms, 0);
    assert.ok(stood > 0 && Date.parse(seat.ends) - Date.parse(seat.parts[0].from) >= 30 * 60_000 + stood, JSON.stringify(seat.parts));
  });

  scene('a long pause of one candidate is shown, ends without anybody else, and is in order where a second person signs its end', async (s) => {
    const exam = await s.exam({ candidates: 2, policy: { credit_alone_ms: 2_000 } });
    const at = await sat(s, exam);
    const desk = await supervisor(s, exam);
    const marked = desk.page.locator('.why .warnc', { hasText: desk.t('station.part_beyond') });
    const resume = async (/** @type {boolean} */ signed) => {
      await desk.select('01');
      await desk.act('pause');
      await at.view('paused');
      await desk.page.locator('#c-alerts li', { hasText: desk.t('station.alert.pause_beyond') }).waitFor();
      const dialog = await desk.ask('station.act.resume');
      await s.axe(desk.page, 'the end of a long pause');
      await s.shot(desk.page, `pause-beyond-${signed ? 'signed' : 'alone'}`);
      if (signed) {
        await dialog.locator('#d-user').fill(STAFF.second);
        await dialog.locator('#d-password').fill(PASSWORD);
      }
      await desk.press('station.act.resume');
      await dialog.waitFor({ state: 'detached' });
      await at.exam();
      await desk.page.locator('#c-alerts li', { hasText: desk.t('station.alert.pause_beyond') }).waitFor({ state: 'detached' });
    };
    await resume(true);
    await until('the pause to be over', async () => await desk.page.locator('.why tbody tr').count() === 2);
    assert.equal(await marked.count(), 0, 'signed by two');
    await resume(false);
    await marked.waitFor();
    await s.shot(desk.page, 'pause-beyond-seat');
    await s.axe(desk.page, 'a seat with a long pause');
    assert.equal(await marked.count(), 1);
    const minutes = await s.station(exam.url);
    await minutes.signIn(STAFF.supervisor, PASSWORD);
    await minutes.page.goto(`${exam.url}/meja/${exam.id}/berita-acara`);
    await minutes.page.locator('td', { hasText: /melebihi yang boleh diberi satu orang \(ratna\)/ }).first().waitFor();
    assert.equal(await minutes.page.locator('td', { hasText: 'melebihi yang boleh' }).count(), 1);
    await s.shot(minutes.page, 'pause-beyond-minutes');
  });

  scene('another hour is told to those who wait, and an unfinished sitting goes on at another with its answers and its time', async (s) => {
    const exam = await s.exam({ candidates: 2, change: twoSittings });
    const desk = await supervisor(s, exam);
    const pins = await exam.checkIn();
    const page = await s.computer(exam.url, { expect: [OUTAGE] });
    await page.enter(exam.people[0].number, pins['01']);
    const other = await s.station(exam.url);
    await other.signIn(STAFF.second, PASSWORD);
    await other.room(exam.id, 2);
    const before = await page.page.textContent('#wait-t');
    const ask = await desk.ask('station.act.postpone', 'room');
    await ask.locator('#d-when').fill('2032-02-01T14:30');
    await ask.locator('#d-reason').selectOption('network');
    await desk.press('station.act.postpone');
    await until('the waiting page to show the new hour', async () => (await page.page.textContent('#wait-t')) !== before);
    // what was typed is the site's hour, though this browser's clock is two hours ahead of it
    assert.equal((await exam.staff(`sittings/${exam.id}`)).start, '2032-02-01T07:30:00.000Z');
    const hours = async (/** @type {import('./station.mjs').Station} */ at) => Number((await at.page.textContent('#clk'))?.split(':')[0]);
    const due = (Date.parse('2032-02-01T07:30:00.000Z') - Date.now()) / 3_600_000;
    for (const at of [desk, other]) await until('an open station to count down to the new hour', async () => Math.abs(await hours(at) - due) < 1.5);
    await exam.act('start');
    await page.exam();
    for (const [q, c] of [[1, 'b'], [7, 'a']]) { await page.go(Number(q)); await page.choose(String(c)); }
    await page.stored();
    await exam.act('pause', { reason: 'power' });
    await page.view('paused');
    const left = (await page.clock());

    const go = await desk.ask('station.all.continue', 'room');
    await go.locator('#d-sitting').selectOption('sesi-2');
    await go.locator('#d-reason').selectOption('power');
    await desk.press('station.act.continue');
    // the roster stands by now: it takes another person
    await other.page.locator('#c-proposals').getByRole('button', { name: new RegExp(other.t('station.approve')) }).click();
    await other.press('station.approve');
    await page.view('signin');
    await until('the sitting to be left', async () => (await exam.staff(`sittings/${exam.id}`)).counts.continued === 1);
    await s.shot(desk.page, 'station-continued');

    const there = 'skd-uji.sesi-2';
    const act = (/** @type {string} */ action, /** @type {object} */ more) => exam.staff(`sittings/${there}/actions`, { op: crypto.randomUUID(), action, ...more });
    await until('the other sitting to expect them', async () => (await exam.staff(`sittings/${there}`)).counts.registered === 1);
    await act('open_checkin', {});
    const { pins: fresh } = await act('checkin', { numbers: [exam.people[0].number] });
    const later = await s.computer(exam.url);
    await later.enter(exam.people[0].number, fresh[0].pin);
    await act('start', {});
    await later.exam();
    assert.equal(await later.answered(), 2);
    const now = await later.clock();
    assert.ok(left - now >= 0 && left - now < 20, `${now} s of ${left} s are left`);
    await later.choose('c');
    await later.stored();
    await later.finish();
  });

  scene('a signal about neighbours is shown as advice, last and grey, decided by people, and passed on by two', async (s) => {
    const exam = await s.exam({ candidates: 2 });
    const desk = await supervisor(s, exam);
    const pins = await exam.checkIn();
    const both = [await s.computer(exam.url), await s.computer(exam.url)];
    for (const [i, c] of both.entries()) await c.enter(exam.people[i].number, pins[exam.people[i].seat]);
    await exam.act('start');
    await Promise.all(both.map(async (c) => {
      await c.exam();
      for (let q = 1; q <= 14; q++) { await c.press('b'); await c.press('n'); }
      await c.stored();
      await c.finish();
    }));
    const signal = desk.page.locator('#c-flags li').first();
    await signal.waitFor();
    assert.match(await signal.textContent() ?? '', /14 dari 14 nomor dijawab dengan huruf yang sama/);
    assert.match(await desk.page.locator('#c-flags').textContent() ?? '', /bukan bukti dan bukan putusan/);
    await s.shot(desk.page, 'station-signal');
    await s.axe(desk.page, 'a room with a signal');
    await signal.getByRole('button', { name: new RegExp(desk.t('station.flag.do.seen')) }).click();
    await until('that somebody has looked to be recorded', async () => (await desk.page.locator('#c-flags').textContent())?.includes(desk.t('station.flag.state.seen')));
    await signal.getByRole('button', { name: new RegExp(desk.t('station.flag.do.passed')) }).click();
    const ask = desk.page.locator('#dialog[open]');
    await ask.locator('#d-user').fill(STAFF.second);
    await ask.locator('#d-password').fill(PASSWORD);
    await desk.page.locator('dialog[open] .dialog-f button').last().click();
    await until('two to have passed it on', async () => (await desk.page.locator('#c-flags').textContent())?.includes(`${STAFF.supervisor} + ${STAFF.second}`));
    const row = await exam.row(exam.people[0].number);
    assert.ok(row.finished && row.status !== 'DIS', 'nothing follows from a signal by itself');
  });
});
