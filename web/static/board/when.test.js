// @ts-check
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { clock, date, moment } from './when.js';

test('times are shown as the server shows them, in both languages', () => {
  for (const [at, zone, id, en] of [
    ['2026-11-27T14:37:39.250Z', 'Asia/Jakarta', '27 Nov 2026, 21.37.39 WIB', '27 Nov 2026, 21:37:39 WIB'],
    ['2026-12-31T16:30:00Z', 'Asia/Makassar', '1 Jan 2027, 00.30.00 WITA', '1 Jan 2027, 00:30:00 WITA'],
    ['2026-08-17T00:00:00Z', 'Asia/Jayapura', '17 Agu 2026, 09.00.00 WIT', '17 Aug 2026, 09:00:00 WIT'],
    ['2026-09-05T00:00:00Z', 'UTC', '5 Sep 2026, 00.00.00 UTC', '5 Sep 2026, 00:00:00 UTC'],
  ]) {
    assert.equal(moment(at, { zone, lang: 'id', seconds: true }), id);
    assert.equal(moment(at, { zone, lang: 'en', seconds: true }), en);
  }
  assert.equal(date('2026-05-05T00:00:00Z', { zone: 'Asia/Jakarta', lang: 'id' }), '5 Mei 2026');
  assert.equal(clock('2026-05-05T00:00:00Z', { zone: 'Asia/Jakarta', lang: 'id' }), '07.00 WIB');
  assert.equal(moment('', { lang: 'id' }), '', 'what is no time is not shown');
});
