// @ts-check
// The calls of the seat. A fault of the network is an answer like any other: `{ok: false, code: 'offline'}`.

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

/**
 * The result as it stands now, if it is another than the one of the tag. After a goodbye nobody tells the page of it.
 * @param {string} tag '' for none @returns {Promise<{status: number, tag: string, body: any}>} 304: it is the same; 0: out of reach
 */
export async function result(tag) {
  try {
    const answer = await fetch('/api/v1/exam/result', {
      credentials: 'same-origin', cache: 'no-store', signal: AbortSignal.timeout(PATIENCE), headers: tag ? { 'If-None-Match': tag } : {},
    });
    return { status: answer.status, tag: answer.headers.get('ETag') ?? '', body: answer.status === 304 ? {} : await answer.json() };
  } catch {
    return { status: 0, tag: '', body: {} };
  }
}
