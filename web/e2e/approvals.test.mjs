// @ts-check
// Two people, two computers: one proposes, the other sees what will happen and decides; the audit has both.

import assert from 'node:assert/strict';
import { describe } from 'node:test';

import { refused } from './browser.mjs';
import { scene, theatre } from './scene.mjs';
import { words } from './texts.mjs';
import { PASSWORD, STAFF } from './terang.mjs';
import { until } from './wait.mjs';

describe('acts that take two people', { concurrency: 2 }, () => {
  theatre();

  scene('a disqualification is proposed at one desk, approved at another, and stands in the audit with both names', async (s) => {
    const exam = await s.exam({ candidates: 2, auditor: true });
    await exam.checkIn();
    const a = words('approvals', 'id'), person = exam.people[0];

    const desk = await s.station(exam.url, { expect: [refused(403)] });
    await desk.signIn(STAFF.supervisor, PASSWORD);
    await desk.room(exam.id, 2);
    // A short credit is one person's; a long one asks for the second as it is typed.
    await desk.select('02');
    const credit = await desk.ask('station.act.credit'), second = credit.locator('fieldset.sign');
    await desk.page.fill('#d-min', '15');
    assert.equal(await second.isVisible(), false, '15 minutes');
    await desk.page.fill('#d-min', '16');
    assert.equal(await second.isVisible(), true, '16 minutes');
    await s.axe(desk.page, 'a long credit');
    await desk.page.keyboard.press('Escape');
    await desk.select('01');
    await desk.ask('station.act.disqualify');
    await desk.page.check('#d-away');
    await desk.press('station.act.disqualify');
    await desk.page.locator('#c-proposals:not([hidden])').waitFor();

    // The proposer is shown the own proposal, and can only take it back.
    await desk.page.goto(`${exam.url}/persetujuan`);
    await desk.page.locator('.prop').waitFor();
    assert.equal(await desk.page.locator('button[value="approve"]').count(), 0);
    await s.axe(desk.page, 'approvals, one\'s own');

    // Another account at this browser is not another person.
    await desk.page.goto(`${exam.url}/meja`);
    await desk.page.click('#leave');
    await desk.page.locator('#user').waitFor();
    await desk.signIn(STAFF.second, PASSWORD);
    await desk.page.goto(`${exam.url}/persetujuan`);
    await desk.page.click('button[value="approve"]');
    await desk.page.locator('.prop .err', { hasText: 'meja' }).waitFor();
    await s.shot(desk.page, 'approvals-same-desk');

    const other = await s.station(exam.url);
    await other.signIn(STAFF.second, PASSWORD);
    await other.page.click('a[href="/persetujuan"]');
    const card = other.page.locator('.prop');
    await card.waitFor();
    const shown = await card.innerText();
    for (const fact of [person.name, person.number, '01', STAFF.supervisor]) assert.ok(shown.includes(fact), `${fact} is not shown: ${shown}`);
    await s.axe(other.page, 'approvals');
    await s.shot(other.page, 'approvals');
    await card.locator('button[value="refuse"]').click();
    await other.page.locator('.err', { hasText: a('approvals.need_why') }).waitFor();
    await card.locator('button[value="approve"]').click();
    await card.locator('.notice-ok', { hasText: a('approvals.approved') }).waitFor();
    await s.axe(other.page, 'approvals, decided');
    await until('the candidate to be disqualified', async () => (await exam.seat('01')).state === 'disqualified');

    const reader = await s.station(exam.url);
    await reader.signIn(STAFF.auditor, PASSWORD);
    await reader.page.click('a[href="/audit"]');
    await reader.page.selectOption('#f-act', 'disqualify');
    await reader.page.click('button[type="submit"]');
    const row = reader.page.locator('tr', { hasText: 'Disqualified' });
    await row.waitFor();
    const cells = await row.locator('th, td').allInnerTexts();
    assert.deepEqual([cells[1], cells[2], cells[5].startsWith(person.number)], [STAFF.supervisor, STAFF.second, true], cells.join(' | '));
    assert.equal(await reader.page.locator('tr', { hasText: 'Denied' }).count(), 1, 'the approval from the same desk');
    await s.axe(reader.page, 'audit');
    await s.shot(reader.page, 'audit');
    const saved = reader.page.waitForEvent('download');
    await reader.page.click('a[href*="format=csv"]');
    assert.match((await saved).suggestedFilename(), /^audit-.*\.csv$/);
    await reader.page.selectOption('#f-act', 'audit_export');
    await reader.page.click('button[type="submit"]');
    await reader.page.locator('td', { hasText: a('approvals.act.audit_export') }).first().waitFor();
    await reader.page.setViewportSize({ width: 1024, height: 768 });
    await reader.page.goto(`${exam.url}/audit?lang=en`);
    await s.axe(reader.page, 'audit, all');
    await s.shot(reader.page, 'audit-1024');
  });

  scene('a roster is changed from the page: loaded, refused with its faults, and after the freeze proposed', async (s) => {
    const exam = await s.exam({ candidates: 2, admin: true });
    const a = words('approvals', 'en');
    const office = await s.station(exam.url, { lang: 'en', expect: [refused(422)] });
    await office.signIn(STAFF.admin, PASSWORD);
    const r = words('roster', 'en');
    await office.page.goto(`${exam.url}/daftar-peserta?lang=en`);
    await office.page.click('.list a');
    const send = async (/** @type {string} */ name) => {
      const rows = exam.people.map((p, i) => `${p.number},${i ? p.name : name},2000-01-31,arsiparis,kota-lama,sesi-1,${p.seat}`);
      await office.page.setInputFiles('#u-file', { name: 'peserta.csv', mimeType: 'text/csv', buffer: Buffer.from(['number,name,birth_date,formation,site,sitting,seat', ...rows].join('\n')) });
      await office.page.getByRole('button', { name: r('roster.look') }).click();
    };
    await send('');
    await office.page.locator('td.mono', { hasText: 'name' }).waitFor();
    await s.axe(office.page, 'a roster with faults');
    await s.shot(office.page, 'roster-faults');
    await send('Sari W.');
    await office.page.locator('.change ins', { hasText: 'Sari W.' }).waitFor();
    await s.axe(office.page, 'what a roster changes');
    await s.shot(office.page, 'roster-change');
    await office.page.getByRole('button', { name: r('roster.take') }).click();
    await office.page.locator('.notice-ok', { hasText: 'version 2' }).waitFor();
    await office.page.getByLabel(r('roster.freeze_sure')).check();
    await office.page.getByRole('button', { name: r('roster.freeze') }).click();
    await office.page.locator('.notice-ok', { hasText: r('roster.frozen') }).waitFor();
    await send('Sari Wulan');
    await office.page.fill('#c-why', 'mistake: salah ketik');
    await office.page.getByRole('button', { name: r('roster.propose') }).click();
    await office.page.locator('.notice-ok', { hasText: r('roster.proposed') }).waitFor();
    await office.page.goto(`${exam.url}/persetujuan?lang=en`);
    await office.page.locator('.shows dd', { hasText: 'name: Sari W. → Sari Wulan' }).waitFor();
    await s.axe(office.page, 'a roster that waits');
    await s.shot(office.page, 'roster-waits');
    await office.page.fill('.decide input', 'mistake');
    await office.page.click('.decide button');
    await office.page.locator('.prop .notice-ok').waitFor();
  });
});
