// @ts-check
// The sealed form: fetched while people wait, opened when the key comes. AES-256-GCM, 12-byte nonce in front.

/** WebCrypto is missing on plain http; the items then come in the frame. @returns {boolean} */
export function canOpen() { return typeof crypto !== 'undefined' && crypto.subtle !== undefined; }

/** @param {string} text base64 @returns {Uint8Array<ArrayBuffer>} */
export function bytes(text) {
  const raw = atob(text);
  const out = new Uint8Array(raw.length);
  for (let i = 0; i < raw.length; i++) out[i] = raw.charCodeAt(i);
  return out;
}

/** Rejects what says of itself that it is another form than the one named. @param {string} url of our own origin @param {string} etag @returns {Promise<ArrayBuffer>} */
export async function fetchSealed(url, etag) {
  const answer = await fetch(url, { cache: 'no-store', credentials: 'same-origin' });
  if (!answer.ok || !(answer.headers.get('ETag') ?? etag).includes(etag)) throw new Error(`sealed form: ${answer.status}`);
  return answer.arrayBuffer();
}

/**
 * @param {ArrayBuffer} form @param {string} key base64 @param {string} attempt the additional data
 * @returns {Promise<any[]>} the items; rejects when one bit of form, key or attempt is not the one that was sealed
 */
export async function openSealed(form, key, attempt) {
  const secret = await crypto.subtle.importKey('raw', bytes(key), 'AES-GCM', false, ['decrypt']);
  const plain = await crypto.subtle.decrypt(
    { name: 'AES-GCM', iv: form.slice(0, 12), additionalData: new TextEncoder().encode(attempt.toLowerCase()) },
    secret,
    form.slice(12),
  );
  return JSON.parse(new TextDecoder().decode(plain));
}
