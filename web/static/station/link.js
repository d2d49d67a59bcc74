// @ts-check
// The station's own connection. It says "lost" only when nothing answers, and never hides that for long.
// A grant that was taken is no lost connection: what the server says is said.

import { ask } from './api.js';

const QUIET_MS = 10_000;   // a room in which nothing changes sends nothing we can see: ask
const STEP_MS = 2_000;

/**
 * @param {string} api  /api/v1/sittings/ID
 * @param {{reset: (s: any) => void, seats: (e: any) => void, note: (e: any) => void, flags: (e: any) => void, proposals: (e: any) => void,
 *          up: () => void, down: (barred: any) => void, out: () => void}} on  out: the session is over; barred: the answer that refuses the room to this account, null where none came
 */
export function connect(api, on) {
  let heard = 0, asking = false, broken = false;
  /** @type {EventSource | null} */
  let source = null;

  function alive() {
    heard = performance.now();
    broken = false;
    on.up();
  }

  function open() {
    source?.close();
    source = new EventSource(`${api}/events`);
    for (const name of /** @type {const} */ (['reset', 'seats', 'note', 'flags', 'proposals'])) {
      source.addEventListener(name, (e) => { alive(); on[name](JSON.parse(/** @type {MessageEvent} */ (e).data)); });
    }
    source.addEventListener('beat', alive);
    source.addEventListener('error', () => { broken = true; check(); });
  }

  async function check() {
    if (asking) return;
    asking = true;
    const a = await ask(api, { cache: 'no-store' });
    asking = false;
    if (a.status === 401) { source?.close(); return on.out(); }
    if (!a.ok) return on.down(a.status === 403 ? a.body : null);
    on.reset(a.body);
    alive();
    if (source?.readyState === EventSource.CLOSED) open();
  }

  open();
  check();
  setInterval(() => {
    if (broken || performance.now() - heard > QUIET_MS) check();
  }, STEP_MS);
}
