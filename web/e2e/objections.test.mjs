// @ts-check
// The masa sanggah: a candidate objects to a key on a phone, the committee answers, the candidate reads it, the public its count.

import assert from 'node:assert/strict';
import { describe } from 'node:test';

import { refused } from './browser.mjs';
import { sat } from './sat.mjs';
import { scene, theatre } from './scene.mjs';
import { PASSWORD } from './terang.mjs';
import { words } from './texts.mjs';
import { until } from './wait.mjs';

/** A sitting in which the first candidate has answered an item; two of the committee are there.
 * @param {any} s */
async function held(s) {
  const exam = await s.exam({ candidates: 2, staff: [{ user: 'ketua', role: 'committee', name: 'Ketua Panitia' }, { user: 'wakil', role: 'committee', name: 'Wakil Ketua' }] });
  const sari = await sat(s, exam);
  return { exam, sari };
}

/** The code by which the candidate reads the own results, from the result screen.
 * @param {any} sari */
async function resultsCode(sari) {
  await sari.page.reload();
  await sari.page.click('#en-go');
  await sari.page.locator('#r-code').waitFor();
  return (await sari.page.textContent('#r-code')) ?? '';
}

/** Opens the candidate's own results.
 * @param {any} page @param {any} exam @param {string} code */
async function ownResults(page, exam, code) {
  await page.goto(`${exam.url}/hasil-saya`);
  await page.fill('#o-n', exam.people[0].number);
  await page.fill('#o-b', '2000-01-31');
  await page.fill('#o-c', code);
  await page.keyboard.press('Enter');
}

describe('objections', () => {
  theatre();

  scene('a candidate objects, somebody who did not act answers, everybody can read what they may', async (s) => {
    const t = words('objections', 'id');
    const { exam, sari } = await held(s);
    await exam.act('pause', { reason: 'power' });
    await exam.act('resume');
    await exam.act('finish', { reason: 'mistake' });
    await until('everybody to be done', async () => (await exam.seat('01')).state === 'finished');
    const code = await resultsCode(sari);

    const home = await s.page({ width: 360, height: 740 });
    home.complaints.expected.push(refused(409), refused(422));
    const { page } = home;
    const narrow = async (/** @type {string} */ what) => assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `${what} scrolls sideways`);
    await ownResults(page, exam, code);
    await page.locator('#s-w').waitFor();
    await s.axe(page, 'the form of an objection');
    await narrow('the form');
    await page.screenshot({ path: new URL('shots/objection-form.png', import.meta.url).pathname, fullPage: true });
    await page.selectOption('#s-k', 'key');
    await page.fill('#s-w', 'Pilihan A dan C sama-sama benar.');
    await page.click(`#sanggahan button:has-text("${t('objections.send')}")`); // without the number of an item
    await page.locator('#sanggahan .err').waitFor();
    assert.equal(await page.inputValue('#s-w'), 'Pilihan A dan C sama-sama benar.');
    await s.axe(page, 'an objection that was refused');
    await page.fill('#s-q', '1');
    await page.selectOption('#s-k', 'key');
    await page.click(`#sanggahan button:has-text("${t('objections.send')}")`);
    await page.locator('#sanggahan .notice-ok', { hasText: '/skd-uji/0001' }).waitFor();
    await page.selectOption('#s-k', 'time');
    await page.fill('#s-q', '');
    await page.fill('#s-w', 'Saat listrik padam jam saya berjalan terus.');
    await page.click(`#sanggahan button:has-text("${t('objections.send')}")`);
    await page.locator('#sanggahan .notice-ok', { hasText: '/skd-uji/0002' }).waitFor();
    await s.axe(page, 'objections that were filed');
    await narrow('what was filed');
    await page.locator('#sanggahan').screenshot({ path: new URL('shots/objection-filed.png', import.meta.url).pathname });

    const ketua = await s.station(exam.url), desk = ketua.page;
    await ketua.signIn('ketua', PASSWORD);
    await desk.goto(`${exam.url}/hasil-ujian/skd-uji`);
    await desk.click('a[href="/sanggahan-ujian/skd-uji"]');
    await s.axe(desk, 'objections of an exam');
    await s.shot(desk, 'objection-list');
    await desk.click('a[href="/sanggahan-ujian/skd-uji/2"]');
    await s.axe(desk, 'a case about time');
    await desk.screenshot({ path: new URL('shots/objection-case-time.png', import.meta.url).pathname, fullPage: true });
    await desk.goto(`${exam.url}/sanggahan-ujian/skd-uji/1`);
    await s.axe(desk, 'a case about a key');
    await desk.screenshot({ path: new URL('shots/objection-case.png', import.meta.url).pathname, fullPage: true });
    await desk.goto(`${exam.url}/sanggahan-ujian/skd-uji/1?lang=en`);
    await desk.setViewportSize({ width: 360, height: 740 });
    assert.ok(await desk.evaluate(() => document.documentElement.scrollWidth <= innerWidth), 'a case scrolls sideways');
    await desk.screenshot({ path: new URL('shots/objection-case-phone.png', import.meta.url).pathname, fullPage: true });
    await desk.setViewportSize({ width: 1366, height: 768 });
    await desk.goto(`${exam.url}/sanggahan-ujian/skd-uji/1?lang=id`);
    await desk.check('input[value="upheld"]');
    await desk.fill('#d-w', 'Pilihan C juga benar menurut pedoman ejaan.');
    await desk.click(`button:has-text("${t('objections.give')}")`);
    await desk.click(`a:has-text("${t('objections.annul')}")`);
    assert.match(await desk.inputValue('#n-reason'), /skd-uji\/0001/);
    assert.ok(await desk.inputValue('#n-items'), 'the item is not filled in');

    await page.goto(`${exam.url}/hasil-saya`);
    await page.locator('#sanggahan', { hasText: 'menurut pedoman ejaan' }).waitFor();
    await s.axe(page, 'an objection that was answered');
    await page.goto(`${exam.url}/sanggahan/skd-uji?lang=en`);
    await s.axe(page, 'counts of objections');
    await narrow('the counts');
    await page.screenshot({ path: new URL('shots/objection-public-phone.png', import.meta.url).pathname, fullPage: true });
    assert.ok(!(await page.content()).includes('pedoman'), 'words are public');
    await page.goto(`${exam.url}/sanggahan`);
    await s.axe(page, 'exams with objections');
    const wide = await s.page();
    await wide.page.goto(`${exam.url}/sanggahan/skd-uji`);
    await s.shot(wide.page, 'objection-public');
  });

  scene('what was upheld after the sitting was closed is sat again, at a new sitting, by two of the committee', async (s) => {
    const t = words('objections', 'id');
    const { exam, sari } = await held(s);
    await exam.act('finish', { reason: 'mistake' });
    await until('everybody to be done', async () => (await exam.seat('01')).state === 'finished');
    await exam.act('close');
    const code = await resultsCode(sari);

    const home = await s.page({ width: 360, height: 740 });
    const { page } = home;
    await ownResults(page, exam, code);
    await page.selectOption('#s-k', 'time');
    await page.fill('#s-w', 'Saat listrik padam jam saya berjalan terus.');
    await page.click(`#sanggahan button:has-text("${t('objections.send')}")`);
    await page.locator('#sanggahan .notice-ok', { hasText: '/skd-uji/0001' }).waitFor();

    const ketua = await s.station(exam.url), desk = ketua.page;
    s.pages.find((one) => one.page === desk)?.complaints.expected.push(refused(400));
    await ketua.signIn('ketua', PASSWORD);
    await desk.goto(`${exam.url}/sanggahan-ujian/skd-uji/1`);
    await desk.check('input[value="upheld"]');
    await desk.fill('#d-w', 'Waktu memang hilang.');
    await desk.click(`button:has-text("${t('objections.give')}")`);
    await desk.locator('#ulang').waitFor();
    await s.axe(desk, 'what follows from an objection');
    for (const width of [1366, 1024, 360]) {
      await desk.setViewportSize({ width, height: 768 });
      assert.ok(await desk.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `the case scrolls sideways at ${width}`);
      await desk.locator('#ulang').screenshot({ path: new URL(`shots/objection-again-${width}.png`, import.meta.url).pathname });
    }
    await desk.setViewportSize({ width: 1366, height: 768 });
    await desk.fill('#u-w', 'BA-12/2026; peserta setuju');
    await desk.fill('#u-c', 'susulan-1');
    await desk.fill('#u-t', 'Sesi susulan');
    await desk.fill('#u-s', '2020-01-01T08:00');
    await desk.click(`button:has-text("${t('objections.redress_go')}")`); // the hour has passed
    await desk.locator('#ulang [role=alert]').waitFor();
    assert.equal(await desk.inputValue('#u-w'), 'BA-12/2026; peserta setuju');
    assert.equal(await desk.inputValue('#u-c'), 'susulan-1');
    await s.shot(desk, 'objection-again-refused');
    await desk.fill('#u-s', '2035-12-05T08:00');
    await desk.fill('#u-u', 'wakil');
    await desk.fill('#u-p', PASSWORD);
    await desk.click(`button:has-text("${t('objections.redress_go')}")`);
    await desk.locator('#ulang .tag-ok').waitFor();
    await s.axe(desk, 'an objection that was carried out');
    await desk.locator('#ulang').screenshot({ path: new URL('shots/objection-again-done.png', import.meta.url).pathname });

    await page.goto(`${exam.url}/hasil-saya`);
    await page.locator('.told', { hasText: 'Sesi susulan' }).waitFor();
    await page.screenshot({ path: new URL('shots/objection-again-phone.png', import.meta.url).pathname, fullPage: true });
    await s.axe(page, 'the page of who sits again');
  });
});
