// @ts-check
// `terang board`: a process of its own, and the files that it writes, on a plain host.

import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';

import { binary, freePort, terang } from './terang.mjs';
import { until } from './wait.mjs';

/** A board server of a source, which can be killed. */
export class Boards {
  /** @param {string} source */
  static async serve(source) {
    const dir = await mkdtemp(path.join(os.tmpdir(), 'terang-e2e-board-'));
    const boards = new Boards(source, dir, await freePort());
    await boards.start();
    return boards;
  }

  /** @param {string} source @param {string} dir @param {number} port */
  constructor(source, dir, port) {
    this.source = source;
    this.dir = dir;
    this.port = port;
    /** @type {import('node:child_process').ChildProcess|null} */
    this.process = null;
  }

  get url() { return `http://127.0.0.1:${this.port}`; }

  async start() {
    this.process = spawn(await binary(), ['board', '--from', this.source, '--data', this.dir, '--addr', `127.0.0.1:${this.port}`], { stdio: 'ignore' });
    await until('boards to be served', async () => (await fetch(`${this.url}/api/v1/boards`).then((r) => r.json(), () => ({ boards: [] }))).boards.length > 0);
  }

  async kill() {
    const gone = new Promise((done) => { this.process?.once('exit', done); });
    this.process?.kill('SIGKILL');
    await gone;
  }

  async close() {
    this.process?.kill('SIGKILL');
    await rm(this.dir, { recursive: true, force: true });
  }
}

const KINDS = { '.html': 'text/html', '.css': 'text/css', '.js': 'text/javascript', '.json': 'application/json', '.svg': 'image/svg+xml' };

/** Files of an export below some path of a host that knows nothing but files. */
export class Files {
  /** @param {string} source */
  static async write(source) {
    const files = new Files(await mkdtemp(path.join(os.tmpdir(), 'terang-e2e-files-')), await freePort());
    await terang(['board', 'export', '--from', source, '--out', path.join(files.dir, 'out')]);
    files.host.listen(files.port, '127.0.0.1');
    return files;
  }

  /** @param {string} dir @param {number} port */
  constructor(dir, port) {
    this.dir = dir;
    this.port = port;
    this.host = http.createServer((ask, answer) => {
      const name = decodeURIComponent(new URL(ask.url ?? '/', 'http://x').pathname).replace(/^\/pemda\//, '');
      readFile(path.join(dir, 'out', path.normalize(name))).then((body) => {
        answer.setHeader('Content-Type', KINDS[/** @type {keyof typeof KINDS} */ (path.extname(name))] ?? 'application/octet-stream');
        answer.end(body);
      }, () => { answer.statusCode = 404; answer.end(); });
    });
  }

  /** Not at the root: an export may stand below any path. */
  get url() { return `http://127.0.0.1:${this.port}/pemda`; }

  async close() {
    this.host.closeAllConnections();
    this.host.close();
    await rm(this.dir, { recursive: true, force: true });
  }
}
