// @ts-check
// The server dies, the network is cut, the page is closed: nothing that was chosen is lost, and the time is made good.

import assert from 'node:assert/strict';
import { describe } from 'node:test';

import { OUTAGE } from './browser.mjs';
import { Cable } from './cable.mjs';
import { seconds } from './computer.mjs';
import { scene, theatre } from './scene.mjs';
import { until } from './wait.mjs';

/** A cover so short that a test can outlast it. */
const SHORT = { cover_ms: 3_000 };
/** The same for a page that polls: longer than from one request to the next, 5 s. */
const POLLED = { cover_ms: 8_000 };
/** One that no test outlasts, however busy the machine is. */
const LONG = { cover_ms: 600_000 };

/** An exam that runs, and one candidate in it. @param {import('./scene.mjs').Scene} s @param {import('./terang.mjs').Plan} plan @param {boolean} wired over a cable that can be cut */
async function working(s, plan, wired) {
  const exam = await s.exam({ candidates: 1, ...plan });
  const cable = wired ? await Cable.lay(exam.port) : null;
  if (cable) s.ends.push(() => cable.close());
  const at = await s.computer(cable ? `http://127.0.0.1:${cable.port}` : exam.url, { expect: [OUTAGE] });
  const pins = await exam.checkIn();
  await at.enter(exam.people[0].number, pins['01']);
  await exam.act('start');
  await at.exam();
  return { exam, at, cable: /** @type {Cable} */ (cable) };
}

/** The parts of the deadline as the page explains them. @param {import('./computer.mjs').Computer} at @returns {Promise<[string, number][]>} */
async function explained(at) {
  await at.dialog('time');
  const rows = await at.page.locator('#time-b tr').evaluateAll((list) => list.map((tr) => [tr.querySelector('th')?.firstChild?.textContent ?? '', tr.querySelector('td')?.textContent ?? '']));
  await at.closeDialog();
  return rows.map(([what, ms]) => [what, seconds(ms)]);
}

/**
 * The clock goes on where the cover made it stand, and what the deadline moved by is explained.
 * @param {import('./computer.mjs').Computer} at @param {number} welcomes there had been before
 * @param {{left: number, stood: number, ends: number, lost: number}} was s on the clock before and under the cover, the deadline, s that are lost at least
 */
async function madeGood(at, welcomes, { left, stood, ends, lost }) {
  const again = (await until('the welcome after the outage', () => at.wire('got', 'welcome')[welcomes])).remaining / 1000;
  assert.ok(again <= left && again >= stood - 3, `${again} s of ${left} s; the clock stood at ${stood} s; ${course(at)}`);
  // a machine under load may lose more than one stretch: they add up
  const gaps = (await explained(at)).filter(([what]) => what === at.t('exam.part_gap'));
  const given = gaps.reduce((all, [, s]) => all + s, 0);
  assert.ok(given >= lost, `${given} s are explained, ${lost} s were lost`);
  assert.ok(Math.abs(Date.parse(at.lastClock()?.ends) - ends - given * 1000) <= 1_000 * gaps.length, 'the deadline moved by what is explained');
}

/** What went over the wire around each welcome, for a message. @param {import('./computer.mjs').Computer} at */
function course(at) {
  return at.frames.filter((f) => ['hello', 'welcome', 'clock', 'bye'].includes(f.t))
    .map((f) => `${f.way} ${f.t} over ${f.over}${f.now ? ` at ${f.now}` : ''}${f.remaining === undefined ? '' : ` ${f.remaining / 1000} s ${JSON.stringify(f.parts)}`}${f.code ? ` ${f.code}` : ''}`).join('\n');
}

/** That time passes is what such a test is about. @param {number} ms */
async function lasting(ms) {
  const since = Date.now();
  await until(`an outage of ${ms} ms`, () => Date.now() - since >= ms);
}

describe('an outage', { concurrency: 6 }, () => {
  theatre();

  scene('of the server, killed in mid answer, loses nothing that was acknowledged, and the page goes on by itself (C5 C6 C18 C21)', async (s) => {
    const { exam, at } = await working(s, { policy: LONG }, false);
    const before = at.lastClock()?.ends;
    const typing = (async () => {
      for (let q = 1; q <= 40; q++) {
        await at.press('abcde'[q % 5]);
        await at.press('n');
      }
    })();
    await until('ten answers to be acknowledged', () => at.wire('got', 'ok').length >= 10);
    await exam.kill();
    const acked = at.wire('got', 'ok');
    await typing;
    await at.line('down');
    const waiting = Number(await at.page.textContent('#k-q'));
    assert.ok(waiting > 0, 'answers were chosen while the server was dead');
    assert.equal(await at.answered(), 40);

    await exam.serve();
    const welcome = await until('a welcome of the new server', () => at.wire('got', 'welcome').filter((f) => f.n >= acked.length && at.frames.indexOf(f) > at.frames.indexOf(acked[acked.length - 1]))[0]);
    const sent = Object.fromEntries(at.wire('sent', 'answer').map((f) => [f.op, f]));
    for (const ok of acked) {
      const f = sent[ok.op];
      if (f) assert.equal(welcome.answers[f.q], f.c, `the acknowledged answer to ${f.q}`);
    }
    assert.ok(welcome.n >= Math.max(...acked.map((f) => f.n)), 'no acknowledged version is missing');
    await at.line(['back', 'stored']);
    await at.stored();
    assert.deepEqual([await at.answered(), (await exam.seat('01')).progress, (await exam.recomputed(exam.people[0].number)).progress], [40, 40, 40]);
    assert.equal(at.wire('got', 'bye').length, 0, 'nobody was sent away');
    assert.equal(at.lastClock()?.ends, before, 'a short outage changes no clock');
  });

  scene('of the server that outlasts the cover stops the clock, and the time is given back (C6 C18)', async (s) => {
    const { exam, at } = await working(s, { policy: SHORT }, false);
    await at.choose('c');
    await at.stored();
    const [left, ends, welcomes] = [await at.clock(), Date.parse(at.lastClock()?.ends), at.wire('got', 'welcome').length];
    await exam.kill();
    await at.line('covered');
    assert.ok(await at.page.isVisible('#cover') && !await at.page.isVisible('#q-b'), 'the items are covered');
    const stood = await at.clock();
    await lasting(4_000);
    assert.equal(await at.clock(), stood, 'the clock stands while the items are covered');
    await exam.serve();
    await at.line('back');
    await at.page.locator('#q-b').waitFor();
    await madeGood(at, welcomes, { left, stood, ends, lost: 4 });
    await at.page.locator('#dock').getByText(at.t('exam.why_server')).waitFor();
    assert.deepEqual([await at.chosen(), await at.answered()], ['c', 1]);
    await s.shot(at.page, 'credited');
  });

  scene('of the server, where websockets are broken, ends on plain HTTP with the time given back; a websocket that works takes over in mid answer, and one that is mute does no harm (C5 C6 C18)', async (s) => {
    const { exam, at, cable } = await working(s, { policy: POLLED }, true);
    await at.choose('c');
    await at.stored();
    const [left, ends, welcomes] = [await at.clock(), Date.parse(at.lastClock()?.ends), at.wire('got', 'welcome').length];
    cable.sockets = 'refused';
    await exam.kill();
    await at.line('covered');
    const stood = await at.clock();
    await lasting(4_000);
    await exam.serve();
    await at.line('back');
    await madeGood(at, welcomes, { left, stood, ends, lost: 4 });
    await at.press('n');
    await at.choose('a');
    await at.stored();
    assert.deepEqual([at.wire('got', 'welcome').slice(welcomes), at.wire('got', 'ok').slice(1)].map((list) => list.map((f) => f.over)), [['http'], ['http']]);

    // whoever goes on choosing makes a request of every answer, until a socket takes them
    const choosing = async (/** @type {() => unknown} */ over) => {
      for (let i = 0; !over(); i++) {
        assert.ok(await at.page.isVisible('[data-view="exam"]'), course(at));
        await at.press('abcde'[i % 5]);
        await new Promise((again) => { setTimeout(again, 50); });
      }
      await at.stored();
    };
    cable.sockets = 'mute';
    await choosing(() => at.wire('got', 'welcome').slice(welcomes).length === 2);
    const mute = at.wire('sent', 'hello').slice(-2).map((f) => f.over);
    assert.deepEqual([mute, at.wire('got', 'welcome').pop()?.over], [['socket', 'http'], 'http'], course(at));
    cable.sockets = 'pass';
    await choosing(() => at.wire('got', 'ok').slice(1).some((f) => f.over === 'socket'));
    assert.equal(at.wire('got', 'bye').length, 0, 'nobody was sent away');
    assert.deepEqual([await at.answered(), (await exam.seat('01')).progress], [2, 2]);
  });

  scene('of the network shorter than the cover goes by: answers chosen meanwhile arrive, the clock runs on (C5 C6)', async (s) => {
    const { exam, at, cable } = await working(s, { policy: LONG }, true);
    await at.choose('a');
    await at.stored();
    const ends = at.lastClock()?.ends;
    cable.cut();
    for (const c of ['b', 'c', 'd']) { await at.press('n'); await at.press(c); }
    await at.press('m');
    await at.line('down');
    await s.shot(at.page, 'down');
    await at.press('p');
    await at.choose('e');
    assert.deepEqual([await at.answered(), await at.page.textContent('#k-q')], [4, '3']);
    assert.equal((await exam.seat('01')).progress, 1, 'the server knows of the first one only');
    cable.mend();
    await at.line('back');
    await at.stored();
    assert.equal((await exam.seat('01')).progress, 4);
    assert.equal(at.lastClock()?.ends, ends, 'nothing is given back');
    assert.deepEqual((await explained(at)).map(([what]) => what), [at.t('exam.part_base')]);
    assert.equal(await at.chosen(), 'e');
  });

  scene('of the network longer than the cover hides the items, keeps the answers and gives the time back (C5 C6 C18)', async (s) => {
    const { exam, at, cable } = await working(s, { policy: SHORT }, true);
    await at.choose('a');
    await at.stored();
    const [left, ends, welcomes] = [await at.clock(), Date.parse(at.lastClock()?.ends), at.wire('got', 'welcome').length];
    cable.cut();
    await at.press('n');
    await at.press('b');
    await at.line('covered');
    await s.shot(at.page, 'covered');
    const stood = await at.clock();
    await at.press('c');
    assert.equal(await at.answered(), 2, 'nothing can be chosen under the cover');
    await lasting(5_000);
    cable.mend();
    await at.line('back');
    await at.stored();
    assert.equal(await at.chosen(), 'b');
    await madeGood(at, welcomes, { left, stood, ends, lost: 5 });
    const seat = await exam.seat('01');
    assert.deepEqual([seat.progress, seat.ends], [2, at.lastClock()?.ends], 'the desk sees the same');
    const gaps = seat.parts.filter((/** @type {any} */ p) => p.what !== 'base');
    assert.ok(gaps.length > 0 && gaps.every((/** @type {any} */ p) => p.what === 'gap' && p.why === 'network'), JSON.stringify(gaps));
  });

  scene('of the network after which websockets are mute ends on plain HTTP: no hello that it brought to the server, and whose welcome it kept, costs the candidate a cover (C5 C6 C18)', async (s) => {
    const { exam, at, cable } = await working(s, { policy: POLLED }, true);
    await at.choose('a');
    await at.stored();
    const [left, ends, welcomes, hellos] = [await at.clock(), Date.parse(at.lastClock()?.ends), at.wire('got', 'welcome').length, at.wire('sent', 'hello').length];
    cable.sockets = 'mute';
    cable.cut();
    cable.mend();
    await at.line('covered');
    const stood = await at.clock();
    await at.line('back');
    await madeGood(at, welcomes, { left, stood, ends, lost: 5 });
    const said = at.wire('sent', 'hello').slice(hellos);
    assert.deepEqual([said.map((f) => f.over), at.wire('got', 'welcome').slice(welcomes).map((f) => f.over)], [['socket', 'socket', 'socket', 'http'], ['http']], course(at));
    assert.ok(said.every((f) => f.have === said[0].have && f.have > 0), 'it says the version that it has');
    const seat = await exam.seat('01');
    assert.ok(seat.parts.every((/** @type {any} */ p) => p.what === 'base' || p.what === 'gap' && p.why === 'network'), JSON.stringify(seat.parts));
    await s.shot(at.page, 'mute');
  });

  scene('in which the browser dies, too, is survived: another start of it goes on and hands in what was chosen (C5 C6)', async (s) => {
    const { exam, at, cable } = await working(s, {}, true);
    await at.choose('a');
    await at.stored();
    cable.cut();
    await at.press('n');
    await at.press('d');
    await at.line('down');
    const context = at.page.context();
    await at.page.close();
    cable.mend();
    const { Computer } = await import('./computer.mjs');
    const again = new Computer(await context.newPage(), at.base, 'id');
    await again.page.goto(`${again.base}/ujian`);
    await again.exam();
    await again.stored();
    assert.deepEqual([await again.answered(), await again.page.textContent('#q-n'), await again.chosen()], [2, '2', 'd']);
    assert.equal((await exam.seat('01')).progress, 2);
  });
});
