// @ts-check
// The network between a browser and the server, as a cable that a test can cut. It forwards TCP; of HTTP it knows
// no more than a network does that breaks websockets.

import net from 'node:net';

/** A browser opens a connection of its own for each websocket, and begins it with this. */
const UPGRADE = /^upgrade: websocket\r$/im;

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
    /** What websockets meet: they pass, are refused, or open and bring nothing after that. @type {'pass'|'refused'|'mute'} */
    this.sockets = 'pass';
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
    near.once('data', (first) => {
      near.pause();
      const meets = UPGRADE.test(first.toString('latin1')) ? this.sockets : 'pass';
      if (meets === 'refused') { near.destroy(); return; }
      const far = net.connect(this.target, '127.0.0.1');
      this.hold(far);
      far.write(first);
      near.pipe(far);
      if (meets === 'mute') far.once('data', (head) => { near.write(head); far.resume(); }); else far.pipe(near);
      near.on('close', () => far.destroy());
      far.on('close', () => near.destroy());
    });
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
