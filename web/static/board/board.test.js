// @ts-check
import test from 'node:test';
import assert from 'node:assert/strict';
import { bins } from './dist.js';
import { coded } from './codes.js';
import { find, frame, moves, reset } from './fold.js';
import { freshness } from './age.js';
import { ranked } from './rank.js';
import { translator } from './texts.js';

/** @param {string} number @param {number[]} s TWK TIU TKP @param {object} [more] */
const row = (number, [TWK, TIU, TKP], more = {}) => ({ number, scores: { TWK, TIU, TKP }, total: TWK + TIU + TKP, status: 'meets', ...more });
const order = (/** @type {any[]} */ rows, /** @type {string[] | undefined} */ keys) => ranked(rows, keys).map((x) => `${x.row.number}:${x.rank}`);

test('a code of the list that stands takes a place where it says whether the thresholds are met', () => {
  const rows = [row('a', [150, 175, 225], { status: 'GUGUR' }), row('b', [100, 100, 170], { status: 'P/L', passed: true }), row('c', [60, 100, 190], { status: 'TL', passed: false })];
  assert.deepEqual(order(rows), ['b:1', 'c:2', 'a:0']);
  const list = bins(rows, 550);
  assert.deepEqual([list.reduce((n, b) => n + b.meets, 0), list.reduce((n, b) => n + b.not, 0)], [1, 1]);
  const text = (/** @type {string} */ key) => key;
  assert.equal(coded(text, [{ code: 'GUGUR', is: 'disqualified' }], 'GUGUR'), 'GUGUR: board.means.disqualified');
  assert.equal(coded(text, [], 'TH'), 'TH: board.means.absent');
  assert.equal(coded(text, [], 'X'), 'X');
});

test('equal keys share a rank and the next one is skipped: 1, 2, 2, 4', () => {
  assert.deepEqual(order([row('d', [65, 80, 166]), row('c', [70, 80, 180]), row('b', [70, 80, 180]), row('a', [100, 120, 200])]), ['a:1', 'b:2', 'c:2', 'd:4']);
});

test('equal totals are parted by TKP, then TIU, then TWK', () => {
  assert.deepEqual(order([row('a', [110, 100, 190]), row('b', [100, 100, 200]), row('c', [100, 110, 190])]), ['b:1', 'c:2', 'a:3']);
});

test('the snapshot may name other ranking keys', () => {
  assert.deepEqual(order([row('a', [10, 90, 0]), row('b', [20, 10, 0])], ['TWK']), ['b:1', 'a:2']);
});

test('a key may be the sum of two sections', () => {
  const one = (/** @type {string} */ number, /** @type {number} */ MAN, /** @type {number} */ SOC) => ({ number, scores: { TECH: 300, MAN, SOC }, total: 400, status: 'meets' });
  assert.deepEqual(order([one('a', 50, 50), one('b', 40, 70), one('c', 70, 30)], ['total', 'TECH', 'MAN+SOC']), ['b:1', 'a:2', 'c:2']);
});

test('who has no score or no place stands last without a rank', () => {
  const out = order([row('x', [150, 175, 225], { status: 'DIS' }), { number: 'n', progress: 40 }, row('a', [1, 1, 1], { status: 'misses' })]);
  assert.deepEqual(out, ['a:1', 'n:0', 'x:0']);
});

test('a frame replaces rows whole and is harmless when it comes twice', () => {
  const start = reset({ epoch: 1, seq: 4, rows: [row('a', [1, 1, 1]), row('b', [2, 2, 2])], counts: { registered: 2 } });
  const f = { from: 4, to: 5, rows: [row('a', [5, 5, 5])], gone: ['b'], counts: { registered: 1 } };
  const once = frame(start, f), twice = frame(once.board, f);
  assert.equal(once.board.rows.get('a')?.total, 15);
  assert.equal(once.board.rows.has('b'), false);
  assert.deepEqual(once.changed, ['a', 'b']);
  assert.deepEqual([...twice.board.rows], [...once.board.rows]);
  assert.equal(once.board.seq, '5');
  assert.equal(start.rows.get('a')?.total, 3, 'the earlier state is left as it was');
});

test('a board that is not whole says so', () => {
  assert.equal(reset({ rows: [row('a', [1, 1, 1])], counts: { registered: 9 } }).whole, false);
  assert.equal(reset({ rows: [row('a', [1, 1, 1])], total: 1 }).whole, true);
});

test('moves counts the places that would change', () => {
  assert.equal(moves(['a', 'b', 'c'], ['a', 'c', 'b']), 2);
  assert.equal(moves(['a'], ['a', 'b']), 1);
});

test('a number is found whole, by its end, and never by guess', () => {
  const all = ['26401-110-000417', '26401-110-000418', '26402-110-000418'];
  assert.equal(find(all, '26401110000417'), all[0]);
  assert.equal(find(all, '000417'), all[0]);
  assert.equal(find(all, '000418'), null);
  assert.equal(find(all, '417'), null);
  assert.equal(find(all, ' '), null);
});

test('fresh, stale after 15 s, offline after three failures, final does not age', () => {
  const s = { now: 20_000, contact: 6_000, failures: 0, final: false };
  assert.equal(freshness(s).state, 'fresh');
  assert.deepEqual(freshness({ ...s, now: 51_000 }), { state: 'stale', seconds: 45 });
  assert.equal(freshness({ ...s, failures: 2 }).state, 'fresh');
  assert.equal(freshness({ ...s, failures: 3 }).state, 'offline');
  assert.equal(freshness({ ...s, now: 99_000, final: true }).state, 'final');
});

test('every ranked row is in exactly one bin, the highest total included', () => {
  const list = bins([row('a', [150, 175, 225]), row('b', [0, 0, 0], { status: 'misses' }), { number: 'c' }], 550);
  assert.deepEqual(list.at(-1), { from: 500, to: 550, meets: 1, not: 0 });
  assert.deepEqual(list[0], { from: 0, to: 49, meets: 0, not: 1 });
  assert.equal(list.reduce((n, b) => n + b.meets + b.not, 0), 2);
});

test('a text keeps a placeholder that nobody filled', () => {
  assert.equal(translator({ k: '{n} dari {m}' })('k', { n: 3 }), '3 dari {m}');
});
