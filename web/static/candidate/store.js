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

/** @typedef {import('./outbox.js').Store} Store */

/** @implements {Store} */
export class IndexedStore {
  constructor() {
    /** @type {Promise<IDBDatabase>|null} */
    this.db = null;
  }

  /**
   * @template T
   * @param {IDBTransactionMode} mode
   * @param {(rows: IDBObjectStore, done: (value: T) => void) => void} work
   * @returns {Promise<T|undefined>} after the commit
   */
  async with(mode, work) {
    this.db ??= open();
    try {
      const db = await this.db;
      return await soon(new Promise((resolve, reject) => {
        const tx = db.transaction('outbox', mode);
        /** @type {T|undefined} */
        let value;
        tx.oncomplete = () => resolve(value);
        tx.onerror = tx.onabort = () => reject(tx.error ?? new Error('outbox: the write was aborted'));
        work(tx.objectStore('outbox'), (v) => { value = v; });
      }), 'write the outbox');
    } catch (fault) {
      this.db = null;
      throw fault;
    }
  }

  /** @param {string} attempt @returns {Promise<import('./outbox.js').Entry[]>} */
  async load(attempt) {
    const rows = await this.with('readonly', (/** @type {IDBObjectStore} */ box, /** @type {(v: any[]) => void} */ done) => {
      const ask = box.getAll(IDBKeyRange.bound([attempt, ''], [attempt, '\uffff']));
      ask.onsuccess = () => done(ask.result);
    });
    return rows ?? [];
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
    await this.with('readwrite', (box) => { box.delete(IDBKeyRange.bound([attempt, ''], [attempt, '\uffff'])); });
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
