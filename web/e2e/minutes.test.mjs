// @ts-check
// The end of a sitting: minutes signed by two people over a hand count that differs, the day sheet, and feedback without a name.

import assert from 'node:assert/strict';
import { describe } from 'node:test';
import { sat } from './sat.mjs';
import { scene, theatre } from './scene.mjs';
import { PASSWORD, STAFF } from './terang.mjs';
import { words } from './texts.mjs';
import { until } from './wait.mjs';

describe('minutes', () => {
  theatre();

  scene('two people sign the minutes over a count that differs, the day sheet says so, and a candidate gives feedback', async (s) => {
    const exam = await s.exam({ candidates: 3, auditor: true });
    const m = words('minutes', 'id'), d = words('day', 'id'), f = words('survey', 'id');
    const sari = await sat(s, exam);
    await exam.act('finish', { reason: 'mistake' });
    await until('everybody to be done', async () => (await exam.seat('01')).state === 'finished');

    const office = await s.station(exam.url);
    await office.signIn(STAFF.supervisor, PASSWORD);
    const { page } = office;
    await page.goto(`${exam.url}/meja/${exam.id}`);
    await page.click(`a[href="/meja/${exam.id}/berita-acara"]`);
    await s.axe(page, 'minutes that are due');
    await page.click('#close button');
    await page.locator('#sign').waitFor();
    await page.fill('#h-present', '2');
    await page.locator('#h-diff:not([hidden])').waitFor();
    await page.fill('#h-why', 'satu orang di lorong');
    await page.fill('#o-pw', PASSWORD);
    await page.fill('#t-user', STAFF.second);
    await page.fill('#t-pw', PASSWORD);
    await s.axe(page, 'minutes to sign');
    await s.shot(page, 'minutes-sign');
    // somebody looks on meanwhile, with a hand on the sitting
    const auditor = await s.station(exam.url);
    await auditor.signIn(STAFF.auditor, PASSWORD);
    await auditor.page.goto(`${exam.url}/lembar-hari/skd-uji`);
    await auditor.page.locator('#rows a').focus();
    await page.click('#sign button');
    await page.locator('.tag', { hasText: m('minutes.differs') }).waitFor();
    await s.axe(page, 'signed minutes');
    await s.shot(page, 'minutes-signed');
    const link = await page.locator('a[href^="/berita-acara/"]').getAttribute('href');
    await page.goto(`${exam.url}${link}`);
    await page.locator('.notice-ok', { hasText: m('minutes.verify_yes', { n: 1 }) }).waitFor();
    await s.axe(page, 'verification of minutes');

    await auditor.page.locator('#open li', { hasText: d('day.nothing') }).waitFor();
    await auditor.page.locator('tr:has(a:focus) .tag-ok', { hasText: m('minutes.state.signed') }).waitFor();
    await s.axe(auditor.page, 'day sheet');
    await auditor.page.goto(`${exam.url}/lembar-hari/skd-uji/petugas`);
    await s.axe(auditor.page, 'staff actions');

    await sari.page.click('#en-go');
    await sari.page.click('a[href="/umpan-balik"]');
    await sari.page.check('input[name="q-staff"][value="4"]');
    await s.axe(sari.page, 'feedback');
    await s.shot(sari.page, 'survey');
    await sari.page.click('#survey button[type="submit"]');
    await sari.page.locator('#sent:not([hidden])', { hasText: f('survey.sent') }).waitFor();
    const told = await (await fetch(`${exam.url}/api/v1/surveys/skd-uji`)).json();
    assert.equal(told.answers, 0, 'one answer is shown to nobody');
  });
});
