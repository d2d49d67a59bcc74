// @ts-check
// The door of a sitting: two check-in desks, by keyboard alone, one of them on a small screen; what was given reaches the
// candidate's page.

import assert from 'node:assert/strict';
import { describe } from 'node:test';

import { enter, scan } from './keyboard.mjs';
import { scene, theatre } from './scene.mjs';
import { PASSWORD, STAFF, terang } from './terang.mjs';
import { words } from './texts.mjs';
import { until } from './wait.mjs';

/** A desk, by keys only. @param {import('playwright-core').Page} page @param {string} base @param {string} user @param {string} sitting */
async function desk(page, base, user, sitting) {
  await page.goto(`${base}/meja`);
  await page.locator('#user:focus').waitFor();
  await page.keyboard.type(user);
  await page.keyboard.press('Tab');
  await page.keyboard.type(PASSWORD);
  await page.keyboard.press('Enter');
  await page.locator('#leave').waitFor();
  await page.goto(`${base}/meja/${sitting}/masuk`);
  await page.locator('#net.tag-ok').waitFor();
}

/** Everything of the page fits its width. @param {import('playwright-core').Page} page */
const fits = (page) => page.evaluate(() => document.documentElement.scrollWidth <= document.documentElement.clientWidth);

describe('the door', { concurrency: 2 }, () => {
  theatre();

  scene('two desks check in by keyboard: seats drawn, one PIN each, the second is told, a person turned away comes back by record', async (s) => {
    const exam = await s.exam({ candidates: 6, policy: { seating: 'drawn' }, staff: [{ user: STAFF.verifier, role: 'verifier', name: 'Citra' }, { user: 'dewi', role: 'verifier', name: 'Dewi' }] }, []);
    const t = words('door', 'id');
    const [sari, dimas, maria, yosef] = exam.people;
    const { page: one } = await s.page();
    const { page: two } = await s.page({ width: 1024, height: 768 });
    await desk(one, exam.url, STAFF.verifier, exam.id);
    await desk(two, exam.url, 'dewi', exam.id);

    // before it is opened the desk says so, and offers no check-in
    await scan(one, sari.number);
    await one.locator('#card').filter({ hasText: t('door.not_open') }).waitFor();
    assert.equal(await one.getByRole('button', { name: t('door.do.checkin') }).count(), 0);
    await exam.act('open_checkin');
    await one.keyboard.press('Escape');
    await until('the desk to hear that check-in is open', async () => (await one.textContent('#hour-l')) === t('door.closes_in'));

    // a card is scanned, Enter confirms, the PIN stands there once
    await scan(one, `TERANG:skd-uji:${sari.number}`);
    await one.locator('input[name="paper"]:focus').waitFor();
    await one.locator('.face .none').waitFor();
    const facts = (await one.textContent('#card .facts')) ?? '';
    assert.ok(facts.includes('2000-01-31') && facts.includes('Arsiparis'), `the desk compares paper and person with "${facts}"`);
    await s.axe(one, 'a person at the door');
    await s.shot(one, 'door-person');
    assert.ok(await fits(one));
    await one.keyboard.press('ArrowRight');   // another paper
    await one.keyboard.press('Enter');
    await one.locator('#slip-next:focus').waitFor();
    const pin = (await one.textContent('#slip-pin')) ?? '', seat = (await one.textContent('#slip-seat')) ?? '';
    assert.match(pin, /^\d{6}$/);
    await s.axe(one, 'a PIN at the door');
    await s.shot(one, 'door-pin');
    await one.emulateMedia({ media: 'print' });
    assert.deepEqual([await one.locator('#slip').isVisible(), await one.locator('#q').isVisible(), await one.locator('.door-r').isVisible()], [true, false, false], 'what is printed is the slip');
    await one.emulateMedia({ media: null });
    await one.locator('#slip-next').focus();   // the emulation took it; a printer does not

    // both desks have the next person before them; one is faster
    await one.keyboard.press('Enter');
    await one.locator('#q:focus').waitFor();
    assert.equal(await one.locator('#slip').textContent(), '', 'nothing of the PIN stays');
    await scan(one, 'dimas nug');
    await scan(two, dimas.number.replaceAll('-', '').toLowerCase());
    await Promise.all([one, two].map((p) => p.locator('#c-name').filter({ hasText: dimas.name }).waitFor()));
    await one.keyboard.press('Enter');
    await one.locator('#slip-next:focus').waitFor();
    const other = (await one.textContent('#slip-seat')) ?? '';
    assert.notEqual(other, seat);
    await two.locator('#say').filter({ hasText: t('door.already', { by: STAFF.verifier, seat: other }) }).waitFor();
    assert.equal(await two.getByRole('button', { name: t('door.do.checkin') }).count(), 0, 'the second desk admits nobody twice');
    await s.axe(two, 'a person whom another desk admitted');
    await s.shot(two, 'door-already-1024');
    assert.ok(await fits(two), 'the page is wider than 1024 pixels');

    // turned away with one of the classes, by keys; then admitted after all, with a reason
    await two.keyboard.press('Escape');
    await scan(two, maria.number);
    await two.locator('#c-name').filter({ hasText: maria.name }).waitFor();
    await enter(two, two.getByRole('button', { name: `${t('door.do.turn_away')}…` }));
    await two.locator('#dialog[open] #d-why:focus').waitFor();
    await two.keyboard.press('ArrowDown');
    await two.keyboard.press('ArrowDown');   // papers
    await s.axe(two, 'turning somebody away');
    await s.shot(two, 'door-turn-away-1024');
    await two.keyboard.press('Tab');
    await two.keyboard.type('KTP tertinggal');
    await two.keyboard.press('Enter');
    await two.locator('#dialog[open]').waitFor({ state: 'detached' });
    await scan(two, maria.number);
    await two.locator('#card').filter({ hasText: t('door.do.readmit') }).waitFor();
    await enter(two, two.getByRole('button', { name: `${t('door.do.readmit')}…` }));
    await two.locator('#dialog[open] #d-why:focus').waitFor();
    await two.keyboard.press('ArrowDown');   // mistake
    await two.keyboard.press('Tab');
    await two.keyboard.type('KTP diantar keluarga');
    await two.keyboard.press('Enter');
    await two.locator('#slip-next:focus').waitFor();
    await until('the desk to count three', async () => (await two.textContent('#n-here')) === '3');

    // the draw can be made again from the journal, while the server runs
    const drawn = await terang(['exam', 'draws', '--exam', 'skd-uji', '--sitting', 'sesi-1', ...exam.at]);
    assert.match(drawn, /3 seats drawn, 0 kept as in the roster, 0 given as an exception\ncommitted to beforehand: sha256 [0-9a-f]{64}\n$/);
    await assert.rejects(terang(['exam', 'draws', '--exam', 'skd-uji', '--sitting', 'sesi-1', '--reveal', ...exam.at]), /has not ended/);

    // a scanner types wherever the hand has left the page
    await scan(two, `TERANG:skd-uji:${yosef.number}`);
    await two.locator('#c-name').filter({ hasText: yosef.name }).waitFor();
    await scan(one, 'TERANG:skb-lain:26401-110-000001');
    await one.locator('#say').filter({ hasText: 'skb-lain' }).waitFor();
    await one.keyboard.press('Escape');
    await scan(one, 'Tidak Ada');
    await one.locator('#say').filter({ hasText: 'Tidak Ada' }).waitFor();

    // what two people gave is what the candidate's page begins with, and is told as all that differs
    await exam.act('adjust', { numbers: [sari.number], adjust: 'size=3 contrast=dark extra=15 reader', reason: 'accommodation: surat dokter', second: { user: STAFF.second, password: PASSWORD } });
    const candidate = await s.computer(exam.url);
    await candidate.open();
    await candidate.page.fill('#number', sari.number);
    await candidate.page.fill('#pin', pin);
    await candidate.page.click('#si-go');
    await candidate.view('identity');
    await candidate.page.locator('#id-facts').filter({ hasText: '+15' }).waitFor();
    const root = candidate.page.locator('html');
    assert.deepEqual([await root.getAttribute('data-size'), await root.getAttribute('data-contrast'), await root.getAttribute('data-reader')], ['3', 'dark', '']);
    await s.axe(candidate.page, 'identity with accommodations');
    await s.shot(candidate.page, 'door-candidate');
    await one.goto(`${exam.url}/meja/${exam.id}/penyesuaian`);
    await one.locator('tbody tr').filter({ hasText: sari.number }).waitFor();
    assert.equal(await one.locator('tbody tr').count(), 1);
    await s.axe(one, 'what differs');
    await s.shot(one, 'door-differences');
  });
});
