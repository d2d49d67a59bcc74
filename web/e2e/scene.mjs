// @ts-check
// One test: an exam, computers, a desk. It ends by itself, and fails when a page complained or axe-core found anything.

import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { after, before, it } from 'node:test';

import { Complaints, launch, violations } from './browser.mjs';
import { Computer } from './computer.mjs';
import { Station } from './station.mjs';
import { Exam } from './terang.mjs';
import { PATIENCE } from './wait.mjs';

const shots = fileURLToPath(new URL('shots', import.meta.url));

/** @type {import('playwright-core').Browser} */
let browser;
/** To be called once in a file that has scenes. */
export function theatre() {
  before(async () => { await mkdir(shots, { recursive: true }); browser = await launch(); });
  after(async () => { await browser?.close(); });
}

/** @param {string} sentence @param {(scene: Scene) => Promise<void>} play */
export function scene(sentence, play) {
  it(sentence, { timeout: 600_000 }, async () => {
    const stage = new Scene();
    try {
      await play(stage);
      stage.check();
    } catch (fault) {
      await stage.keep(sentence);
      throw fault;
    } finally {
      await stage.close();
    }
  });
}

export class Scene {
  constructor() {
    /** @type {{page: import('playwright-core').Page, complaints: Complaints}[]} */
    this.pages = [];
    /** @type {(() => unknown)[]} */
    this.ends = [];
    /** @type {string[]} */
    this.barriers = [];
    this.log = () => '';
  }

  /** @param {import('./terang.mjs').Plan} [plan] @param {string[]} [flags] of the server @returns {Promise<Exam>} served */
  async exam(plan, flags) {
    const exam = await Exam.make(plan);
    this.ends.push(() => exam.close());
    this.log = () => exam.log;
    await exam.serve(flags);
    return exam;
  }

  /** A page in a browser profile of its own. @param {{width: number, height: number}} [viewport] @param {import('playwright-core').BrowserContextOptions} [more] */
  async page(viewport = { width: 1366, height: 768 }, more = {}) {
    const context = await browser.newContext({ ...more, viewport, timezoneId: 'Asia/Jayapura' });
    this.ends.push(() => context.close());
    const page = await context.newPage();
    page.setDefaultTimeout(PATIENCE);
    const complaints = new Complaints(page);
    this.pages.push({ page, complaints });
    return { page, complaints };
  }

  /** @param {string} base @param {{lang?: string, viewport?: {width: number, height: number}, expect?: RegExp[]}} [about] */
  async computer(base, { lang = 'id', viewport, expect = [] } = {}) {
    const { page, complaints } = await this.page(viewport);
    complaints.expected.push(...expect);
    return new Computer(page, base, lang);
  }

  /** @param {string} base @param {{lang?: string, expect?: RegExp[]}} [about] */
  async station(base, { lang = 'id', expect = [] } = {}) {
    const { page, complaints } = await this.page();
    complaints.expected.push(...expect);
    return new Station(page, base, lang);
  }

  /** Looks for barriers now; all of them are told at the end. @param {import('playwright-core').Page} page @param {string} state */
  async axe(page, state) { this.barriers.push(...(await violations(page)).map((v) => `${state}: ${v}`)); }

  /** @param {import('playwright-core').Page} page @param {string} name */
  shot(page, name) { return page.screenshot({ path: `${shots}/${name}.png` }); }

  check() {
    assert.deepEqual(this.pages.flatMap((p) => p.complaints.list), [], 'a page complained');
    assert.deepEqual(this.barriers, [], 'axe-core found barriers');
  }

  /** @param {string} sentence what the pages looked like when it failed, and what the server said last */
  async keep(sentence) {
    const name = sentence.replace(/[^a-z0-9]+/gi, '-').slice(0, 60);
    for (const [i, { page, complaints }] of this.pages.entries()) {
      await page.screenshot({ path: `${shots}/failed-${name}-${i}.png`, timeout: 5_000 }).catch(() => {});
      for (const line of complaints.list) console.error(`  page ${i}: ${line}`);
    }
    console.error(this.log().split('\n').slice(-8).join('\n'));
  }

  async close() { for (const end of this.ends.reverse()) await end(); }
}
