// @ts-check
// The program under test: built, started, killed and started again, asked by its own commands.

import { execFile, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { rmSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { until } from './wait.mjs';

const call = promisify(execFile);
const root = fileURLToPath(new URL('../..', import.meta.url));

/** @type {Promise<string>|undefined} */
let built;
/** @returns {Promise<string>} path of the binary: $TERANG_BIN, or built once for this process */
export function binary() {
  built ??= process.env.TERANG_BIN ? Promise.resolve(path.resolve(process.env.TERANG_BIN)) : build();
  return built;
}

async function build() {
  const file = path.join(await mkdtemp(path.join(os.tmpdir(), 'terang-e2e-bin-')), 'terang');
  await call('go', ['build', '-o', file, './cmd/terang'], { cwd: root });
  process.on('exit', () => { rmSync(path.dirname(file), { recursive: true, force: true }); });
  return file;
}

/** @param {string[]} args @param {Record<string, string>} [env] @returns {Promise<string>} what it printed */
export async function terang(args, env = {}) {
  const { stdout } = await call(await binary(), args, { env: { ...process.env, ...env }, maxBuffer: 64 << 20 });
  return stdout;
}

/**
 * A port that nobody listens on now. It is below those that systems give to who connects: a server that is killed finds
 * it free when it starts again, whatever else runs here.
 * @returns {Promise<number>}
 */
export async function freePort() {
  for (;;) {
    const port = 10_240 + Math.floor(Math.random() * 22_000);
    const free = await new Promise((done) => {
      const probe = net.createServer().once('error', () => done(false)).listen(port, '127.0.0.1', () => { probe.close(() => done(true)); });
    });
    if (free) return port;
  }
}

/** @type {Promise<string>|undefined} */
let sample;
/** @returns {Promise<string>} the exam file of the sample, which exams here differ from */
function sampleFile() {
  sample ??= (async () => {
    const dir = await mkdtemp(path.join(os.tmpdir(), 'terang-e2e-'));
    try {
      const file = path.join(dir, 'exam.json');
      await terang(['exam', 'create', '--sample', '--candidates', '1', '--write', file]);
      return await readFile(file, 'utf8');
    } finally {
      await rm(dir, { recursive: true, force: true });
    }
  })();
  return sample;
}

/** Accounts of every exam here; the second supervisor is the other person of a two-person act. */
export const STAFF = { supervisor: 'ratna', second: 'bagus', verifier: 'citra', auditor: 'audi', admin: 'kepala' };
export const PASSWORD = 'kata-sandi-meja';

/**
 * @typedef {{number: string, name: string, seat: string, extra: number}} Person
 * @typedef {object} Plan what an exam of a test has that is not usual
 * @property {number} [candidates]
 * @property {number} [minutes] of the sitting
 * @property {Record<string, number>} [extra] number of the seat -> extra minutes
 * @property {Record<string, unknown>} [policy]
 * @property {boolean} [rehearsal]
 * @property {boolean} [empty] nobody is expected yet: the roster comes by the page
 * @property {boolean} [admin] an account that may change the roster
 * @property {boolean} [auditor] an account that reads the audit
 * @property {(definition: any) => void} [change] of the exam file
 * @property {string[]} [bank] files of its questions; the sample bank where there are none
 * @property {{user: string, role: string, name: string}[]} [staff] more accounts
 */

const NAMES = ['Sari Wulandari', 'Dimas Nugroho', 'Maria Nahak', 'Yosef Tambunan', 'Intan Permata', 'Galih Saputra', 'Rina Kusuma', 'Agus Santoso', 'Wayan Sudiarta', 'Nurul Aini',
  'Petrus Wenda', 'Lestari Handayani', 'Fajar Ramadhan', 'Yuliana Boro', 'Teuku Iskandar', 'Andi Rahmawati', 'Bonar Siregar', 'Kartika Dewi', 'Hendra Gunawan', 'Melati Pattiasina'];

/** An exam in its own folder, with a server that can be killed. */
export class Exam {
  /** @param {Plan} [plan] */
  static async make(plan = {}) {
    const exam = new Exam();
    exam.dir = await mkdtemp(path.join(os.tmpdir(), 'terang-e2e-'));
    exam.port = await freePort();
    const file = path.join(exam.dir, 'exam.json');
    const definition = JSON.parse(await sampleFile());
    definition.code = 'skd-uji';
    Object.assign(definition.rooms[0], { seats: 12 });
    Object.assign(definition.sittings[0], { minutes: plan.minutes ?? 30 });
    Object.assign(definition.policy, { live: 'instant', rate_limit: 0 }, plan.policy);
    plan.change?.(definition);
    await writeFile(file, JSON.stringify(definition));
    for (let i = 0; i < (plan.candidates ?? 2); i++) {
      const seat = String(i + 1).padStart(Math.max(2, String(definition.rooms[0].seats).length), '0');
      exam.people.push({ number: `26401-110-${String(i + 1).padStart(6, '0')}`, name: NAMES[i % NAMES.length], seat, extra: plan.extra?.[seat] ?? 0 });
    }
    const roster = path.join(exam.dir, 'roster.csv');
    const formations = path.join(exam.dir, 'formations.csv');
    await writeFile(formations, 'code,agency,post,education,placement,need,seats\narsiparis,Pemerintah Kota Lama,Arsiparis Ahli Pertama,S-1,Kota Lama,general,4\n');
    await writeFile(roster, ['number,name,birth_date,formation,site,sitting,seat,accommodation,extra_minutes',
      ...exam.people.map((p) => `${p.number},${p.name},2000-01-31,arsiparis,kota-lama,sesi-1,${p.seat},${p.extra ? 'low_vision' : ''},${p.extra || ''}`)].join('\n'));
    await terang(['exam', 'create', '--file', file, ...(plan.rehearsal ? ['--rehearsal'] : []), ...(plan.bank ?? []).flatMap((f) => ['--bank', f]), ...exam.at]);
    await terang(['exam', 'formations', '--exam', 'skd-uji', formations, ...exam.at]);
    if (!plan.empty) await terang(['exam', 'roster', '--exam', 'skd-uji', roster, ...exam.at]);
    const staff = [
      { user: STAFF.supervisor, role: 'supervisor', name: STAFF.supervisor }, { user: STAFF.second, role: 'supervisor', name: STAFF.second },
      ...plan.staff ?? [], ...plan.auditor ? [{ user: STAFF.auditor, role: 'auditor', name: STAFF.auditor }] : [],
    ];
    const accounts = path.join(exam.dir, 'staff.csv');
    await writeFile(accounts, ['user,role,name,password', ...staff.map((a) => `${a.user},${a.role},${a.name},${PASSWORD}`)].join('\n'));
    await terang(['staff', 'import', accounts, ...exam.at]);
    if (plan.admin) await terang(['staff', 'add', STAFF.admin, '--role', 'admin', ...exam.at], { TERANG_NEW_PASSWORD: PASSWORD }); // the last: from here on somebody has to say who acts
    return exam;
  }

  constructor() {
    this.dir = '';
    this.port = 0;
    this.id = 'skd-uji.sesi-1';
    this.board = 'skd-uji.sitting.sesi-1';
    /** @type {Person[]} */
    this.people = [];
    /** @type {import('node:child_process').ChildProcess|null} */
    this.server = null;
    this.log = '';
    /** @type {Map<string, string>} by account */
    this.cookies = new Map();
    /** @type {string[]} */
    this.flags = [];
  }

  get at() { return ['--journal', `sqlite:${path.join(this.dir, 'terang.db')}`]; }
  get url() { return `http://127.0.0.1:${this.port}`; }

  /** Starts the server, the second time on the same port and journal. @param {string[]} [flags] */
  async serve(flags = this.flags) {
    this.flags = flags;
    const server = spawn(await binary(), ['serve', ...this.at, '--addr', `127.0.0.1:${this.port}`, ...flags], { stdio: ['ignore', 'ignore', 'pipe'] });
    this.server = server;
    server.stderr.on('data', (bytes) => { this.log += bytes; });
    await until('the server to be ready', async () => {
      if (server.exitCode !== null) throw new Error(`the server ended with ${server.exitCode}:\n${this.log}`);
      return fetch(`${this.url}/readyz`).then((r) => r.ok, () => false);
    });
  }

  /** As a power cut: nothing is flushed, nobody is told. */
  async kill() {
    const { server } = this;
    if (!server || server.exitCode !== null || server.signalCode !== null) return;
    const gone = new Promise((done) => { server.once('exit', done); });
    server.kill('SIGKILL');
    await gone;
  }

  async close() {
    await this.kill();
    await rm(this.dir, { recursive: true, force: true });
  }

  /** @param {string} way @param {object} [body] @returns {Promise<any>} */
  async staff(way, body, user = STAFF.supervisor) {
    const ask = () => fetch(`${this.url}/api/v1/${way}`, {
      method: body ? 'POST' : 'GET', headers: { 'Content-Type': 'application/json', cookie: this.cookies.get(user) ?? '' }, body: body && JSON.stringify(body),
    });
    let answer = this.cookies.has(user) ? await ask() : null;
    if (!answer || answer.status === 401) {
      const entry = await fetch(`${this.url}/api/v1/staff/signin`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ user, password: PASSWORD }) });
      this.cookies.set(user, (entry.headers.get('set-cookie') ?? '').split(';')[0]);
      answer = await ask();
    }
    const read = await answer.json();
    if (!answer.ok || read.failed?.length) throw new Error(`${way} ${JSON.stringify(body)}: ${answer.status} ${JSON.stringify(read)}`);
    return read;
  }

  /** What a supervisor does, without the page. @param {string} action @param {object} [more] @returns {Promise<any>} */
  act(action, more = {}, user = STAFF.supervisor) { return this.staff(`sittings/${this.id}/actions`, { op: randomUUID(), action, ...more }, user); }

  /**
   * Closes the minutes of the sitting, and signs them with the second supervisor. Whoever answers as fast
   * as a test is noted, a moment later: minutes that were closed before are closed again.
   */
  async signMinutes() {
    await until('the minutes to be signed', () => this.closeAndSign().then(() => true, (e) => { if (/newer/.test(e.message)) return false; throw e; }), 30_000);
  }

  async closeAndSign() {
    const { version } = await this.staff(`sittings/${this.id}/minutes`, { op: randomUUID() });
    await this.staff(`sittings/${this.id}/minutes/${version}/sign`, { op: randomUUID(), password: PASSWORD, second: { user: STAFF.second, password: PASSWORD } });
  }

  /** Opens check-in and gives everybody a PIN. @returns {Promise<Record<string, string>>} seat -> PIN */
  async checkIn() {
    await this.act('open_checkin');
    const { pins } = await this.act('checkin', { seats: this.people.map((p) => p.seat) });
    return Object.fromEntries(pins.map((/** @type {any} */ p) => [p.seat, p.pin]));
  }

  /** @param {string} seat @returns {Promise<any>} the seat as the station sees it */
  async seat(seat) {
    const room = await this.staff(`sittings/${this.id}`);
    return room.seats.find((/** @type {any} */ s) => s.seat === seat);
  }

  /** The row of the public board. @param {string} number @returns {Promise<any>} */
  async row(number) {
    const board = await (await fetch(`${this.url}/api/v1/boards/${this.board}?limit=100`)).json();
    return board.rows.find((/** @type {any} */ r) => r.number === number);
  }

  /** Does an operation stand in the journal's file, however it was answered? @param {string} op @returns {Promise<boolean>} */
  async recorded(op) {
    const files = await Promise.all(['terang.db', 'terang.db-wal'].map((f) => readFile(path.join(this.dir, f)).catch(() => Buffer.alloc(0))));
    return files.some((bytes) => bytes.includes(op));
  }

  /** The same row, folded anew from the journal's file by a process of its own. @param {string} number @returns {Promise<any>} */
  async recomputed(number) {
    const board = JSON.parse(await terang(['results', 'board', this.board, '--json', '--limit', '100', ...this.at]));
    return board.rows.find((/** @type {any} */ r) => r.number === number);
  }
}

/** `terang demo`, read by what it prints. */
export class Demo {
  /** @param {number} port */
  static async start(port) {
    const demo = new Demo(spawn(await binary(), ['demo', '--candidates', '60', '--seats', '1', '--addr', `127.0.0.1:${port}`], { stdio: ['ignore', 'pipe', 'ignore'] }));
    await until('the demo to print its board', () => demo.board);
    return demo;
  }

  /** @param {import('node:child_process').ChildProcess} process */
  constructor(process) {
    this.process = process;
    this.printed = '';
    process.stdout?.on('data', (bytes) => { this.printed += bytes; });
  }

  get board() { return /^board: (\S+)$/m.exec(this.printed)?.[1] ?? ''; }
  get seats() { return [...this.printed.matchAll(/^candidate: (\S+) number=(\S+) pin=(\S+)$/gm)].map(([, url, number, pin]) => ({ url, number, pin })); }

  /** @returns {Promise<number|null>} its exit code after an interrupt */
  async stop() {
    this.process.kill('SIGINT');
    await until('the demo to end', () => this.process.exitCode !== null);
    return this.process.exitCode;
  }

  close() { this.process.kill('SIGKILL'); }
}
