// @ts-check
// The outbox on disk: IndexedDB, one row for each attempt, item and kind.

/** A disk that does not answer for this long cannot be trusted with an answer, in ms. */
const PATIENCE = 4_000;

/** @template T @param {Promise<T>} work @param {string} what @returns {Promise<T>} */
function soon(work, what) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`${what}: no answer from IndexedDB in ${PATIENCE} ms`)), PATIENCE);
    work.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

/** @returns {Promise<IDBDatabase>} */
function open() {
  return soon(new Promise((resolve, reject) => {
    const ask = indexedDB.open('terang', 1);
    ask.onupgradeneeded = () => ask.result.createObjectStore('outbox', { keyPath: ['attempt', 'key'] });
    ask.onsuccess = () => {
      // another tab may erase everything: let go, and open anew at the next use
      ask.result.onversionchange = () => ask.result.close();
      resolve(ask.result);
    };
    ask.onerror = () => reject(ask.error);
    ask.onblocked = () => reject(new Error('outbox: blocked by another tab'));
  }), 'open the outbox');
}

/** All rows of an attempt. @param {string} attempt */
const whole = (attempt) => IDBKeyRange.bound([attempt, ''], [attempt, '\uffff']);

/** @typedef {import('./outbox.js').Store} Store */

/** @implements {Store} */
export class IndexedStore {
  constructor() {
    /** @type {Promise<IDBDatabase>|null} */
    this.db = null;
  }

  /**
   * @param {IDBTransactionMode} mode
   * @param {(rows: IDBObjectStore) => void} work
   * @returns {Promise<void>} after the commit
   */
  async with(mode, work) {
    this.db ??= open();
    try {
      const db = await this.db;
      await soon(new Promise((resolve, reject) => {
        const tx = db.transaction('outbox', mode);
        tx.oncomplete = resolve;
        tx.onerror = tx.onabort = () => reject(tx.error ?? new Error('outbox: the write was aborted'));
        work(tx.objectStore('outbox'));
      }), 'write the outbox');
    } catch (fault) {
      this.db = null;
      throw fault;
    }
  }

  /** @param {string} attempt @returns {Promise<import('./outbox.js').Entry[]>} */
  async load(attempt) {
    /** @type {IDBRequest<any[]>|undefined} */
    let ask;
    await this.with('readonly', (box) => { ask = box.getAll(whole(attempt)); });
    return ask?.result ?? [];
  }

  /**
   * @param {string} attempt
   * @param {import('./outbox.js').Entry} entry
   */
  async put(attempt, entry) { await this.with('readwrite', (box) => { box.put({ attempt, ...entry }); }); }

  /** Only while the row still holds that op: a newer choice may have been written since. @param {string} attempt @param {string} key @param {string} op */
  async remove(attempt, key, op) {
    await this.with('readwrite', (box) => {
      const ask = box.get([attempt, key]);
      ask.onsuccess = () => { if (ask.result?.frame.op === op) box.delete([attempt, key]); };
    });
  }

  /** @param {string} attempt */
  async erase(attempt) {
    await this.with('readwrite', (box) => { box.delete(whole(attempt)); });
  }

  /** Writes, reads and removes a row: can this computer keep answers? @returns {Promise<boolean>} */
  async works() {
    try {
      const entry = { key: 'check', seq: 1, frame: { t: 'answer', op: 'check', q: 0 } };
      await this.put('check', entry);
      const kept = (await this.load('check')).length === 1;
      await this.erase('check');
      return kept;
    } catch {
      return false;
    }
  }
}
