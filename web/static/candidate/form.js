// @ts-check
// The form of a page that can open a sealed one: fetched while people wait, opened when the key comes.

import { canOpen, fetchSealed, openSealed } from './sealed.js';

/**
 * @param {(event: import('./state.js').Event) => void} dispatch
 * @param {() => void} again lets the server be asked for the items in the frame
 */
export function setUpForm(dispatch, again) {
  /** @type {{url: string, etag: string, attempt: string, body: ArrayBuffer|null}|null} */
  let sealed = null;

  async function fetchForm() {
    if (!sealed) return;
    const mine = sealed;
    dispatch({ type: 'SEALED', sealed: 'loading' });
    try {
      mine.body = await fetchSealed(mine.url, mine.etag);
      dispatch({ type: 'SEALED', sealed: 'ready' });
    } catch (fault) {
      console.warn('E-SOAL-01', fault);
      dispatch({ type: 'SEALED', sealed: 'none' });
    }
  }

  /** Fetched again once when it does not fit; then the server is asked for the items in the frame. @param {string} key */
  async function open(key) {
    for (let i = 0; i < 2 && sealed; i++) {
      if (!sealed.body) await fetchForm();
      if (!sealed.body) continue;
      try {
        dispatch({ type: 'ITEMS', items: await openSealed(sealed.body, key, sealed.attempt), etag: sealed.etag });
        return;
      } catch (fault) {
        console.warn('E-SOAL-02', fault);
        sealed.body = null;
      }
    }
    dispatch({ type: 'SEALED', sealed: 'failed' });
    again();
  }

  /** @param {any} f welcome */
  return async (f) => {
    if (f.sealed && canOpen() && sealed?.etag !== f.sealed.etag) {
      sealed = { ...f.sealed, body: null };
      await fetchForm();
    }
    if (f.key && !f.items) await open(f.key);
  };
}
