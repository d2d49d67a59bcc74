import test from 'node:test';
import assert from 'node:assert/strict';
import { changes, count, eventsOf, initial, reduce, screen, shownLeft, shownPhase, strip, workable } from './state.js';

const items = [1, 2, 3].map((q) => ({ q, html: '', options: [{ c: 'a' }, { c: 'b' }] }));
const welcome = (more = {}) => ({
  t: 'welcome', now: '2026-11-22T02:00:00.000Z', state: 'running', remaining: 60_000, ends: 'e', n: 5, etag: 'x', items,
  exam: { code: 'e', show_scores: true }, candidate: { number: '1' }, sections: [{ id: 'TWK', from: 1, to: 3 }], answers: { 1: 'c' }, marks: [2],
  parts: [{ what: 'base', ms: 60_000 }], ...more,
});
/** @param {any} s @param {any[]} things frames (with t) and events (with type) */
const after = (s, things, now = 0) => things.reduce((all, x) => (x.t ? eventsOf(x) : [x]).reduce((b, e) => reduce(b, e.type === 'HELLO' ? { pending: 0, choices: {}, flags: {}, ...e } : e, now), all), s);
const working = (more) => after(initial(), [welcome(more)]);
const box = (pending, oldest = null, waits = {}) => ({ type: 'OUTBOX', pending, oldest, waits });

test('a welcome brings the exam, its answers and its marks', () => {
  const s = working();
  assert.equal(screen(s), 'exam');
  assert.deepEqual([s.answers, s.marks, s.have, s.etag], [{ 1: 'c' }, { 2: true }, 5, 'x']);
});

test('an answer that is taken back counts as none, before the server has heard of it and after', () => {
  let s = after(working(), [{ type: 'CHOOSE', q: 1, c: '' }, box(1, 0, { 1: true })]);
  assert.deepEqual([s.answers[1], count(s.answers, 1, 3)], ['', 0]);
  s = after(s, [{ ...eventsOf({ t: 'ok', op: 'o', n: 6, at: 'z' })[0], frame: { t: 'answer', op: 'o', q: 1, c: '' } }, box(0)], 300);
  assert.deepEqual([s.stored, strip(s, 300)], [{ at: 'z', q: 1, kind: 'clear' }, 'stored']);
  // what is not confirmed stands over what the server has
  const again = eventsOf(welcome()).reduce((all, e) => reduce(all, { ...e, pending: 1, choices: { 1: '' }, flags: {} }, 0), initial());
  assert.equal(count(again.answers, 1, 3), 0);
});

test('ready waits without items, the second welcome starts', () => {
  const s = after(initial(), [welcome({ state: 'ready', items: undefined, sealed: {} })]);
  assert.equal(screen(s), 'waiting');
  assert.equal(s.items, null);
  assert.equal(screen(after(s, [welcome()])), 'exam');
});

test('a start that is a moment ahead is counted down to, from the end and what is left', () => {
  const s = after(initial(), [welcome({ state: 'ready', starts: '2026-11-22T09:00:00.000Z', ends: '2026-11-22T02:01:02.000Z' })]);
  assert.equal(screen(s), 'waiting');
  assert.equal(s.starts, Date.parse('2026-11-22T02:00:02.000Z'));
});

test('a choice that is not confirmed stands over what the server has', () => {
  const s = eventsOf(welcome()).reduce((all, e) => reduce(all, { ...e, pending: 1, choices: { 1: 'a', 3: 'b' }, flags: {} }, 0), initial());
  assert.deepEqual(s.answers, { 1: 'a', 3: 'b' });
  assert.equal(s.link, 'resync');
});

test('a welcome without items keeps the form that is open, and drops one that is not the same', () => {
  assert.equal(working().items === null, false);
  assert.equal(after(working(), [welcome({ items: undefined })]).items === null, false);
  assert.equal(after(working(), [welcome({ items: undefined, etag: 'y' })]).items, null);
});

test('the state line says saving only after 200 ms, slow after 5 s, stored only after the ok', () => {
  let s = after(working(), [{ type: 'CHOOSE', q: 2, c: 'b' }, box(1, 0, { 2: true })]);
  assert.equal(strip(s, 100), 'idle');
  assert.equal(strip(s, 300), 'saving');
  assert.equal(strip(s, 5_000), 'slow');
  s = after(s, [{ type: 'ACK', op: 'o', n: 6, at: '2026-11-22T02:00:01.000Z', frame: { t: 'answer', q: 2 } }, box(0)]);
  assert.equal(strip(s, 300), 'stored');
  assert.deepEqual([s.stored.q, s.have], [2, 6]);
});

test('down is said before anything else but a broken disk; back until the next choice', () => {
  let s = after(working(), [{ type: 'DOWN', heard: 0 }]);
  assert.equal(strip(s, 0), 'down');
  assert.equal(workable(s), true);
  assert.equal(strip(reduce(s, { type: 'BROKEN' }, 0), 0), 'broken');
  s = eventsOf(welcome({ items: undefined })).reduce((all, e) => reduce(all, { ...e, pending: 2, choices: {}, flags: {} }, 0), s);
  s = after(s, [box(2, 0), box(0)]);
  assert.equal(strip(s, 0), 'back');
  assert.equal(s.back.count, 2);
  assert.equal(strip(reduce(s, { type: 'CHOOSE', q: 1, c: 'a' }, 0), 0), 'idle');
});

test('covered: items locked, the clock stands where the cover came down', () => {
  const s = after(working({ remaining: 600_000 }), [{ type: 'DOWN', heard: 10_000 }, { type: 'COVER' }], 15_000);
  assert.equal(workable(s), false);
  assert.equal(shownLeft(s, 400_000), 600_000 - 40_000 + 15_000 - 15_000);
  assert.equal(shownPhase(s, 400_000), 'paused');
  const back = after(s, [welcome()], 400_000);
  assert.equal(workable(back), true);
});

test('pause and resume come back to the same item; the reason is the open pause\'s', () => {
  let s = after(working(), [{ type: 'GO', q: 3 }, { t: 'clock', state: 'paused', remaining: 9_000, parts: [{ what: 'pause', ms: 0, from: 'a', why: 'listrik' }] }]);
  assert.deepEqual([screen(s), s.reason], ['paused', 'listrik']);
  s = after(s, [{ t: 'clock', state: 'running', remaining: 9_000 }]);
  assert.deepEqual([screen(s), s.cur], ['exam', 3]);
});

test('held shows the item with the time-up line', () => {
  const s = after(working(), [{ t: 'clock', state: 'held', remaining: 0 }]);
  assert.deepEqual([screen(s), workable(s), strip(s, 0)], ['exam', true, 'held']);
  const told = after(s, [{ type: 'REFUSED', op: 'o', code: 'held', final: true, frame: { t: 'answer', q: 1, c: 'a' } }]);
  assert.deepEqual([strip(told, 0), told.stored.q], ['held', 1]);
  assert.equal(strip(after(told, [{ t: 'clock', state: 'running', remaining: 9_000 }]), 0), 'idle', 'granted: nothing was stored at an unknown time');
});

test('zero without a word from the server locks nothing away, and says that time is up', () => {
  const s = working({ remaining: 1_000 });
  assert.deepEqual([screen(s), strip(s, 2_000), shownPhase(s, 2_000)], ['exam', 'zero', 'zero']);
});

test('finished by the deadline: sends what waits, then shows the result', () => {
  let s = after(working(), [box(2, 0), { t: 'clock', state: 'finished', remaining: 0 }]);
  assert.equal(screen(s), 'timeup');
  s = after(s, [{ t: 'result', sections: [], total: 1 }]);
  assert.equal(screen(s), 'timeup');
  s = after(s, [{ type: 'REFUSED', op: 'o', code: 'late', final: true, frame: { t: 'answer', q: 1 } }, box(0)]);
  assert.deepEqual([screen(s), s.late], ['result', 1]);
});

test('a mark that came too late is not counted as an answer', () => {
  const s = after(working(), [{ type: 'REFUSED', op: 'o', code: 'late', final: true, frame: { t: 'mark', q: 1, on: true } }]);
  assert.equal(s.late, 0);
});

test('a result that was shown and becomes another says what is new; the same once more does not', () => {
  const first = { t: 'result', sections: [], total: 300, status: 'meets', receipt: 'r' };
  const listed = { ...first, status: 'P/L', decision: 'shortlisted' };
  let s = after(working(), [first, { t: 'bye', code: 'finished', why: 'self' }]);
  assert.deepEqual([screen(s), s.news], ['result', null]);
  assert.equal(after(s, [{ ...first }]).news, null);
  s = after(s, [{ type: 'BEAT', now: '2026-11-22T02:00:00.000Z' }, listed], 5_000);
  assert.deepEqual([screen(s), s.news.what, s.result.status], ['result', ['decided'], 'P/L']);
  assert.equal(typeof s.news.at, 'number');
  s = after(s, [{ ...first, total: 305, rescored: 1, rescored_why: 'wrong_key' }]);
  assert.deepEqual(s.news.what, ['opened', 'rescored']);
  s = after(s, [{ t: 'clock', state: 'paused', remaining: 9_000 }]);
  assert.deepEqual([screen(s), s.result, s.news], ['paused', null, null], 'reopened');
});

test('what is new in a result', () => {
  const r = { status: 'meets', receipt: 'r', total: 1 };
  /** @type {[any, any, string[]][]} */
  const cases = [
    [r, r, []], [r, { ...r, total: 2 }, ['other']], [r, { ...r, receipt: 's' }, ['replaced']], [r, { ...r, status: 'held' }, ['held']], [{ ...r, status: 'held' }, r, ['known']],
    [{ ...r, status: 'P/L', decision: 'shortlisted' }, { ...r, status: 'P', decision: 'passed' }, ['decided']], [r, { ...r, rescored: 2 }, ['rescored']],
  ];
  for (const [was, is, what] of cases) assert.deepEqual(changes(was, is), what);
});

test('an exam that shows no scores says so when it is over', () => {
  const s = after(working({ exam: { code: 'e', show_scores: false } }), [{ t: 'bye', code: 'finished', why: 'deadline' }]);
  assert.deepEqual([screen(s), s.result], ['result', null]);
});

test('ended by the supervisor shows the reason, the result after it', () => {
  let s = after(working(), [{ t: 'result', sections: [] }, { t: 'bye', code: 'finished', why: 'sakit' }]);
  assert.deepEqual([screen(s), s.reason], ['ended', 'sakit']);
  s = reduce(s, { type: 'SHOW_RESULT' }, 0);
  assert.equal(screen(s), 'result');
});

test('superseded with a seat is a move, without one it is elsewhere; nothing later changes that', () => {
  assert.equal(screen(after(working(), [{ t: 'bye', code: 'superseded', seat: '27' }, { t: 'clock', state: 'running' }])), 'moved');
  assert.equal(screen(after(working(), [{ t: 'bye', code: 'superseded' }])), 'elsewhere');
});

test('not allowed and signed out go back to the sign-in with nothing left', () => {
  const s = after(working(), [{ t: 'bye', code: 'signed_out' }]);
  assert.deepEqual([screen(s), s.items, s.candidate, s.signedOut], ['signin', null, null, 'signed_out']);
  assert.equal(reduce(s, { type: 'STEP', step: 'identity' }, 0).signedOut, '', 'whoever signs in then is not signed out');
});

test('a credit is announced once, the first list of a load is not', () => {
  const gap = { what: 'gap', ms: 5, from: 'f', to: 't', why: 'w' };
  let s = working({ parts: [{ what: 'base', ms: 1 }, gap] });
  assert.equal(s.notes.length, 0);
  s = after(s, [{ t: 'clock', parts: [{ what: 'base', ms: 1 }, gap, { ...gap, from: 'g' }] }]);
  assert.deepEqual(s.notes.map((n) => n.kind), ['credit']);
  assert.equal(after(s, [{ t: 'clock', parts: s.clock.parts }]).notes.length, 1);
});

test('a message stays until it is dismissed', () => {
  const s = after(working(), [{ t: 'say', from: '', text: 'tenang' }]);
  assert.equal(s.notes[0].text, 'tenang');
  assert.equal(reduce(s, { type: 'DISMISS', id: s.notes[0].id }, 0).notes.length, 0);
});

test('a frame of a later version and an unknown event change nothing', () => {
  const s = working();
  assert.deepEqual(eventsOf({ t: 'later' }), []);
  assert.equal(reduce(s, { type: 'LATER' }, 0), s);
});
