// @ts-check
// The supervisor's desk in a browser.

import { words } from './texts.mjs';
import { PATIENCE, until } from './wait.mjs';

export class Station {
  /** @param {import('playwright-core').Page} page @param {string} base @param {string} lang */
  constructor(page, base, lang) {
    this.page = page;
    this.base = base;
    this.lang = lang;
    this.t = words('station', lang);
  }

  /** @param {string} user @param {string} password */
  async signIn(user, password) {
    await this.page.goto(`${this.base}/meja?lang=${this.lang}`);
    await this.page.fill('#user', user);
    await this.page.fill('#password', password);
    await this.page.click('#go');
    await this.page.locator('#leave').waitFor();
  }

  /** @param {string} sitting @param {number} people who must be seen */
  async room(sitting, people) {
    await this.page.click(`a[href="/meja/${sitting}"]`);
    await until('the seats of the room', async () => await this.page.locator('.tile').count() >= people);
  }

  /** @param {string} seat */
  tile(seat) { return this.page.locator(`.tile[data-k="s:${seat}"]`); }

  /** @param {string} seat @param {string} state */
  async sees(seat, state, within = PATIENCE) { await this.page.locator(`.tile[data-k="s:${seat}"][data-s="${state}"]`).waitFor({ timeout: within }); }

  /** @param {...string} seats */
  async select(...seats) {
    if (await this.page.locator('#act').isVisible()) await this.page.click('#clear');
    for (const seat of seats) await this.tile(seat).click();
  }

  /**
   * Opens the dialog of an act.
   * @param {string} label of the button, as its text key @param {'seats'|'room'} [on] the selected seats, or everybody
   * @returns {Promise<import('playwright-core').Locator>}
   */
  async ask(label, on = 'seats') {
    const seats = on === 'seats';
    const bar = this.page.locator(seats ? '#act' : '.phase');
    const button = bar.getByRole('button', { name: `${this.t(label)}…`, exact: true });
    const more = this.page.locator(seats ? '#act-more' : '#all-more');
    // what is rarely done stands behind "more"
    await until(`the button ${this.t(label)}`, async () => await button.count() > 0 || (await more.isVisible() && await more.evaluate((d) => { /** @type {HTMLDetailsElement} */ (d).open = true; return false; })));
    if (!await button.isVisible()) await more.locator('summary').click();
    await button.click();
    const dialog = this.page.locator('#dialog[open]');
    await dialog.waitFor();
    return dialog;
  }

  /** The button at the foot that does it. @param {string} label */
  async press(label) { await this.page.locator('dialog[open] .dialog-f').getByRole('button', { name: this.t(label), exact: true }).click(); }

  /** An act with what its dialog proposes. @param {string} action @param {'seats'|'room'} [on] */
  async act(action, on) {
    await this.ask(`station.act.${action}`, on);
    await this.done(action);
  }

  /** Sends the open dialog of an act, which closes when it is done. @param {string} action */
  async done(action) {
    await this.press(`station.act.${action}`);
    await this.page.locator('#dialog[open]').waitFor({ state: 'detached' });
  }

  /** Check-in of the selected seats. @returns {Promise<Record<string, string>>} seat -> PIN, as read from the slips */
  async pins() {
    await this.ask('station.act.checkin');
    await this.press('station.act.checkin');
    await this.page.locator('#pins[open]').waitFor();
    return Object.fromEntries(await this.page.locator('#pins .slips li').evaluateAll((slips) => slips.map((li) => [li.querySelector('b')?.textContent, li.querySelector('.pin')?.textContent])));
  }

  /** The start is asked for twice. */
  async start() {
    await this.ask('station.act.start', 'room');
    await this.press('station.go_on');
    await this.press('station.sure.start');
    await this.page.locator('#dialog[open]').waitFor({ state: 'detached' });
  }
}
