// @ts-check
// After a release: the public board, a result that stands open and the page at home say the code, and after an annulment
// the thresholds again. Nobody has to load anything anew to hear of it.

import assert from 'node:assert/strict';
import { describe } from 'node:test';

import { Committee, COMMITTEE } from './committee.mjs';
import { answerAll } from './key.mjs';
import { look, OFFICE } from './look.mjs';
import { scene, theatre } from './scene.mjs';
import { words } from './texts.mjs';
import { until } from './wait.mjs';

const PHONE = { width: 360, height: 740 };

/** The network of a page is gone for a moment: it asks when it is back. @param {import('playwright-core').Page} page @param {() => Promise<boolean>} heard */
async function comesBack(page, heard) {
  await until('the page to hear what is new', async () => {
    await page.context().setOffline(true);
    await page.context().setOffline(false);
    await new Promise((look) => { setTimeout(look, 300); });
    return heard();
  }, 30_000);
}

describe('codes', () => {
  theatre();

  scene('two people release a list, and everybody is told the code where they look; an annulment takes it back', async (s) => {
    const exam = await s.exam({ candidates: 3, minutes: 15, staff: COMMITTEE });
    const t = words('candidate', 'id'), r = words('results', 'id'), b = words('board', 'id');
    const [sari, dimas, absent] = exam.people;

    // One answers everything right and finishes; the time of the other is taken, so that the socket stays for the hand-in.
    const pins = await exam.checkIn();
    const one = await s.computer(exam.url), other = await s.computer(exam.url, { viewport: PHONE });
    await one.enter(sari.number, pins[sari.seat]);
    await other.enter(dimas.number, pins[dimas.seat]);
    await exam.act('close_checkin');
    await exam.act('start');
    await other.exam();
    await other.choose('a');
    await other.stored();
    await one.exam();
    await answerAll(one, 110);
    await one.finish();
    await exam.act('credit', { numbers: [dimas.number], ms: -15 * 60_000, reason: 'mistake' });
    await other.view('result');
    for (const c of [one, other]) assert.equal(await c.page.locator('#r-status').isVisible(), false, 'a code before any list');
    assert.ok((await one.page.innerText('#r-h')).includes(t('exam.r_meets')));
    const code = (await one.page.textContent('#r-code')) ?? '';

    // At home, on a phone; and the public board, open all the while.
    const home = (await s.page(PHONE)).page, board = (await s.page()).page;
    await home.goto(`${exam.url}/hasil-saya`);
    await home.fill('#o-n', sari.number);
    await home.fill('#o-b', '2000-01-31');
    await home.fill('#o-c', code);
    await home.keyboard.press('Enter');
    await home.locator('.sp-h', { hasText: sari.name }).waitFor();
    assert.equal(await home.locator('#own-new').isVisible(), false, 'news of nothing');
    await board.goto(`${exam.url}/papan/skd-uji`);
    /** @param {string} number */
    const row = (number) => board.locator(`#rows tr[data-n="${number}"] .st`);
    await row(sari.number).filter({ hasText: b('board.meets') }).waitFor();

    await exam.act('finish', { reason: 'mistake' }); // the third was let in and never sat down
    await exam.signMinutes();
    const committee = await Committee.meet(s, exam), hellos = other.wire('sent', 'hello').length;
    for (const act of /** @type {const} */ (['freeze', 'release'])) await committee.decide(act, 'pleno 5 Desember');

    // The board.
    for (const [who, what] of [[sari, 'P/L'], [dimas, 'TL'], [absent, 'TH']]) await row(who.number).filter({ hasText: `${what}: ` }).waitFor();
    await board.locator('#n-list-t', { hasText: b('board.decided').split(' (')[0] }).waitFor();
    assert.ok(await board.locator('#is-final').isVisible() && !await board.locator('#is-not').isVisible(), 'the board still calls itself provisional');
    assert.equal(await board.locator('#codes dt', { hasText: 'P/L' }).count(), 1, 'the board explains the code');
    assert.deepEqual([await board.locator('#is-final').isVisible(), await board.locator('#is-not').isVisible()], [true, false], 'the board calls itself final');
    await s.axe(board, 'a board with codes');
    await s.shot(board, 'board-with-codes');
    const rows = (await (await fetch(`${exam.url}/api/v1/boards/skd-uji`)).json()).rows;
    assert.deepEqual(Object.fromEntries(rows.map((/** @type {any} */ x) => [x.number, x.status])), { [sari.number]: 'P/L', [dimas.number]: 'TL', [absent.number]: 'TH' });

    // Whose socket stands is told; whose has said goodbye asks.
    await other.page.locator('#r-status-t', { hasText: 'TL' }).waitFor();
    assert.equal(other.wire('sent', 'hello').length, hellos, 'it was told without a new hello');
    assert.ok((await other.page.innerText('#r-new')).includes(t('exam.news_decided')));
    await s.shot(other.page, 'result-with-a-code-phone');
    await comesBack(one.page, () => one.page.locator('#r-status-t', { hasText: 'P/L' }).isVisible());
    assert.ok((await one.page.innerText('#r-status-t')).includes(t('exam.status_shortlisted')), 'the page says what the code stands for');
    await look(s, one.page, 'result with P-L', OFFICE);

    // At home it is said that there is something new, and nothing is loaded by itself.
    await comesBack(home, () => home.locator('#own-new').isVisible());
    assert.equal(await home.locator('b', { hasText: 'P/L: ' }).count(), 0, 'the page has loaded itself');
    await look(s, home, 'own result with news', OFFICE);
    await home.click('#own-new a');
    await home.locator('b', { hasText: `${r('results.status')}: P/L: ` }).waitFor();
    assert.equal(await home.locator('#own-new').isVisible(), false, 'what was shown is not new');
    await s.shot(home, 'own-result-with-a-code-phone');

    // An item is annulled: the list does not stand any more.
    const item = 'TWK-NAS-001';
    await committee.drafts(item);
    await committee.proposes();
    await committee.approve();
    await row(sari.number).filter({ hasText: b('board.meets') }).waitFor();
    await row(dimas.number).filter({ hasText: b('board.below') }).waitFor();
    await board.locator('#n-list-t', { hasText: b('board.decided_again').split(' {')[0] }).waitFor();
    assert.equal(await board.locator('#codes').isVisible(), false, 'codes of a list that does not stand');
    await s.shot(board, 'board-made-anew');
    await other.page.locator('#r-status').waitFor({ state: 'hidden' });
    assert.ok((await other.page.innerText('#r-new')).includes(t('exam.news_opened')));
    await s.axe(other.page, 'a result made anew');
    await s.shot(other.page, 'result-made-anew-phone');
    await comesBack(one.page, async () => !await one.page.locator('#r-status').isVisible());
    assert.ok((await one.page.innerText('#r-h')).includes(t('exam.r_meets')));
    await comesBack(home, () => home.locator('#own-new').isVisible());
    await home.click('#own-new a');
    await home.locator('b', { hasText: 'P/L' }).waitFor({ state: 'detached' });
    await s.shot(home, 'own-result-made-anew-phone');
  });
});
