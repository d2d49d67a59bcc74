import assert from 'node:assert/strict';
import { constants, generateKeyPairSync, verify } from 'node:crypto';
import test from 'node:test';
import { blind, fromHex, hex, inverse, power } from './blind.js';

const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const jwk = (k) => k.export({ format: 'jwk' });
const number = (b64) => BigInt(`0x${hex(Buffer.from(b64, 'base64url'))}`);
const n = number(jwk(privateKey).n), d = number(jwk(privateKey).d);
const key = { n: n.toString(16), e: 65537 };
const sign = (blinded) => power(BigInt(`0x${blinded}`), d, n).toString(16).padStart(512, '0');
const good = (token, signature) => verify('sha384', fromHex(token), { key: publicKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 48 }, fromHex(signature));

test('a token that was signed blind is signed like any other', async () => {
  for (let i = 0; i < 5; i++) {
    const t = await blind(key), signature = t.finish(sign(t.blinded));
    assert.ok(good(t.token, signature));
    const other = await blind(key);
    assert.notEqual(other.token, t.token);
    assert.ok(!good(other.token, signature));
  }
});

test('what the server signs says nothing of the token', async () => {
  const t = await blind(key), signature = t.finish(sign(t.blinded));
  assert.ok(!t.blinded.includes(t.token) && t.blinded !== signature);
});

test('a signature over something else is noticed', async () => {
  const t = await blind(key);
  assert.equal(t.finish(sign((BigInt(`0x${t.blinded}`) + 1n).toString(16))), null);
});

test('inverses', () => {
  assert.equal(inverse(3n, 11n), 4n);
  assert.equal(inverse(6n, 9n), null);
});
