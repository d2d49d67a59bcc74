// @ts-check
// The end comes by itself, more time is seen where it is used, and a pause stands still.

import assert from 'node:assert/strict';
import { describe } from 'node:test';

import { OUTAGE, refused } from './browser.mjs';
import { Cable } from './cable.mjs';
import { seconds } from './computer.mjs';
import { scene, theatre } from './scene.mjs';
import { PASSWORD, STAFF } from './terang.mjs';
import { until } from './wait.mjs';

describe('the time', { concurrency: 3 }, () => {
  theatre();

  scene('ends the exam by itself; an answer that comes later is recorded and refused; one that an outage held up is not (C3 C8)', async (s) => {
    const exam = await s.exam({ candidates: 3, minutes: 2 });
    const pins = await exam.checkIn();
    const cables = await Promise.all([Cable.lay(exam.port), Cable.lay(exam.port)]);
    s.ends.push(() => cables.forEach((c) => c.close()));
    const idle = await s.computer(exam.url);
    const [late, held] = await Promise.all(cables.map((c) => s.computer(`http://127.0.0.1:${c.port}`, { expect: [OUTAGE] })));
    const all = [idle, late, held];
    await Promise.all(all.map((c, i) => c.enter(exam.people[i].number, pins[exam.people[i].seat])));
    await exam.act('start');
    await Promise.all(all.map((c) => c.exam()));
    for (const c of all) { await c.choose('a'); await c.stored(); }
    // a sitting has whole minutes; a supervisor may take time back, and that is told as well
    await exam.act('credit', { ms: -1000 * (await idle.clock() - 30), reason: 'mistake' });
    await idle.page.locator('#dock .notice', { hasText: idle.t('exam.credit_less', { span: '' }).trim() }).waitFor();
    const ends = Date.parse(late.lastClock()?.ends);

    // one is cut off before the last seconds: the end waits for what it chose in time
    await until('twelve seconds to be left', async () => await held.clock() <= 12);
    cables[1].cut();
    await held.press('n');
    await held.press('b');
    // one is cut off with the last word on its lips
    await late.press('n');
    await until('two seconds to be left', async () => await late.clock() <= 2);
    await late.press('c');
    await until('the second answer to be acknowledged', () => late.wire('got', 'ok').length === 2);
    cables[0].cut();
    await late.press('n');
    await late.press('d');
    assert.equal(await late.answered(), 3);

    // nobody has to press anything
    await idle.view('result');
    assert.equal(idle.wire('sent', 'finish').length, 0);
    await until('the server to have finished the second', async () => (await exam.seat('02')).group === 'finished');
    assert.ok(Date.now() > ends, 'never before the deadline');
    assert.equal((await exam.seat('03')).group === 'finished', false, 'who was cut off is waited for');
    await late.line(['zero-sending', 'zero']);
    await late.press('e');
    assert.equal(await late.chosen(), 'd', 'nothing is chosen after zero');
    for (const c of cables) c.mend();

    await late.view('result');
    const no = await until('the refusal', () => late.wire('got', 'no')[0]);
    assert.deepEqual([no.code, no.op], ['late', late.wire('sent', 'answer').pop()?.op]);
    await late.page.locator('#r-lost-t', { hasText: late.t('exam.late', { n: 1 }) }).waitFor();
    assert.ok(await exam.recorded(no.op), 'the late answer is in the journal');
    assert.equal((await exam.recomputed(exam.people[1].number)).progress, 2, 'and does not count');
    await s.axe(late.page, 'result with a late answer');

    await held.view('result');
    assert.deepEqual(held.wire('got', 'no').map((f) => f.code), []);
    assert.equal((await exam.recomputed(exam.people[2].number)).progress, 2, 'what was chosen in time counts');
  });

  scene('that is given at the station is seen at once, there and on the page, with its reason (C16 C17)', async (s) => {
    const exam = await s.exam({ candidates: 2, extra: { '02': 20 } });
    const pins = await exam.checkIn();
    const desk = await s.station(exam.url, { expect: [refused(403)] });
    await desk.signIn(STAFF.supervisor, PASSWORD);
    await desk.room(exam.id, 2);
    const [sari, dimas] = [await s.computer(exam.url), await s.computer(exam.url, { lang: 'en' })];
    await sari.enter(exam.people[0].number, pins['01']);
    await dimas.enter(exam.people[1].number, pins['02']);
    await exam.act('start');
    await Promise.all([sari.exam(), dimas.exam()]);
    const gap = await dimas.ahead(sari);
    assert.ok(gap.least <= 20 * 60 && 20 * 60 <= gap.most, `the adjustment of the roster counts from the start: ${gap.least} to ${gap.most} s`);
    const parts = async (/** @type {import('./computer.mjs').Computer} */ at) => {
      await at.dialog('time');
      const rows = await at.page.locator('#time-b tr').evaluateAll((list) => list.map((tr) => [tr.querySelector('th')?.firstChild?.textContent ?? '', tr.querySelector('td')?.textContent ?? '']));
      const ends = await at.page.textContent('#time-ends');
      const sum = await at.page.textContent('#time-f td');
      await at.closeDialog();
      assert.equal(rows.reduce((all, [, ms]) => all + seconds(ms), 0), seconds(sum ?? ''), 'the parts add up');
      return { rows, ends };
    };
    assert.deepEqual((await parts(dimas)).rows, [[dimas.t('exam.part_base'), '30:00'], [dimas.t('exam.part_extra'), '20:00']]);

    const before = Date.parse((await exam.seat('01')).ends);
    await desk.select('01');
    const ask = await desk.ask('station.act.credit');
    await ask.locator('#d-min').fill('5');
    await ask.locator('#d-reason').selectOption('device');
    await desk.press('station.act.credit');
    await sari.page.locator('#dock .notice', { hasText: sari.t('exam.credit', { span: sari.t('exam.minutes', { n: 5 }) }) }).waitFor();
    await sari.page.locator('#dock .notice', { hasText: sari.t('exam.why_device') }).waitFor();
    await s.axe(sari.page, 'notice of more time');
    await s.shot(sari.page, 'credit');
    const { rows, ends } = await parts(sari);
    assert.deepEqual(rows, [[sari.t('exam.part_base'), '30:00'], [sari.t('exam.part_given'), '05:00']]);
    const seat = await exam.seat('01');
    assert.equal(Date.parse(seat.ends) - before, 300_000);
    const at = new Intl.DateTimeFormat('en-GB', { timeZone: 'Asia/Jakarta', timeStyle: 'medium' }).format(new Date(seat.ends));
    assert.ok(ends?.includes(at), `${ends} is told in the site's time, ${at}`);
    await desk.page.locator('#c-seat tfoot', { hasText: at.replaceAll(':', '.') }).waitFor();
    await sari.page.locator('#dock button').click();

    // a pause of the room, with its reason, and a word
    await desk.page.click('#clear');
    const pause = await desk.ask('station.all.pause', 'room');
    await pause.locator('#d-reason').selectOption('noise');
    await desk.press('station.act.pause');
    await sari.view('paused');
    await sari.page.locator('#pz-why', { hasText: sari.t('exam.why_noise') }).waitFor();
    await s.axe(sari.page, 'paused');
    const stands = await sari.page.textContent('#pz-t');
    await desk.sees('02', 'paused');
    await desk.ask('station.all.resume', 'room');
    await desk.press('station.act.resume');
    await sari.exam();
    assert.match(stands ?? '', /3\d:\d\d/);
    const word = await desk.ask('station.all.message', 'room');
    await word.locator('#d-text').fill('Kembali mengerjakan. Terima kasih.');
    await desk.press('station.act.message');
    for (const c of [sari, dimas]) await c.page.locator('#dock .notice', { hasText: 'Kembali mengerjakan. Terima kasih.' }).filter({ hasText: c.t('exam.supervisor') }).waitFor();
    assert.ok((await parts(sari)).rows.some(([what]) => what === sari.t('exam.part_pause')));

    // an act for which it takes two people
    await desk.select('02');
    const disqualify = await desk.ask('station.act.disqualify');
    await disqualify.locator('#d-reason').selectOption('phone');
    await disqualify.locator('#d-user').fill(STAFF.supervisor);
    await disqualify.locator('#d-password').fill(PASSWORD);
    await desk.press('station.act.disqualify');
    await disqualify.locator('.err', { hasText: 'E-DUA-01' }).waitFor();
    await s.axe(desk.page, 'the second person is refused');
    await disqualify.locator('#d-user').fill(STAFF.second);
    await desk.press('station.act.disqualify');
    await dimas.view('ended');
    await dimas.page.locator('#en-why', { hasText: dimas.t('exam.why_phone') }).waitFor();
    await s.axe(dimas.page, 'disqualified');
    await s.shot(dimas.page, 'ended');
    await desk.sees('02', 'dq');
  });
});
