// @ts-check
// Work in slices: so much in a frame that a slow computer still answers to a press, the rest in the next frame.

const SLICE_MS = 6;   // of script in one frame; a frame has 16, and what was begun is finished

/**
 * @param {(key: string) => void} fill shows one place anew
 * @param {{frame: (f: () => void) => void, now: () => number}} [clock]
 */
export function slices(fill, clock = { frame: (f) => { requestAnimationFrame(f); }, now: () => performance.now() }) {
  /** @type {Set<string>} */
  const keys = new Set();
  /** @type {Set<() => void>} */
  const parts = new Set();
  let waiting = false;

  function soon() {
    if (waiting || !(keys.size || parts.size)) return;
    waiting = true;
    clock.frame(slice);
  }

  function slice() {
    waiting = false;
    const end = clock.now() + SLICE_MS;
    if (!keys.size) {
      const [part] = parts;   // sums and lists when every place is shown, each in a frame of its own
      parts.delete(part);
      part();
    }
    while (keys.size && clock.now() < end) {
      const [key] = keys;
      keys.delete(key);
      fill(key);
    }
    soon();
  }

  return {
    /** @param {Iterable<string>} list of places */
    fill(list) { for (const k of list) keys.add(k); soon(); },
    /** @param {...() => void} list each is done once, however often it is asked for meanwhile */
    do(...list) { for (const p of list) parts.add(p); soon(); },
  };
}
