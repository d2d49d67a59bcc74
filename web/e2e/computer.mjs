// @ts-check
// A candidate's computer: what a person does with it and sees on it, and what goes over its wire.

import { words } from './texts.mjs';
import { PATIENCE, until } from './wait.mjs';

export class Computer {
  /** @param {import('playwright-core').Page} page @param {string} base @param {string} lang */
  constructor(page, base, lang) {
    this.page = page;
    this.base = base;
    this.lang = lang;
    this.t = words('candidate', lang);
    /**
     * Every frame in order, whatever carried it: a page that failed to open three sockets, as it does while a server is
     * dead, goes on over plain requests until a socket works.
     * @type {{way: 'sent'|'got', over: 'socket'|'http', t: string, [field: string]: any}[]}
     */
    this.frames = [];
    page.on('websocket', (socket) => {
      const take = (/** @type {'sent'|'got'} */ way) => (/** @type {{payload: string|Buffer}} */ { payload }) => { this.frames.push({ ...JSON.parse(String(payload)), way, over: 'socket' }); };
      socket.on('framesent', take('sent'));
      socket.on('framereceived', take('got'));
    });
    const polls = (/** @type {{url(): string}} */ r) => new URL(r.url()).pathname === '/api/v1/exam/frames';
    const polled = (/** @type {'sent'|'got'} */ way, /** @type {any} */ body) => { for (const f of body?.frames ?? []) this.frames.push({ ...f, way, over: 'http' }); };
    page.on('request', (request) => { if (polls(request)) polled('sent', request.postDataJSON()); });
    // an answer may be lost with the server that gave it
    page.on('response', async (response) => { if (polls(response)) polled('got', await response.json().catch(() => null)); });
  }

  async open() { await this.page.goto(`${this.base}/ujian?lang=${this.lang}`); await this.view('signin'); }

  /** @param {string} name of the screen @param {number} [within] */
  async view(name, within = PATIENCE) { await this.page.locator(`[data-view="${name}"]`).waitFor({ state: 'visible', timeout: within }); }

  /** @param {string} number @param {string} pin */
  async signIn(number, pin) {
    await this.page.fill('#number', number);
    await this.page.fill('#pin', pin);
    await this.page.click('#si-go');
  }

  /** From the identity to the waiting room, as everybody goes. */
  async settle() { await this.pass(); await this.view('waiting'); }

  /** The identity, the rules, the check of the computer. */
  async pass() {
    await this.view('identity');
    await this.page.click('#id-yes');
    await this.view('rules');
    await this.page.check('#agree');
    await this.page.click('#rules-go');
    await this.view('device');
    await this.page.click('#dv-go');
  }

  /** @param {string} number @param {string} pin */
  async enter(number, pin) {
    await this.open();
    await this.signIn(number, pin);
    await this.settle();
  }

  /** To a running exam: who comes back is spared rules and checks. @param {string} number @param {string} pin */
  async comeBack(number, pin) {
    await this.open();
    await this.signIn(number, pin);
    await this.view('identity');
    await this.page.click('#id-yes');
    await this.exam();
  }

  /** The exam with its items, after the start. */
  async exam() {
    await this.view('exam');
    await this.page.locator('#opts input').first().waitFor();
  }

  /** @param {string} letter */
  async choose(letter) { await this.page.click(`#opts label.opt:has(input[value="${letter.toLowerCase()}"])`); }

  /** @param {number} q */
  async go(q) {
    await this.page.click(`#rail [data-q="${q}"]`);
    await this.page.locator('#q-n', { hasText: new RegExp(`^${q}$`) }).waitFor();
  }

  /** @param {string} key */
  press(key) { return this.page.keyboard.press(key); }

  /** The state line, by the name of its state. @param {string|string[]} state @param {number} [within] */
  line(state, within = PATIENCE) {
    const names = [state].flat();
    return until(`the state line to say ${names.join(' or ')}`, async () => names.includes(await this.page.getAttribute('#strip', 'data-state') ?? ''), within);
  }

  /** Everything that was chosen is stored. @param {number} [within] */
  stored(within = PATIENCE) { return until('nothing to wait for the server', async () => await this.page.textContent('#k-q') === '0' && ['stored', 'back'].includes(await this.page.getAttribute('#strip', 'data-state') ?? ''), within); }

  /** @returns {Promise<string>} the letter chosen for the item in view, "" for none */
  chosen() { return this.page.evaluate(() => /** @type {HTMLInputElement|null} */ (document.querySelector('#opts input:checked'))?.value ?? ''); }

  /** @returns {Promise<number>} how many items the grid shows as answered */
  async answered() { return Number(await this.page.textContent('#k-a')); }

  /** @returns {Promise<number>} s that the clock shows */
  async clock() { return seconds(await this.page.textContent('#clock-t') ?? ''); }

  /**
   * By how many seconds this clock shows more than another's. Neither waits for the other to be
   * read: the least and the most that it can be.
   * @param {Computer} other
   */
  async ahead(other) {
    const before = await other.clock(), mine = await this.clock(), after = await other.clock();
    return { least: mine - before - 1, most: mine - after + 1 };
  }

  /** The frames of a type, over sockets and plain requests. @param {'sent'|'got'} way @param {string} t */
  wire(way, t) { return this.frames.filter((f) => f.way === way && f.t === t); }

  /** The newest word of the server about the clock. */
  lastClock() { return this.frames.filter((f) => f.way === 'got' && (f.t === 'clock' || f.t === 'welcome') && f.remaining !== undefined).pop(); }

  /** @param {string} name @returns {Promise<import('playwright-core').Locator>} the dialog, open */
  async dialog(name) {
    await this.page.click(`[data-dialog="${name}"]:visible`);
    const dialog = this.page.locator(`dialog#${name}[open]`);
    await dialog.waitFor();
    return dialog;
  }

  async closeDialog() { await this.page.click('dialog[open] [data-close]'); await this.page.locator('dialog[open]').waitFor({ state: 'detached' }); }

  /** Both steps to the end. */
  async finish() {
    await this.dialog('fin1');
    await this.page.click('#fin1-go');
    await this.page.check('#fin-ok');
    await this.page.click('#fin-go');
    await this.view('result');
  }

  /** @returns {Promise<{total: number, scores: Record<string, number>, receipt: string}>} as the result page shows it */
  result() {
    return this.page.evaluate(() => ({
      total: Number(document.querySelector('#r-total')?.textContent),
      scores: Object.fromEntries([...document.querySelectorAll('#r-rows tr')].map((tr) => [tr.querySelector('th')?.firstChild?.textContent, parseInt(tr.querySelector('td.v')?.textContent ?? '', 10)])),
      receipt: document.querySelector('#r-receipt')?.textContent ?? '',
    }));
  }
}

/** @param {string} digits `MM:SS`, or `−MM:SS` @returns {number} */
export function seconds(digits) {
  const [, sign, m, s] = /^([−+]?)(\d+):(\d\d)$/.exec(digits.trim()) ?? [];
  if (m === undefined) throw new Error(`no time: ${digits}`);
  return (sign === '−' ? -1 : 1) * (Number(m) * 60 + Number(s));
}
