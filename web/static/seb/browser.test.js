// @ts-check
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { told } from './browser.js';

const href = 'https://ujian.example/ujian?ujian=a#x';

test('no SEB tells nothing', async () => { assert.equal(await told(null, href), null); });

test('a SEB that has its keys is read at once, for the address without its fragment', async () => {
  const seb = { version: 'SEB_macOS_3.3', security: { configKey: 'c', browserExamKey: 'b', updateKeys() { throw new Error('asked'); } } };
  assert.deepEqual(await told(seb, href), { url: 'https://ujian.example/ujian?ujian=a', config_key: 'c', browser_exam_key: 'b', version: 'SEB_macOS_3.3' });
});

test('an older one is asked first', async () => {
  const security = /** @type {any} */ ({ updateKeys(/** @type {() => void} */ done) { security.configKey = 'later'; done(); } });
  assert.equal((await told({ security }, href))?.config_key, 'later');
});
