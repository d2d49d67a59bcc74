// @ts-check
// Hands without a mouse: everything is reached with the Tab key and done with keys, and a page that hears a mouse complains.

import { Station } from './station.mjs';
import { until } from './wait.mjs';
/** @typedef {import('playwright-core').Page} Page */
/** @typedef {import('playwright-core').Locator} Locator */

const MOST = 150;   // stops of the Tab key on one page

/** From its next load on, the page takes any use of a mouse for a fault. @param {Page} page */
export const noMouse = (page) => page.addInitScript(() => {
  for (const kind of ['pointerdown', 'mousedown']) addEventListener(kind, () => console.error(`${kind}: a mouse was used`), true);
});

/** Tab to an element, as a person without a mouse has to. @param {Page} page @param {Locator} target */
export async function reach(page, target) {
  await target.waitFor();
  for (let i = 0; i < MOST; i++) {
    if (await target.evaluate((node) => node === document.activeElement)) return;
    await page.keyboard.press('Tab');
  }
  throw new Error(`${target} cannot be reached with the Tab key`);
}

/** @param {Page} page @param {Locator} target a link, a button, a summary */
export async function enter(page, target) {
  await reach(page, target);
  await page.keyboard.press('Enter');
}

/** Goes where a link leads, and waits until it is there. @param {Page} page @param {Locator} link */
export async function follow(page, link) {
  const there = page.waitForEvent('load');
  await enter(page, link);
  await there;
}

/** Writes over what stands there. @param {Page} page @param {Locator} field @param {string} text */
export async function write(page, field, text) {
  await reach(page, field);
  await page.keyboard.press('Control+A');
  await page.keyboard.type(text);
}

/** @param {Page} page @param {Locator} select @param {string} value */
export async function choose(page, select, value) {
  await reach(page, select);
  await page.keyboard.press('Home');
  for (let i = 0; i < 40; i++) {
    if (await select.inputValue() === value) return;
    await page.keyboard.press('ArrowDown');
  }
  throw new Error(`${select} has no ${value}`);
}

/** What is typed or scanned where the hand is. @param {Page} page @param {string} what */
export async function scan(page, what) {
  await page.keyboard.type(what);
  await page.keyboard.press('Enter');
}

/** The supervisor's desk, by keys. */
export class KeyStation extends Station {
  /** @param {string} user @param {string} password */
  async signIn(user, password) {
    await this.page.goto(`${this.base}/meja?lang=${this.lang}`);
    await this.page.locator('#user:focus').waitFor();
    await this.page.keyboard.type(user);
    await this.page.keyboard.press('Tab');
    await scan(this.page, password);
    await this.page.locator('#leave').waitFor();
  }

  /** @param {string} sitting @param {number} people who must be seen */
  async room(sitting, people) {
    await enter(this.page, this.page.locator(`a[href="/meja/${sitting}"]`));
    await until('the seats of the room', async () => await this.page.locator('.tile').count() >= people);
    await this.page.locator('#net.tag-ok').waitFor();
  }

  /** @param {...string} seats */
  async select(...seats) {
    const { page } = this, search = page.locator('#f-q');
    await page.keyboard.press('Escape');
    await page.locator('#act').waitFor({ state: 'hidden' });
    if (!await search.evaluate((node) => node === document.activeElement)) await page.keyboard.press('/');
    await scan(page, seats.join(','));
    await page.locator('#act :focus').waitFor();
  }

  /** @param {string} label @param {'seats'|'room'} [on] */
  async ask(label, on = 'seats') {
    const { page } = this, seats = on === 'seats';
    const bar = page.locator(seats ? '#act' : '.phase'), more = page.locator(seats ? '#act-more' : '#all-more');
    const button = bar.locator('button', { hasText: new RegExp(`^${this.t(label)}…$`) });
    await until(`the button ${this.t(label)}`, async () => await button.count() === 1);
    if (!await button.isVisible()) await enter(page, more.locator('summary'));
    await enter(page, button);
    const dialog = page.locator('#dialog[open]');
    await dialog.waitFor();
    return dialog;
  }

  /** @param {string} label */
  async press(label) { await enter(this.page, this.page.locator('dialog[open] .dialog-f').getByRole('button', { name: this.t(label), exact: true })); }

  /** An act whose dialog asks for no more than a reason. @param {string} action @param {string} reason @param {'seats'|'room'} [on] @param {string} [note] */
  async actBecause(action, reason, on = 'seats', note = '') {
    const dialog = await this.ask(on === 'room' && ['pause', 'release', 'resume', 'finish'].includes(action) ? `station.all.${action}` : `station.act.${action}`, on);
    await choose(this.page, dialog.locator('#d-reason'), reason);
    if (note) await write(this.page, dialog.locator('#d-note'), note);
    await this.press(`station.act.${action}`);
    await dialog.waitFor({ state: 'detached' });
  }
}
