// @ts-check
// The day itself: a room of twenty, three staff who never touch a mouse, and everything of a bad day, from the roster's
// import to the signed minutes.

import assert from 'node:assert/strict';
import { describe } from 'node:test';

import { Caller } from './caller.mjs';
import { choose, enter, KeyStation, noMouse, reach, scan, write } from './keyboard.mjs';
import { look as lookAt } from './look.mjs';
import { scene, theatre } from './scene.mjs';
import { PASSWORD, STAFF } from './terang.mjs';
import { words } from './texts.mjs';
import { until } from './wait.mjs';
/** @typedef {import('playwright-core').Page} Page */
/** @typedef {import('./computer.mjs').Computer} Computer */
/** @typedef {import('./terang.mjs').Person} Person */

/** The screens that rooms have. */
const SIZES = [{ width: 1024, height: 768 }, { width: 1366, height: 768 }];
const PRESENT = 17, ABSENT = 3;

/** @param {import('./scene.mjs').Scene} s @param {Page} page @param {string} state */
const look = (s, page, state) => lookAt(s, page, `day ${state}`, SIZES);

/** From the PIN to the waiting room, by keys. @param {Computer} at @param {Person} person @param {string} pin */
async function enterByKeys(at, person, pin) {
  const { page } = at, by = (/** @type {string} */ id) => page.locator(`#${id}`);
  await at.open();
  await write(page, by('number'), person.number);
  await page.keyboard.press('Tab');
  await scan(page, pin);
  await at.view('identity');
  await enter(page, by('id-yes'));
  await at.view('rules');
  await reach(page, by('agree'));
  await page.keyboard.press('Space');
  await enter(page, by('rules-go'));
  await at.view('device');
  await enter(page, by('dv-go'));
  await at.view('waiting');
}

/** Back at a computer that was switched off, by keys. @param {Computer} at @param {Person} person @param {string} pin @param {string} view that comes */
async function comeBackByKeys(at, person, pin, view) {
  await at.open();
  await write(at.page, at.page.locator('#number'), person.number);
  await at.page.keyboard.press('Tab');
  await scan(at.page, pin);
  await at.view('identity');
  await enter(at.page, at.page.locator('#id-yes'));
  await at.view(view);
}

describe('the day itself', () => {
  theatre();

  scene('twenty candidates and three staff hold a whole sitting by keyboard, from the roster\'s import to signed minutes that add up', async (s) => {
    const exam = await s.exam({
      candidates: 20, empty: true, admin: true, policy: { seating: 'drawn' }, staff: [{ user: STAFF.verifier, role: 'verifier', name: 'Citra' }],
      change: (d) => { Object.assign(d.rooms[0], { seats: 24, spare: ['23', '24'] }); },
    });
    const [sari, dimas, maria] = exam.people;
    const far = exam.people.slice(3, 16), ill = exam.people[15], silent = exam.people[16], papers = exam.people[17], late = exam.people[18], absent = exam.people[19];
    const m = words('minutes', 'id'), d = words('door', 'id'), r = words('roster', 'id'), a = words('approvals', 'id'), day = words('day', 'id');

    /** @param {{width: number, height: number}} [size] */
    const staff = async (size) => {
      const { page } = await s.page(size);
      await noMouse(page);
      return new KeyStation(page, exam.url, 'id');
    };

    // the roster comes by the page, as the personnel office sends it
    const office = await staff();
    await office.signIn(STAFF.admin, PASSWORD);
    const chooser = office.page.waitForEvent('filechooser');   // it takes the browser a moment to heed this
    await office.page.goto(`${exam.url}/daftar-peserta/skd-uji`);
    const file = ['number,name,birth_date,formation,site,sitting,accommodation', ...exam.people.map((p) => `${p.number},${p.name},2000-01-31,arsiparis,kota-lama,sesi-1,${p === sari ? 'low_vision' : ''}`)].join('\n');
    await enter(office.page, office.page.locator('#u-file'));
    await (await chooser).setFiles({ name: 'peserta.csv', mimeType: 'text/csv', buffer: Buffer.from(file) });
    await enter(office.page, office.page.getByRole('button', { name: r('roster.look') }));
    const take = office.page.getByRole('button', { name: r('roster.take') });
    await take.waitFor();
    await look(s, office.page, 'what a roster changes');
    await enter(office.page, take);
    await enter(office.page, office.page.locator('.notice-ok a'));
    await until('the roster to be served', async () => {
      await office.page.locator('#s-h').waitFor();
      return await office.page.locator('td', { hasText: /^20 \/ 22$/ }).count() === 1 || office.page.reload().then(() => false);
    });
    await look(s, office.page, 'the roster is taken');

    // three desks: the room, a second supervisor on a small screen, the door
    const room = await staff(), second = await staff(SIZES[0]), entry = await staff(SIZES[0]);
    await Promise.all([room.signIn(STAFF.supervisor, PASSWORD), second.signIn(STAFF.second, PASSWORD), entry.signIn(STAFF.verifier, PASSWORD)]);
    await Promise.all([room.room(exam.id, 20), second.room(exam.id, 20)]);
    const door = entry.page;
    await enter(door, door.locator(`a[href="/meja/${exam.id}/masuk"]`));
    await door.locator('#net.tag-ok').waitFor();
    await room.actBecause('open_checkin', 'schedule', 'room');
    await until('the door to hear that it is open', async () => (await door.textContent('#hour-l')) !== d('door.is_shut'));

    // an accommodation: one supervisor proposes it at the door, the other agrees
    await enter(second.page, second.page.locator(`a[href="/meja/${exam.id}/masuk"]`));
    await second.page.locator('#net.tag-ok').waitFor();
    await scan(second.page, sari.number);
    await enter(second.page, second.page.getByRole('button', { name: `${d('door.do.adjust')}…` }));
    await write(second.page, second.page.locator('#d-extra'), '15');
    await choose(second.page, second.page.locator('#d-size'), '3');
    await write(second.page, second.page.locator('#d-words'), 'surat dokter mata');
    await look(s, second.page, 'an accommodation is proposed');
    await second.page.keyboard.press('Enter');
    await second.page.locator('#say', { hasText: d('door.proposed') }).waitFor();
    const approve = async (/** @type {string} */ state, /** @type {string[]} */ ...facts) => {
      const from = room.page.url();
      await enter(room.page, room.page.locator('a[href="/persetujuan"]'));
      const card = room.page.locator('.prop');
      await card.waitFor();
      const shows = await card.locator('.shows').innerText();
      for (const fact of facts) assert.ok(shows.includes(fact), `${state}: ${fact} is not shown: ${shows}`);
      await look(s, room.page, state);
      await enter(room.page, card.locator('button[value="approve"]'));
      await card.locator('.notice-ok', { hasText: a('approvals.approved') }).waitFor();
      await room.page.goto(from);
      await room.page.locator('#net.tag-ok').waitFor();
    };
    await approve('an accommodation waits for another person', sari.name, d('door.need.extra', { n: 15 }));
    await enter(second.page, second.page.locator(`a[href="/meja/${exam.id}"]`));
    await second.page.locator('#net.tag-ok').waitFor();

    // the door: one is sent home for the papers, seventeen get a seat by draw and a PIN
    await scan(door, papers.number);
    await enter(door, door.getByRole('button', { name: `${d('door.do.turn_away')}…` }));
    await choose(door, door.locator('#d-why'), 'papers');
    await write(door, door.locator('#d-words'), 'KTP tertinggal');
    await door.keyboard.press('Enter');
    await door.locator('#dialog[open]').waitFor({ state: 'detached' });
    /** @type {Map<Person, {pin: string, seat: string}>} */
    const slips = new Map();
    for (const p of exam.people.slice(0, PRESENT)) {
      await door.locator('#q:focus').waitFor();
      await scan(door, `TERANG:skd-uji:${p.number}`);
      await door.locator('input[name="paper"]:focus').waitFor();
      if (p === sari) await look(s, door, 'a person with an accommodation at the door');
      await door.keyboard.press('Enter');
      await door.locator('#slip-next:focus').waitFor();
      assert.equal(await door.textContent('#slip-h'), p.name);
      slips.set(p, { pin: await door.textContent('#slip-pin') ?? '', seat: await door.textContent('#slip-seat') ?? '' });
      await door.keyboard.press('Enter');
    }
    assert.equal(new Set([...slips.values()].map((x) => x.seat)).size, PRESENT, 'a seat was given twice');
    const pinOf = (/** @type {Person} */ p) => slips.get(p)?.pin ?? '', seatOf = (/** @type {Person} */ p) => slips.get(p)?.seat ?? '';
    await until('the door to count seventeen', async () => await door.textContent('#n-here') === String(PRESENT));

    // three sit at computers of the room, thirteen more come by requests; one never signs in
    let [withEase, byKeys, caught] = [await s.computer(exam.url), await s.computer(exam.url), await s.computer(exam.url)];
    const calls = far.map((p) => new Caller(exam.url, p, pinOf(p)));
    s.ends.push(() => { for (const c of calls) c.off(); });
    await Promise.all([withEase.enter(sari.number, pinOf(sari)), enterByKeys(byKeys, dimas, pinOf(dimas)), caught.enter(maria.number, pinOf(maria)), ...calls.map((c) => c.enter())]);
    assert.equal(await withEase.page.locator('html').getAttribute('data-size'), '3');
    await Promise.all([sari, dimas, maria, ...far].map((p) => room.sees(seatOf(p), 'ready')));
    await room.sees(seatOf(silent), 'in');
    await look(s, room.page, 'the room is ready');

    await room.actBecause('close_checkin', 'schedule', 'room');
    await room.start();
    await Promise.all([withEase.exam(), byKeys.exam(), caught.exam(), ...calls.map((c) => c.comes('running'))]);
    const gap = await withEase.ahead(byKeys);
    assert.ok(gap.least <= 15 * 60 && 15 * 60 <= gap.most, `${gap.least} to ${gap.most} s more for who was given 15 minutes`);

    // somebody comes when the door is shut
    await scan(door, late.number);
    await door.locator('#card', { hasText: d('door.closed') }).waitFor();
    assert.equal(await door.locator('#card button[type="submit"]').count(), 0, 'who is late is offered a seat');
    await look(s, door, 'a late arrival');
    await enter(door, door.getByRole('button', { name: `${d('door.do.turn_away')}…` }));
    await choose(door, door.locator('#d-why'), 'late');
    await enter(door, door.locator('#dialog button[type="submit"]'));
    await door.locator('#dialog[open]').waitFor({ state: 'detached' });

    for (const c of [withEase, byKeys, caught]) {
      for (const key of ['b', 'n', 'c', 'n', 'd']) await c.press(key);
      await c.stored();
    }
    await Promise.all(calls.map((c, i) => c.choose([1, 2, 3, 31, 66], i + 2)));
    await Promise.all(far.map((p) => room.sees(seatOf(p), 'work')));

    // the power of the room fails: every computer comes back as a new one
    for (const c of [withEase, byKeys, caught]) await c.page.context().close();
    for (const c of calls) c.off();
    await second.actBecause('pause', 'power', 'room');
    await second.sees(seatOf(dimas), 'paused');
    await second.actBecause('release', 'power', 'room');
    await look(s, second.page, 'a power cut');
    [withEase, byKeys, caught] = [await s.computer(exam.url), await s.computer(exam.url), await s.computer(exam.url)];
    for (const c of calls) c.on();
    await Promise.all([
      ...[withEase, byKeys, caught].map((c, i) => comeBackByKeys(c, exam.people[i], pinOf(exam.people[i]), 'paused')),
      ...calls.map(async (c) => { await c.enter(); assert.deepEqual([c.state, Object.keys(c.answers).length], ['paused', 5], c.person.number); }),
    ]);
    await second.actBecause('resume', 'solved', 'room');
    await Promise.all([withEase.exam(), byKeys.exam(), caught.exam(), ...calls.map((c) => c.comes('running'))]);
    for (const c of [withEase, byKeys, caught]) assert.equal(await c.answered(), 3, 'an answer was lost in the power cut');

    // a computer dies: its candidate goes on at a spare one
    await second.select(seatOf(dimas));
    const move = await second.ask('station.act.move');
    assert.equal(await move.locator('#d-to').inputValue(), '23');
    await choose(second.page, move.locator('#d-reason'), 'device');
    await look(s, second.page, 'a move to a spare computer');
    await second.press('station.act.move');
    await move.waitFor({ state: 'detached' });
    await byKeys.view('moved');
    const spare = await s.computer(exam.url);
    await comeBackByKeys(spare, dimas, pinOf(dimas), 'exam');
    await spare.exam();
    assert.equal(await spare.answered(), 3, 'an answer was lost in the move');
    await spare.press('n');
    await spare.press('a');
    await spare.stored();
    await room.sees('23', 'work');

    // a telephone: one proposes at the own desk, another decides at another
    await second.select(seatOf(maria));
    const out = await second.ask('station.act.disqualify');
    await choose(second.page, out.locator('#d-reason'), 'phone');
    await reach(second.page, out.locator('#d-here'));
    await second.page.keyboard.press('ArrowDown');
    assert.ok(await out.locator('#d-away').isChecked());
    await look(s, second.page, 'a disqualification is proposed');
    await second.press('station.act.disqualify');
    await second.page.locator('#c-proposals:not([hidden])').waitFor();
    assert.equal((await exam.seat(seatOf(maria))).state, 'running', 'one person alone has disqualified somebody');
    await approve('a disqualification waits for another person', maria.name, seatOf(maria));
    await room.sees(seatOf(maria), 'dq');
    await caught.view('ended');
    await s.axe(caught.page, 'the page of who was disqualified');
    await s.shot(caught.page, 'day-disqualified');

    // the end: most finish by themselves, one by keys, one is taken ill
    await Promise.all(calls.filter((c) => c.person !== ill).map((c) => c.finish()));
    await withEase.finish();
    await enter(spare.page, spare.page.locator('[data-dialog="fin1"]:visible'));
    await enter(spare.page, spare.page.locator('#fin1-go'));
    await reach(spare.page, spare.page.locator('#fin-ok'));
    await spare.page.keyboard.press('Space');
    await enter(spare.page, spare.page.locator('#fin-go'));
    await spare.view('result');
    await room.select(seatOf(ill));
    await room.actBecause('finish', 'health');
    await room.sees(seatOf(ill), 'done');
    await room.actBecause('finish', 'other', 'room', 'satu peserta tidak pernah masuk');
    await room.page.locator('#phase', { hasText: room.t('station.sitting.ended') }).waitFor();
    await look(s, room.page, 'the sitting has ended');

    // the minutes: closed by one, counted by hand, signed by two, witnessed by the third
    await enter(room.page, room.page.locator(`a[href="/meja/${exam.id}/berita-acara"]`));
    const { page } = room;
    await enter(page, page.locator('#close button'));
    await write(page, page.locator('#h-present'), String(PRESENT));
    await write(page, page.locator('#h-absent'), String(ABSENT));
    assert.ok(await page.locator('#h-diff').isHidden(), 'a count that is right is said to differ');
    await write(page, page.locator('#o-pw'), PASSWORD);
    await write(page, page.locator('#t-user'), STAFF.second);
    await write(page, page.locator('#t-pw'), PASSWORD);
    await look(s, page, 'minutes to sign');
    await enter(page, page.locator('#sign button'));
    await page.locator('.ver .tag-ok', { hasText: m('minutes.is_signed') }).waitFor();
    assert.equal(await page.locator('.ver .tag-warn').count(), 0, 'the hand count is said to differ');
    await enter(door, door.locator(`a[href="/meja/${exam.id}"]`));
    await enter(door, door.locator(`a[href="/meja/${exam.id}/berita-acara"]`));
    await enter(door, door.locator('details summary', { hasText: m('minutes.witness') }));
    await write(door, door.locator('#w-pw'), PASSWORD);
    await enter(door, door.locator('#witness button'));
    await door.locator('.ver dd', { hasText: STAFF.verifier }).waitFor();
    await look(s, door, 'signed minutes');

    // everybody of the twenty is in the one class that the room saw
    const [none, tooLate, noPapers, never, self, desk, gone] = ['no_show', 'late', 'papers', 'never_started', 'finished_self', 'finished_supervisor', 'disqualified'];
    const saw = Object.fromEntries([[none, [absent]], [tooLate, [late]], [noPapers, [papers]], [never, [silent]], [self, [sari, dimas, ...far.filter((p) => p !== ill)]], [desk, [ill]], [gone, [maria]]]
      .map(([kind, people]) => [kind, /** @type {Person[]} */ (people).map((p) => p.number).sort()]));
    assert.equal(Object.values(saw).flat().length, 20);
    const table = await page.locator('table:has(td.nums) tbody tr').evaluateAll((rows) => rows.map((tr) => [...tr.children].map((c) => c.textContent ?? '')));
    const shown = Object.fromEntries(table.filter(([, n]) => n !== '0').map(([name, n, numbers]) => [name.split(' · ')[1], { n: Number(n), numbers: numbers.split(', ').sort() }]));
    assert.deepEqual(shown, Object.fromEntries(Object.entries(saw).map(([kind, numbers]) => [m(`minutes.class.${kind}`), { n: numbers.length, numbers }])));
    assert.equal(await page.locator('.panel-h:has(#t-h) .strong').textContent(), `20 = ${PRESENT} + ${ABSENT}`);
    const part = (/** @type {string} */ key) => page.locator(`.panel:has(#p-${key}) tbody tr`);
    for (const [key, ...facts] of [['away', papers.number, late.number], ['disqualified', maria.number, STAFF.supervisor, STAFF.second], ['extra', sari.number, '15'], ['moves', dimas.number, seatOf(dimas), '23']]) {
      const rows = (await part(key).allInnerTexts()).join('\n');
      for (const fact of facts) assert.ok(rows.includes(fact), `${key} does not tell of ${fact}: ${rows}`);
    }
    assert.ok(await part('stops').count() > 0, 'the power cut is not told of');
    const closed = await exam.staff(`sittings/${exam.id}/minutes/1.json`);
    assert.deepEqual(Object.fromEntries(closed.facts.attendance.classes.filter((/** @type {any} */ c) => c.count).map((/** @type {any} */ c) => [c.class, [...c.numbers].sort()])), saw, 'the signed data');

    // the day sheet of the office: nothing is left open
    await office.page.goto(`${exam.url}/lembar-hari`);
    await enter(office.page, office.page.locator('a[href="/lembar-hari/skd-uji"]'));
    await office.page.locator('#open li', { hasText: day('day.nothing') }).waitFor();
    await office.page.locator('#rows .tag-ok', { hasText: m('minutes.state.signed') }).waitFor();
    assert.equal(await office.page.textContent('#sum'), `20 = ${PRESENT} + ${ABSENT}`);
    await look(s, office.page, 'the day sheet');
  });
});
