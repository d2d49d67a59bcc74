// @ts-check
// An answer is taken back: with the mouse, with a key, without a network; it stays taken back, to the last list of all.

import assert from 'node:assert/strict';
import { describe } from 'node:test';

import { OUTAGE } from './browser.mjs';
import { Cable } from './cable.mjs';
import { Committee, COMMITTEE } from './committee.mjs';
import { enter } from './keyboard.mjs';
import { scene, theatre } from './scene.mjs';
import { words } from './texts.mjs';
import { until } from './wait.mjs';

describe('an answer that is taken back', () => {
  theatre();

  scene('is no answer on the page, after a reload and in the own answers', async (s) => {
    const exam = await s.exam({ candidates: 2, policy: { own_answers: true }, staff: COMMITTEE });
    const cable = await Cable.lay(exam.port);
    s.ends.push(() => cable.close());
    const sari = await s.computer(`http://127.0.0.1:${cable.port}`, { expect: [OUTAGE] }), { page, t } = sari;
    const pins = await exam.checkIn();
    await sari.enter(exam.people[0].number, pins['01']);
    await exam.act('close_checkin');
    await exam.act('start');
    await sari.exam();
    const clear = page.locator('#clear'), cell = (/** @type {number} */ q) => page.locator(`#rail [data-q="${q}"]`);
    for (const [q, c] of [[1, 'a'], [2, 'b'], [3, 'c'], [4, 'd'], [5, 'e']]) { await sari.go(Number(q)); await sari.choose(String(c)); }
    await sari.stored();
    assert.equal(await sari.answered(), 5);

    // by mouse; the screen reader hears it, and the line says what was stored
    await sari.go(1);
    await s.axe(page, 'an item with an answer');
    await s.shot(page, 'clear-before');
    await clear.click();
    await sari.stored();
    const none = async (/** @type {number} */ q, /** @type {number} */ answered) => {
      assert.deepEqual([await sari.chosen(), await sari.answered()], ['', answered]);
      assert.equal(await clear.getAttribute('aria-disabled'), 'true', 'nothing is left to clear');
      assert.ok((await cell(q).getAttribute('aria-label'))?.startsWith(`${t('exam.item')} ${q}, ${t('exam.cell_open')}`), 'the name of its number');
      assert.ok(!/\ba\b/.test(await cell(q).getAttribute('class') ?? ''), 'the grid shows it answered');
    };
    await none(1, 4);
    await until('the line to say so', async () => (await page.textContent('#strip-t') ?? '').endsWith(t('exam.strip_stored_clear', { at: '', q: 1 }).split('. ')[1]));
    await until('a screen reader to say so', async () => await page.textContent('#live') === t('exam.say_clear', { q: 1 }));
    await s.axe(page, 'an item that was cleared');
    await s.shot(page, 'clear-after');
    // at 200 % zoom nothing is lost and nothing scrolls sideways
    await page.setViewportSize({ width: 683, height: 384 });
    await sari.go(2);
    await clear.scrollIntoViewIfNeeded();
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), 'the zoomed page scrolls sideways');
    await s.shot(page, 'clear-zoom');
    await s.axe(page, 'an item at 200 %');
    await page.setViewportSize({ width: 1366, height: 768 });

    // by the Tab key, and by its own key, which does nothing where there is no answer; the focus stays where it was
    await sari.go(2);
    await enter(page, clear);
    await none(2, 3);
    assert.ok(await clear.evaluate((node) => node === document.activeElement), 'the focus is lost');
    await sari.go(3);
    await sari.press('0');
    await none(3, 2);
    await sari.stored();
    const sent = sari.wire('sent', 'answer').length;
    await sari.press('0');
    await clear.click({ force: true });
    assert.equal(sari.wire('sent', 'answer').length, sent, 'an answer that is not there was taken back');
    assert.deepEqual(sari.wire('sent', 'answer').slice(-1).map((f) => [f.q, f.c]), [[3, '']]);

    // without a network it is kept like any answer, over a reload, and sent after it
    cable.cut();
    await sari.line('down');
    await sari.go(4);
    await clear.click();
    await none(4, 1);
    assert.equal(await page.textContent('#k-q'), '1', 'it waits to be sent');
    cable.mend();
    await page.reload();
    await sari.exam();
    await sari.stored();
    for (const q of [1, 2, 3, 4]) { await sari.go(q); await none(q, 1); }
    await sari.go(5);
    assert.equal(await sari.chosen(), 'e');
    const fin = await sari.dialog('fin1');
    assert.ok((await fin.locator('#first-open').textContent())?.includes('1'), 'the first item without an answer');
    await sari.closeDialog();
    await sari.finish();
    const code = (await page.textContent('#r-code')) ?? '';
    assert.equal(await page.textContent('#r-count'), t('exam.r_count', { n: 1, of: 110 }));

    // and in the list that the candidate reads at home
    await exam.act('finish', { reason: 'mistake' });
    await until('everybody to be done', async () => (await exam.seat('01')).state === 'finished');
    await exam.signMinutes();
    const committee = await Committee.meet(s, exam);
    for (const act of /** @type {const} */ (['freeze', 'release'])) await committee.decide(act, 'pleno');
    const home = await s.page();
    await home.page.goto(`${exam.url}/hasil-saya`);
    await home.page.fill('#o-n', exam.people[0].number);
    await home.page.fill('#o-b', '2000-01-31');
    await home.page.fill('#o-c', code);
    await home.page.keyboard.press('Enter');
    await home.page.locator('#ans-h').waitFor();
    const own = await home.page.locator('section:has(#ans-h) tbody tr').evaluateAll((rows) => rows.map((tr) => [tr.children[0].textContent, tr.children[1].textContent]));
    const cleared = words('results', 'id')('results.own_none');
    assert.deepEqual(own, [['1', cleared], ['2', cleared], ['3', cleared], ['4', cleared], ['5', 'e']]);
    await s.axe(home.page, 'own answers');
  });
});
