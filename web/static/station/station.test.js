// @ts-check
import test from 'node:test';
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { ACTS, CODES, fitting, forSitting, missing, offered, reason, request } from './actions.js';
import { explain, uuid } from './api.js';
import { age, lastEnd, left, span, sum } from './clock.js';
import { about, inOrder as flagsInOrder } from './flags.js';
import * as fold from './fold.js';
import { line } from './map.js';
import { slices } from './slices.js';

/** @param {string} seat @param {string} state @param {object} [more] */
const at = (seat, state, more = {}) => ({ seat, number: `N-${seat}`, name: 'Sari', state, ...more });
const text = (/** @type {string} */ key) => key;

test('changed seats replace their own place and leave the rest', () => {
  const room = fold.reset({ state: 'running', seats: [at('2', 'ready'), at('1', 'ready'), at('10', 'assigned')] });
  assert.deepEqual([...room.seats.keys()], ['s:1', 's:2', 's:10'], 'seats stand in natural order');
  const next = fold.seats(room, { at: 'T', state: 'running', counts: { registered: 3 }, seats: [at('2', 'running', { progress: 4 })] });
  assert.deepEqual(next.changed, ['s:2']);
  assert.equal(next.room.seats.get('s:2')?.progress, 4);
  assert.equal(next.room.seats.get('s:1'), room.seats.get('s:1'));
  assert.equal(room.seats.get('s:2')?.state, 'ready', 'the earlier state is left as it was');
});

test('the hour that holds now comes with the seats, and stands where an event is silent of it', () => {
  const room = fold.reset({ start: 'T1' });
  const next = fold.seats(room, { seats: [], start: 'T2' }).room;
  assert.deepEqual([next.start, fold.seats(next, { seats: [] }).room.start], ['T2', 'T2']);
});

test('someone who gets a seat leaves the list of those without', () => {
  const room = fold.reset({ seats: [{ seat: '', number: 'N-7', state: 'present' }] });
  const next = fold.seats(room, { seats: [{ seat: '7', number: 'N-7', state: 'ready' }] });
  assert.deepEqual([...next.room.seats.keys()], ['s:7']);
});

test('a running seat without contact is offline, whatever else it is', () => {
  assert.equal(fold.shown(at('1', 'running')), 'work');
  assert.equal(fold.shown(at('1', 'running', { offline_since: '2026-01-01T00:00:00Z' })), 'offline');
  assert.equal(fold.shown({ seat: '1', number: '', state: 'ready' }), 'spare');
  assert.equal(fold.shown(at('1', 'assigned')), 'absent');
  assert.equal(fold.shown(at('1', 'running', { group: 'offline' })), 'offline', 'the server knows');
  assert.equal(fold.shown(at('1', 'running', { group: 'paused' })), 'moved', 'the clock stands, yet nobody paused it');
});

test('the equation adds up and is printed', () => {
  const seats = [at('1', 'running'), at('2', 'running', { offline_since: 'x' }), at('3', 'finished'), at('4', 'assigned'), { seat: '5', number: '', state: '' }];
  const eq = fold.equation(fold.tally(seats), { registered: 4, absent: 1, present: 0, ready: 0, working: 2, offline: 0, paused: 0, finished: 1, disqualified: 0 });
  assert.deepEqual(eq, { matches: true, text: '4 = 3 + 1 · 3 = 1 + 1 + 1', differs: [] });
});

test('a count of the server that differs is shown, not hidden', () => {
  const eq = fold.equation(fold.tally([at('1', 'finished')]), { registered: 2, finished: 1 });
  assert.equal(eq.matches, false);
  assert.deepEqual(eq.differs, [{ what: 'registered', seats: 1, server: 2 }]);
});

test('alerts: offline and open credits are derived, advice comes last', () => {
  const seat = at('1', 'running', { offline_since: 'x', alerts: ['item_changed', 'two_devices'], pending_credit: [{ what: 'gap', ms: 1000 }] });
  assert.deepEqual(fold.alertsOf(seat), ['two_devices', 'credit_pending', 'offline', 'item_changed']);
});

test('the filter finds by seat, name, and number with or without hyphens', () => {
  const seat = at('A-14', 'running', { number: '2641-0417' });
  for (const query of ['a-14', 'sari', '2641-0417', '26410417', '']) assert.ok(fold.fits(seat, { state: 'all', query }), query);
  assert.equal(fold.fits(seat, { state: 'all', query: 'zzz' }), false);
  assert.equal(fold.fits(seat, { state: 'alert', query: '' }), false);
});

test('times: spans, what is left, the last end of those who work', () => {
  assert.equal(span(3_723_999), '1:02:03');
  assert.equal(span(92_000), '1:32');
  assert.equal(left('2026-01-01T00:00:10Z', Date.parse('2026-01-01T00:00:20Z')), 0);
  assert.equal(left('', 0), null);
  assert.equal(age(null, 5), null);
  assert.equal(lastEnd([at('1', 'running', { ends: 'b' }), at('2', 'finished', { ends: 'c' }), at('3', 'paused', { ends: 'a' })]), 'b');
  assert.equal(sum([{ what: 'base', ms: 6_000_000 }, { what: 'gap', ms: 200_000 }]), 6_200_000);
});

test('a tile tells for how long nobody was heard', () => {
  const now = Date.parse('2026-01-01T00:01:00Z'), about = { items: 110, dense: false, before: true };
  assert.deepEqual(line(at('1', 'running', { progress: 4, last: '2026-01-01T00:00:20Z' }), now, about, text), { word: '4/110', old: '0:40' });
  assert.deepEqual(line(at('1', 'running', { progress: 4, last: '2026-01-01T00:00:58Z' }), now, about, text), { word: '4/110', old: '' });
  assert.equal(line(at('1', 'assigned'), now, about, text).word, 'station.tile.absent_yet');
});

test('only acts that fit are offered, move and disqualify for one seat alone', () => {
  const one = offered([at('1', 'running')]).map((o) => o.action), two = offered([at('1', 'running'), at('2', 'running')]).map((o) => o.action);
  assert.ok(one.includes('move') && one.includes('disqualify') && one.includes('pause') && !one.includes('resume'));
  assert.ok(!two.includes('move') && !two.includes('disqualify') && two.includes('pause'));
  assert.deepEqual(offered([{ seat: '9', number: '', state: 'empty' }]).map((o) => o.action), ['mark_seat']);
  assert.equal(fitting('pause', [at('1', 'running'), at('2', 'finished')]).length, 1);
  assert.ok(!one.includes('decide_credit') && offered([at('1', 'running', { pending_credit: [{ what: 'gap', ms: 5 }] })]).some((o) => o.action === 'decide_credit'));
});

test('PINs of people who work are not voided by a selection, only one by one', () => {
  assert.equal(fitting('checkin', [at('1', 'running')]).length, 1);
  assert.deepEqual(fitting('checkin', [at('1', 'running'), at('2', 'assigned')]).map((s) => s.seat), ['2']);
});

test('every act of the staff API can be reached', () => {
  const wire = 'open_checkin close_checkin checkin turn_away unlock start pause resume credit reverse decide_credit move release message leave return doubt decide_doubt postpone lift_place keep_place finish disqualify reopen close transfer continue mark_seat decide_flag pass_flag'.split(' ');
  assert.deepEqual(Object.keys(ACTS).sort(), [...wire].sort());
  for (const a of wire) assert.ok(ACTS[a].seats || ACTS[a].sitting || a.endsWith('_flag'), a); // a signal has buttons of its own
  assert.deepEqual(forSitting('closed'), []);
});

test('the body names the people who were shown, a seat where it is about the computer, or nobody for the whole sitting', () => {
  const seats = [at('1', 'running'), { seat: '', number: 'N-9', state: 'present' }];
  assert.deepEqual(request('op', 'pause', seats, { reason: 'r' }), { op: 'op', action: 'pause', reason: 'r', numbers: ['N-1', 'N-9'] });
  assert.deepEqual(request('op', 'mark_seat', [at('1', 'running'), { seat: '5', number: '', state: 'empty' }], { reason: 'r', decision: 'broken' }), { op: 'op', action: 'mark_seat', reason: 'r', seats: ['1', '5'], decision: 'broken' });
  assert.deepEqual(request('op', 'pause', null, { reason: 'r', second: null }), { op: 'op', action: 'pause', reason: 'r' });
});

test('a proposal shows whom it means by name, wherever they sit by now', () => {
  const room = fold.reset({ seats: [at('1', 'running', { number: 'N-2', name: 'Yohanes' }), at('5', 'running', { number: 'N-1' })] });
  assert.deepEqual(fold.meant(room.seats.values(), { id: 'p', action: 'disqualify', numbers: ['N-1', 'N-7'] }), ['5 Sari', 'N-7']);
  assert.deepEqual(fold.meant(room.seats.values(), { id: 'p', action: 'close' }), []);
});

test('nothing is offered that the server always refuses', () => {
  const acts = (/** @type {any} */ seat) => offered([seat]).map((o) => o.action);
  assert.ok(acts(at('1', 'present')).includes('turn_away') && !acts(at('1', 'ready')).includes('turn_away'));
  const out = acts(at('1', 'running', { alerts: ['left_room'] }));
  assert.ok(out.includes('return') && !out.includes('leave'));
});

test('nothing is sent without a reason, an amount, a target, or a named second person', () => {
  assert.equal(missing('pause', { reason: '' }), 'station.need.reason');
  assert.equal(missing('credit', { reason: 'r', ms: 0 }), 'station.need.ms');
  assert.equal(missing('decide_credit', { reason: 'r' }), 'station.need.to');
  assert.equal(missing('move', { reason: 'r', to: '' }), 'station.need.to');
  assert.equal(missing('disqualify', { reason: 'r', second: { user: '', password: '', code: '' } }), 'station.need.second');
  assert.equal(missing('disqualify', { reason: 'r', second: null }), '');
});

test('a reason is a code where there is one, and another reason needs words', () => {
  assert.equal(reason('network', 'Gangguan jaringan', ''), 'network');
  assert.equal(reason('network', 'Gangguan jaringan', 'kabel'), 'network: kabel');
  assert.equal(reason('solved', 'Gangguan selesai', ''), 'Gangguan selesai');
  assert.equal(reason('other', 'Lainnya', ''), '');
  assert.equal(reason('other', 'Lainnya', 'api'), 'other: api');
  for (const r of ACTS.turn_away.reasons ?? []) assert.ok(CODES.includes(r), r);
});

test('an account is offered only what it may', () => {
  assert.deepEqual(offered([at('1', 'running')], ['pause']).map((o) => o.action), ['pause']);
  assert.deepEqual(forSitting('running', ['message']), ['message']);
});

test('an operation id is a UUID, made without a secure context', () => {
  assert.match(uuid(), /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  assert.notEqual(uuid(), uuid());
});

test('a fault says the code that is read out', () => {
  assert.equal(explain({ code: 'second_person', text: 'x' }, text), 'x station.code E-DUA-01');
  assert.equal(explain({ code: 'odd', text: 'Tidak bisa.' }, text), 'Tidak bisa. station.code odd');
});

test('both languages have the same texts with the same placeholders', () => {
  const read = (/** @type {string} */ file) => JSON.parse(readFileSync(new URL(`../locales/${file}.json`, import.meta.url), 'utf8'));
  const holes = (/** @type {string} */ s) => [...s.matchAll(/\{\w+\}/g)].map(String).sort().join();
  for (const area of ['common', 'board', 'station']) {
    const id = read(`${area}.id`), en = read(`${area}.en`);
    assert.deepEqual(Object.keys(id).sort(), Object.keys(en).sort(), area);
    for (const key of Object.keys(id)) assert.equal(holes(id[key]), holes(en[key]), key);
  }
});

test('every act, state and count has its words', () => {
  const texts = JSON.parse(readFileSync(new URL('../locales/station.id.json', import.meta.url), 'utf8'));
  for (const s of fold.PRESENT) assert.ok(texts[`station.state.${s}`] && texts[`station.sum.${s}`], s);
  const wrong = fold.equation(fold.tally([]), { registered: 1, absent: 1, present: 1, ready: 1, working: 1, offline: 1, paused: 1, finished: 1, disqualified: 1 });
  assert.equal(wrong.differs.length, 8);
  for (const d of wrong.differs) assert.ok(texts[`station.count.${d.what}`], d.what);
  for (const [action, act] of Object.entries(ACTS)) {
    assert.ok(texts[`station.act.${action}`] && texts[`station.is.${action}`], action);
    for (const reason of act.reasons ?? []) assert.ok(texts[`station.reason.${reason}`], `${action} ${reason}`);
    if (act.twice) assert.ok(texts[`station.really.${action}`] && texts[`station.sure.${action}`], action);
    if (act.seats && act.sitting) assert.ok(texts[`station.all.${action}`], `all ${action}`);
  }
});

test('the map shows every seat: who moves leaves an empty one, and takes a spare one', () => {
  const room = fold.reset({ seats: [at('01', 'running'), at('02', 'running')], vacant: [{ seat: '03', state: 'spare' }, { seat: '04', state: 'broken' }] });
  assert.deepEqual([...room.seats.values()].map(fold.shown), ['work', 'work', 'spare', 'broken']);
  const next = fold.seats(room, { seats: [at('03', 'running', { number: 'N-01', group: 'paused' })], vacant: [{ seat: '01', state: 'empty' }, { seat: '04', state: 'broken' }], gone: ['s:01'] }).room;
  assert.deepEqual([...next.seats.entries()].map(([k, s]) => [k, fold.shown(s)]), [['s:01', 'empty'], ['s:02', 'work'], ['s:03', 'moved'], ['s:04', 'broken']]);
  assert.equal(fold.tally(next.seats.values()).registered, 2, 'an empty seat is nobody');
  const later = fold.seats(next, { seats: [], vacant: [{ seat: '01', state: 'empty' }, { seat: '04', state: 'empty' }] }).room;
  assert.equal(fold.shown(/** @type {any} */ (later.seats.get('s:04'))), 'empty', 'it was mended');
});

test('who goes on elsewhere is counted here as continued', () => {
  const seats = [at('1', 'running'), { seat: '', number: 'N-2', state: 'assigned', group: 'continued', moved_to: 'x.s2' }];
  assert.deepEqual(fold.equation(fold.tally(seats), { registered: 2, absent: 0, working: 1, offline: 0, continued: 1 }), { matches: true, text: '2 = 2 + 0 · 2 = 1 + 1', differs: [] });
  assert.deepEqual(fitting('continue', [at('1', 'running'), at('2', 'assigned'), at('3', 'assigned', { carried: true })]).map((s) => s.seat), ['1', '3']);
  assert.deepEqual(fitting('transfer', [at('1', 'running'), at('2', 'assigned'), at('3', 'assigned', { carried: true })]).map((s) => s.seat), ['2']);
  assert.equal(missing('continue', { reason: 'power', to: '' }), 'station.need.to');
});

test('seats are chosen by a range, and a number that is searched for chooses nobody', () => {
  const seats = ['01', '02', '03', '10', 'A-3'].map((s) => at(s, 'running'));
  assert.deepEqual(fold.range('1-3, 10', seats), ['s:01', 's:02', 's:03', 's:10']);
  assert.deepEqual(fold.range('a-3', seats), ['s:A-3']);
  for (const query of ['2641-0417', 'sari', '7', '', '3-1']) assert.deepEqual(fold.range(query, seats), [], query);
});

test('what waits for a decision stands before what waits for a look, and advice comes last', () => {
  const codes = ['item_changed', 'left_room', 'offline', 'two_devices', 'doubt', 'credit_pending'];
  assert.deepEqual([...codes].sort((a, b) => fold.urgency(a) - fold.urgency(b)), [...codes].reverse());
});

test('an advisory signal that nobody has decided stands first, and says whom it is about', () => {
  const flags = [{ n: 3, at: '', code: 'B1', seat: '07', state: 'seen' }, { n: 5, at: '', code: 'P1', state: 'open', finding: { id: '', en: '', expected: '', seats: ['07', '08'] } }, { n: 4, at: '', code: 'R1', state: 'open', finding: { id: '', en: '', expected: '', place: 'sitting s1' } }];
  assert.deepEqual(flagsInOrder(flags).map((f) => f.n), [5, 4, 3]);
  assert.deepEqual(flags.map((f) => about(f, text)), ['station.seat 07', 'station.flag.pair', 'station.flag.place']);
});

test('a full hall is shown in slices, sums and lists once at the end, each in a frame of its own', () => {
  /** @type {(() => void)[]} */
  const frames = [];
  let now = 0;
  /** @type {string[]} */
  const done = [];
  const s = slices((k) => { now += 3; done.push(k); }, { frame: (f) => { frames.push(f); }, now: () => now });
  const sums = () => { done.push('sums'); }, list = () => { done.push('list'); };
  s.fill(['1', '2', '3', '4']);
  s.do(sums, list);
  s.do(sums);
  s.fill(['2']);
  const took = [];
  while (frames.length) { const before = done.length; /** @type {() => void} */ (frames.shift())(); took.push(done.length - before); }
  assert.deepEqual(done, ['1', '2', '3', '4', 'sums', 'list'], 'each place once, however often it changed meanwhile');
  assert.deepEqual(took, [2, 2, 1, 1]);
});
