// @ts-check
// Waiting is for a condition, never for a time.

/** How long a test waits for what must come, ms: no machine is so busy. */
export const PATIENCE = 60_000;

/**
 * @template T
 * @param {string} what is waited for, for the message
 * @param {() => T | Promise<T>} look until it gives something truthy
 * @param {number} [within] ms
 * @returns {Promise<NonNullable<T>>}
 */
export async function until(what, look, within = PATIENCE) {
  const end = Date.now() + within;
  for (;;) {
    const seen = await look();
    if (seen) return /** @type {NonNullable<T>} */ (seen);
    if (Date.now() > end) throw new Error(`waited ${within} ms for: ${what}`);
    await new Promise((again) => { setTimeout(again, 50); });
  }
}
