// @ts-check
// Two people of the committee, each at a desk of their own.

import { PASSWORD } from './terang.mjs';
import { words } from './texts.mjs';

export const COMMITTEE = [{ user: 'ketua', role: 'committee', name: 'Ketua Panitia' }, { user: 'wakil', role: 'committee', name: 'Wakil Ketua' }];

const t = words('results', 'id'), a = words('approvals', 'id');

export class Committee {
  /** @param {import('./scene.mjs').Scene} s @param {import('./terang.mjs').Exam} exam @param {RegExp[]} [expect] what the first one's page will complain of */
  static async meet(s, exam, expect = []) {
    const both = new Committee(s, exam, await s.station(exam.url, { expect }), await s.station(exam.url));
    await both.ketua.signIn('ketua', PASSWORD);
    await both.wakil.signIn('wakil', PASSWORD);
    return both;
  }

  /** @param {import('./scene.mjs').Scene} s @param {import('./terang.mjs').Exam} exam @param {import('./station.mjs').Station} ketua @param {import('./station.mjs').Station} wakil */
  constructor(s, exam, ketua, wakil) {
    this.s = s;
    this.exam = exam;
    this.ketua = ketua;
    this.wakil = wakil;
  }

  /** The second one agrees to what waits. @returns {Promise<string>} what they were shown */
  async approve() {
    const { page } = this.wakil;
    await page.goto(`${this.exam.url}/persetujuan`);
    await page.locator('.prop').waitFor();
    const shown = await page.locator('.prop').innerText();
    await this.s.axe(page, 'approval of results');
    await page.click('button[value="approve"]');
    await page.locator('.prop .notice-ok', { hasText: a('approvals.approved') }).waitFor();
    return shown;
  }

  /** An act that decides about everybody's results, by both. @param {'freeze'|'release'|'unfreeze'} act @param {string} why */
  async decide(act, why) {
    const { page } = this.ketua;
    await page.goto(`${this.exam.url}/hasil-ujian/skd-uji`);
    await page.fill('#a-why', why);
    await page.click(`button[value="${act}"]`);
    await page.locator('#a-ok', { hasText: t('results.proposed') }).waitFor();
    await this.approve();
  }

  /** The form of an annulment, filled in and its effect looked at. @param {string} item */
  async drafts(item) {
    const { page } = this.ketua;
    await page.goto(`${this.exam.url}/hasil-ujian/skd-uji`);
    await page.fill('#n-items', item);
    await page.selectOption('#n-policy', 'CREDIT_ALL');
    await page.fill('#n-minute', 'BA-7/2026');
    await page.fill('#n-reason', 'gambar rusak');
    await page.click('button[value="preview"]');
    await page.locator('#n-effect h3').waitFor();
  }

  /** The first one asks for what was drafted. */
  async proposes() {
    await this.ketua.page.click('button[value="propose"]');
    await this.ketua.page.locator('#n-ok', { hasText: t('results.proposed') }).waitFor();
  }
}
