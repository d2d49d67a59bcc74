// @ts-check
// The four calls of the seat. A fault of the network is an answer like any other: `{ok: false, code: 'offline'}`.

/** @typedef {{ok: boolean, status: number, code: string, body: any}} Answer */

/** A server that has not answered by then is treated as out of reach, in ms. */
const PATIENCE = 10_000;

/** @param {string} call @param {object} [body] @returns {Promise<Answer>} */
export async function post(call, body = {}) {
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(), PATIENCE);
  try {
    const answer = await fetch(`/api/v1/exam/${call}`, {
      method: 'POST', credentials: 'same-origin', cache: 'no-store', signal: abort.signal,
      headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body),
    });
    const read = await answer.json().catch(() => ({}));
    // a proxy's own error page has no code of ours: the server is out of reach
    const code = answer.ok ? '' : read.code ?? 'offline';
    return { ok: answer.ok, status: answer.status, code, body: read };
  } catch {
    return { ok: false, status: 0, code: 'offline', body: {} };
  } finally {
    clearTimeout(timer);
  }
}
