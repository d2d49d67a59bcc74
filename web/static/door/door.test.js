import assert from 'node:assert/strict';
import { test } from 'node:test';

import { adjustment, aid, fields, needs, offers, otherExam, plain, readCode, span, standing } from './door.js';

const ALL = ['checkin', 'turn_away', 'doubt', 'decide_doubt', 'adjust'];
const person = (more) => ({ number: '26-1', name: 'Sari', state: 'assigned', seat: '', ...more });

test('a scanner types what the exam card says, a person types a number or a name', () => {
  assert.deepEqual(readCode(' TERANG:skd-2026:2641-0007\n'), { exam: 'skd-2026', number: '2641-0007' });
  assert.deepEqual(readCode('terang:SKD-2026:2641-0007'), { exam: 'skd-2026', number: '2641-0007' }, 'a keyboard with caps lock');
  for (const typed of ['Sari', '2641-0007', 'TERANG:skd-2026:', 'TERANG:a:b:c', 'https://x/TERANG:a:b']) assert.equal(readCode(typed), null, typed);
  assert.equal(otherExam('TERANG:skb-2026:1', 'skd-2026'), 'skb-2026');
  assert.equal(otherExam('TERANG:skd-2026:1', 'skd-2026'), '');
  assert.equal(plain('26-4a'), '264A');
});

test('what is offered fits the person, the right and the hour; the usual comes first', () => {
  assert.deepEqual(offers(person(), ALL, true), ['checkin', 'doubt', 'turn_away', 'adjust']);
  assert.deepEqual(offers(person(), ALL, false), ['turn_away', 'doubt', 'adjust'], 'nobody is admitted after the door has closed');
  assert.deepEqual(offers(person(), ['checkin'], true), ['checkin']);
  assert.deepEqual(offers(person({ away: 'papers' }), ALL, true), ['readmit', 'doubt', 'adjust']);
  assert.deepEqual(offers(person({ state: 'present' }), ALL, false), ['pin', 'doubt', 'turn_away', 'adjust']);
  assert.deepEqual(offers(person({ state: 'running', started: true, doubt: true }), ALL, false), ['pin', 'decide_doubt']);
  assert.deepEqual(offers(person({ state: 'finished', started: true }), ALL, false), ['doubt']);
});

test('the door closes by the server\'s clock, and says so', () => {
  const closes = '2026-11-22T00:55:00.000Z', at = Date.parse(closes);
  const door = (phase, late_entry = 'refuse') => ({ phase, closes, late_entry });
  assert.deepEqual(standing(door('planned'), at - 1), { open: false, why: 'door.not_open', left: 1 });
  assert.deepEqual(standing(door('checkin'), at - 90_000), { open: true, why: '', left: 90_000 });
  assert.deepEqual(standing(door('checkin'), at), { open: false, why: 'door.closed_hour', left: 0 });
  assert.equal(standing(door('checkin', 'full'), at).open, true);
  assert.equal(standing(door('waiting'), at).why, 'door.closed');
  assert.equal(standing(door('running', 'to_sitting_end'), at).why, 'door.late');
  assert.equal(standing(door('ended', 'full'), at).open, false);
  assert.equal(standing({ phase: 'checkin', late_entry: 'refuse' }, at).left, -1, 'a hand closes');
  assert.deepEqual([span(59_001), span(3_599_000), span(3_661_000)], ['01:00', '59:59', '1:01:01']);
});

test('the words of an adjustment and the fields of its dialog are one thing', () => {
  const words = 'assistant breaks=15 contrast=dark extra=30 reader size=3';
  assert.equal(adjustment(fields(words)), words);
  assert.equal(adjustment(fields('')), '');
  assert.equal(adjustment(fields(undefined)), '');
  assert.deepEqual(needs('extra=30 reader'), [{ key: 'door.need.extra', n: '30' }, { key: 'door.need.reader', n: '' }]);
});

test('an accommodation is said in words, and one that nobody has words for without its underscores', () => {
  const text = (/** @type {string} */ key) => ({ 'door.aid.low_vision': 'penglihatan terbatas' })[key] ?? key;
  assert.equal(aid('low_vision', text), 'penglihatan terbatas');
  assert.equal(aid('left_handed_desk', text), 'left handed desk');
});
