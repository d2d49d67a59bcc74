// @ts-check
// Chromium, and what every page here is held to: no error on the console, no violation that axe-core finds.

import { accessSync, constants, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { chromium } from 'playwright-core';

/** The name that is no localhost: there a page has no secure context, as on a room's network. */
export const HOST = 'ujian.test';

const FLAGS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync',
  // pages that lie behind others are computers of their own: none of them may be slowed down
  '--disable-background-timer-throttling', '--disable-backgrounding-occluded-windows', '--disable-renderer-backgrounding',
  `--host-resolver-rules=MAP ${HOST} 127.0.0.1`];

/** @returns {string} $CHROMIUM, else what stands on PATH */
function executable() {
  if (process.env.CHROMIUM) return process.env.CHROMIUM;
  for (const folder of (process.env.PATH ?? '').split(path.delimiter)) {
    for (const name of ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']) {
      const file = path.join(folder, name);
      try { accessSync(file, constants.X_OK); return file; } catch { /* the next one */ }
    }
  }
  throw new Error('no Chromium: install it, or name it in $CHROMIUM');
}

/** @returns {Promise<import('playwright-core').Browser>} */
export const launch = () => chromium.launch({ executablePath: executable(), args: FLAGS });

/** What a page complains of while its server is away on purpose. */
export const OUTAGE = /WebSocket connection to|net::ERR_|Failed to load resource: the server responded with a status of 50\d/;
/** What the browser itself writes when an answer is a refusal that the page expects and shows. */
export const refused = (/** @type {number} */ status) => new RegExp(`the server responded with a status of ${status}`);

/** Errors of a page, minus those that the test said it will cause. */
export class Complaints {
  /** @param {import('playwright-core').Page} page */
  constructor(page) {
    /** @type {string[]} */
    this.list = [];
    /** @type {RegExp[]} */
    this.expected = [];
    page.on('console', (m) => { if (m.type() === 'error') this.note(`console: ${m.text()} (${m.location().url})`); });
    page.on('pageerror', (e) => this.note(`pageerror: ${e.stack ?? e.message}`));
    page.on('crash', () => this.note('the page crashed'));
  }

  /** @param {string} text */
  note(text) { if (!this.expected.some((e) => e.test(text))) this.list.push(text); }
}

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/**
 * @param {import('playwright-core').Page} page
 * @returns {Promise<string[]>} what axe-core finds, a line each
 */
export async function violations(page) {
  // not addScriptTag: Trusted Types refuse it on these pages, as they should
  if (!await page.evaluate('typeof axe === "object"')) await page.evaluate(`${axe};0`);
  return page.evaluate(async () => {
    const found = await /** @type {any} */ (window).axe.run(document, { resultTypes: ['violations'] });
    // a look that finds nothing to look at is no look
    if (found.passes.length === 0) throw new Error('axe-core looked at nothing');
    return found.violations.flatMap((/** @type {any} */ v) => v.nodes.map((/** @type {any} */ n) => `${v.id} (${v.impact}): ${n.html.slice(0, 160)} ${n.any.concat(n.all, n.none).map((/** @type {any} */ c) => c.message).join('; ')}`));
  });
}
