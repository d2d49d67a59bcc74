import test from 'node:test';
import assert from 'node:assert/strict';
import { createCipheriv, randomBytes } from 'node:crypto';
import { fetchSealed, openSealed } from './sealed.js';

function seal(items, attempt) {
  const key = randomBytes(32);
  const nonce = randomBytes(12);
  const c = createCipheriv('aes-256-gcm', key, nonce);
  c.setAAD(Buffer.from(attempt));
  const form = Buffer.concat([nonce, c.update(JSON.stringify(items)), c.final(), c.getAuthTag()]);
  return { key: key.toString('base64'), form: form.buffer.slice(form.byteOffset, form.byteOffset + form.length) };
}

test('the key of the welcome opens the form of this attempt and of no other', async () => {
  const { key, form } = seal([{ q: 1 }], 'skd/2410');
  assert.deepEqual(await openSealed(form, key, 'SKD/2410'), [{ q: 1 }]);
  await assert.rejects(openSealed(form, key, 'skd/2411'));
});

test('a form that says that it is another than the one named is not kept', async (t) => {
  const given = { ETag: '"a1"' };
  t.mock.method(globalThis, 'fetch', async () => new Response('form', { headers: given }));
  assert.equal((await fetchSealed('/form', 'a1')).byteLength, 4);
  await assert.rejects(fetchSealed('/form', 'b2'));
  delete given.ETag; // something between took it away
  assert.equal((await fetchSealed('/form', 'b2')).byteLength, 4);
});
