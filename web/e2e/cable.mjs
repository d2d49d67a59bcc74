// @ts-check
// The network between a browser and the server, as a cable that a test can cut. It forwards TCP and knows nothing of HTTP.

import net from 'node:net';

export class Cable {
  /** @param {number} target port of the server @returns {Promise<Cable>} */
  static async lay(target) {
    const cable = new Cable(target);
    await new Promise((done, failed) => cable.server.once('error', failed).listen(0, '127.0.0.1', () => done(undefined)));
    return cable;
  }

  /** @param {number} target */
  constructor(target) {
    this.target = target;
    this.whole = true;
    /** @type {Set<net.Socket>} */
    this.ends = new Set();
    this.server = net.createServer((near) => this.join(near));
  }

  get port() { return /** @type {net.AddressInfo} */ (this.server.address()).port; }

  /** @param {net.Socket} near */
  join(near) {
    this.hold(near);
    // while the cable is cut a connection is taken and hears nothing, as behind a dead switch
    if (!this.whole) return;
    const far = net.connect(this.target, '127.0.0.1');
    this.hold(far);
    near.pipe(far).pipe(near);
    near.on('close', () => far.destroy());
    far.on('close', () => near.destroy());
  }

  /** @param {net.Socket} end */
  hold(end) {
    this.ends.add(end);
    end.setNoDelay(true);
    end.on('error', () => {});
    end.on('close', () => this.ends.delete(end));
  }

  /** From now on nothing passes, and neither side is told. */
  cut() {
    this.whole = false;
    for (const end of this.ends) { end.unpipe(); end.pause(); }
  }

  /** New connections pass again; those that were cut are gone for good. */
  mend() {
    for (const end of this.ends) end.destroy();
    this.whole = true;
  }

  close() {
    for (const end of this.ends) end.destroy();
    this.server.close();
  }
}
