// @ts-check
// After the sitting: an item is annulled, the list is frozen and released, each by two people; the public reads it.

import assert from 'node:assert/strict';
import { describe } from 'node:test';

import { Boards, Files } from './boards.mjs';
import { refused } from './browser.mjs';
import { Committee, COMMITTEE } from './committee.mjs';
import { sat } from './sat.mjs';
import { scene, theatre } from './scene.mjs';
import { PASSWORD, terang } from './terang.mjs';
import { words } from './texts.mjs';
import { until } from './wait.mjs';

describe('results', () => {
  theatre();

  scene('two of the committee annul an item, freeze the list and release it; candidate and public are told', async (s) => {
    const exam = await s.exam({ candidates: 3, staff: [...COMMITTEE, { user: 'vera', role: 'verifier', name: 'Vera' }] });
    const a = words('approvals', 'id');
    const sari = await sat(s, exam);
    const item = JSON.parse(await terang(['bank', 'stats', '--exam', 'skd-uji', '--json', '-', ...exam.at]).catch(() => '{}')).items?.[0]?.id ?? 'TWK-NAS-001';

    const committee = await Committee.meet(s, exam, [refused(409)]), { ketua, wakil } = committee;
    await ketua.page.click('a[href="/hasil-ujian"]');
    await s.axe(ketua.page, 'exams with results');
    await ketua.page.click('a[href="/hasil-ujian/skd-uji"]');
    await ketua.page.fill('#a-why', 'pleno 3 Desember');
    await ketua.page.click('button[value="freeze"]');
    await ketua.page.locator('#a-err:not([hidden])').waitFor();
    await s.shot(ketua.page, 'results-open');

    await exam.act('finish', { reason: 'mistake' });
    await until('everybody to be done', async () => (await exam.seat('01')).state === 'finished');

    await committee.drafts(item);
    await s.axe(ketua.page, 'the effect of an annulment');
    await ketua.page.locator('#n-effect').scrollIntoViewIfNeeded();
    await s.shot(ketua.page, 'results-annul');
    await committee.proposes();
    await wakil.page.goto(`${exam.url}/persetujuan`);
    await wakil.page.locator('.prop').waitFor();
    await s.shot(wakil.page, 'results-approve-annul');
    const shown = await committee.approve();
    for (const fact of [item, 'CREDIT_ALL', 'BA-7/2026', a('approvals.line.had')]) assert.ok(shown.includes(fact), `${fact} is not shown: ${shown}`);
    await until('the board to say so', async () => (await (await fetch(`${exam.url}/api/v1/boards/skd-uji`)).json()).rescored?.version === 1);
    await sari.page.reload();
    await sari.page.click('#en-go');
    await sari.page.locator('#r-again:not([hidden])').waitFor();
    await s.axe(sari.page, 'a result that was made anew');
    await sari.page.locator('#r-code').scrollIntoViewIfNeeded();
    await s.shot(sari.page, 'results-candidate');
    const code = (await sari.page.textContent('#r-code')) ?? '';

    await exam.signMinutes();
    for (const act of /** @type {const} */ (['freeze', 'release'])) await committee.decide(act, 'pleno 5 Desember');
    await ketua.page.goto(`${exam.url}/hasil-ujian/skd-uji`);
    await s.axe(ketua.page, 'results, released');
    await s.shot(ketua.page, 'results-final');

    const { page } = await s.page();
    await page.goto(`${exam.url}/hasil`);
    await s.axe(page, 'results of the public');
    await s.shot(page, 'published-exams');
    await page.click('a[href="/hasil/skd-uji"]');
    await s.axe(page, 'a released list');
    await s.shot(page, 'published');
    await page.click('a[href*="formasi=arsiparis"]');
    await page.locator('td', { hasText: 'TH' }).first().waitFor();
    await s.axe(page, 'a formation');
    await s.shot(page, 'published-formation');
    await page.fill('#cari', exam.people[0].number);
    await page.keyboard.press('Enter');
    await page.locator('.own', { hasText: exam.people[0].number }).waitFor();
    const list = await (await fetch(`${exam.url}/api/v1/results/skd-uji?number=${exam.people[0].number}`)).json();
    const row = await exam.row(exam.people[0].number);
    assert.deepEqual([list.rows[0].total, list.version, list.state], [row.total, 1, 'final']);
    await page.setViewportSize({ width: 360, height: 740 });
    await page.goto(`${exam.url}/hasil/skd-uji?formasi=arsiparis&lang=en`);
    await s.axe(page, 'a formation, on a phone');
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), 'the phone scrolls sideways');
    await s.shot(page, 'published-phone');
    await page.goto(`${exam.url}/hasil/skd-uji?cari=${exam.people[0].number}`);
    await s.shot(page, 'published-own-phone');

    // The same at a board server, without a script and on a phone, and as files.
    const boards = await Boards.serve(exam.url), files = await Files.write(exam.url);
    s.ends.push(() => boards.close(), () => files.close());
    await until('the list at the board server', async () => (await fetch(`${boards.url}/api/v1/results/skd-uji`)).ok);
    const { page: plain } = await s.page({ width: 360, height: 740 }, { javaScriptEnabled: false });
    await plain.goto(`${boards.url}/papan`);
    await plain.click('nav a[href="/hasil"]');
    await plain.click('a[href="/hasil/skd-uji"]');
    await plain.click('a[href*="formasi=arsiparis"]');
    await plain.locator('th .sub', { hasText: 'TWK' }).first().waitFor();
    assert.ok(await plain.evaluate(() => document.documentElement.scrollWidth <= innerWidth), 'the phone scrolls sideways');
    await s.shot(plain, 'board-results-phone');
    await plain.fill('#cari', exam.people[0].number);
    await plain.keyboard.press('Enter');
    await plain.locator('.own', { hasText: exam.people[0].number }).waitFor();
    await plain.goto(`${boards.url}/hasil/skd-uji?formasi=arsiparis`);
    await plain.click('a[hreflang="en"]');
    assert.ok(plain.url().includes('formasi=arsiparis'), 'the other language is of the same page');
    const { page: eyes } = await s.page({ width: 360, height: 740 }); // axe-core is a script
    for (const at of ['/hasil', '/hasil/skd-uji', '/hasil/skd-uji?formasi=arsiparis', '/hasil/skd-uji?formasi=arsiparis&lang=en']) {
      await eyes.goto(boards.url + at);
      await s.axe(eyes, `${at} at a board server`);
    }
    await eyes.emulateMedia({ colorScheme: 'dark' });
    await eyes.goto(`${boards.url}/hasil/skd-uji?formasi=arsiparis`);
    await s.axe(eyes, 'a formation at night');
    await s.shot(eyes, 'board-results-night');
    await eyes.emulateMedia({ colorScheme: 'light' });
    await eyes.goto(`${files.url}/index.html`);
    await eyes.waitForURL('**/papan/index.html');
    for (const link of ['nav a[href*="hasil/index.html"]', 'a[href$="hasil/skd-uji/index.html"]', 'a[href*="arsiparis"]']) await eyes.click(link);
    await eyes.locator('th', { hasText: exam.people[0].number }).waitFor();
    await s.axe(eyes, 'a formation as a file');
    await eyes.click('a[hreflang="en"]');
    assert.equal(await eyes.locator('html').getAttribute('lang'), 'en');

    const vera = await s.station(exam.url);
    await vera.signIn('vera', PASSWORD);
    await vera.page.click('a[href="/kode-hasil"]');
    await s.axe(vera.page, 'a new results code');
    await s.shot(vera.page, 'result-code');

    // Afterwards, at home: number, birth date and the code of the result page.
    const home = await s.page({ width: 360, height: 740 });
    home.complaints.expected.push(refused(403));
    const back = async (/** @type {string} */ with_) => {
      await home.page.goto(`${exam.url}/hasil-saya`);
      await home.page.fill('#o-n', exam.people[0].number);
      await home.page.fill('#o-b', '2000-01-31');
      await home.page.fill('#o-c', with_);
      await home.page.keyboard.press('Enter');
    };
    await back('AAAAA-AAAAA');
    await home.page.locator('.err').waitFor();
    await s.axe(home.page, 'a wrong code');
    await s.shot(home.page, 'own-wrong');
    await back(code.toLowerCase());
    await home.page.locator('#x-h').waitFor();
    await s.axe(home.page, 'one\'s own result');
    assert.ok(await home.page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), 'the phone scrolls sideways');
    await home.page.screenshot({ path: new URL('shots/own.png', import.meta.url).pathname, fullPage: true });
  });
});
