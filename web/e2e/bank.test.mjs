// @ts-check
// The question bank in a browser: written by one, returned, mended, approved by another.

import assert from 'node:assert/strict';
import { describe } from 'node:test';

import { refused } from './browser.mjs';
import { scene, theatre } from './scene.mjs';
import { PASSWORD } from './terang.mjs';
import { words } from './texts.mjs';

const WRITER = 'wulan', REVIEWER = 'rudi';
const t = words('bank', 'id');
const staff = [{ user: WRITER, role: 'writer', name: 'Wulan Sari' }, { user: REVIEWER, role: 'reviewer', name: 'Rudi Hakim' }];

/** A red square: the smallest figure that can be seen. */
const SQUARE = '<svg xmlns="http://www.w3.org/2000/svg" width="40" height="40" viewBox="0 0 40 40"><rect x="4" y="4" width="32" height="32" fill="#c00"/></svg>';

/** @param {import('playwright-core').Page} page @param {string} url @param {string} user */
async function signIn(page, url, user) {
  await page.goto(url); // who has not signed in is sent to the desk
  await page.fill('#user', user);
  await page.fill('#password', PASSWORD);
  await page.click('#go');
  await page.click('a[href="/bank"]');
  await page.locator('.bk').waitFor();
  await page.goto(url);
}

/** @param {import('playwright-core').Page} page */
const ready = (page) => page.locator('#isi[data-ready]').waitFor();

/** What the bank lists of an item. @param {import('playwright-core').Page} page @param {string} url @param {string} id */
const listed = (page, url, id) => page.evaluate(async ([at, code]) => {
  const { items } = await (await fetch(`${at}/api/v1/bank/items`)).json();
  return items.find((/** @type {any} */ i) => i.id === code);
}, [url, id]);

describe('the question bank', { concurrency: 2 }, () => {
  theatre();

  scene('an item is written with a formula and a figure, returned, mended, and approved by another', async (s) => {
    const exam = await s.exam({ candidates: 1, staff });
    const { page: writer, complaints } = await s.page({ width: 1366, height: 900 });
    complaints.expected.push(refused(403), refused(409), refused(422));
    await signIn(writer, `${exam.url}/bank`, WRITER);
    await s.axe(writer, 'bank, empty');
    await writer.click(`text=${t('bank.write')}`);
    await ready(writer);
    await writer.fill('#id', 'TIU-UJI-001');
    await writer.fill('#section', 'TIU');
    await writer.fill('#topic', 'aljabar');
    await writer.selectOption('#band', 'medium');
    await writer.fill('#stem-t', 'Jika $x = \\frac{3}{4}$ dan $y = 2^3 - \\sqrt{16}$, nilai yang benar dari $x \\times y$ adalah …\n\nPerhatikan <b>tandanya</b>. <script>alert(1)</script>');
    const options = ['1', '2', '3', '4', '5'];
    for (const [i, text] of options.entries()) {
      await writer.fill(`#options .opt-e:nth-child(${i + 1}) textarea`, text);
      await writer.fill(`#options .opt-e:nth-child(${i + 1}) input.pts`, i === 2 ? '5' : '0');
    }
    await writer.selectOption('#rule', 'ordered');
    await writer.fill('#why', 'x kali y adalah 3');

    // The preview is drawn by the candidate's own script, and shows what is kept: no script, the formula as MathML.
    await writer.locator('#stem math mfrac').waitFor();
    assert.equal(await writer.locator('#stem script').count(), 0);
    assert.equal(await writer.locator('#stem .stim').count(), 0, 'no passage where the item has none');
    assert.match(await writer.locator('#stem').innerText(), /^Jika/);
    assert.equal(await writer.locator('#opts .opt').count(), 5);
    assert.match(await writer.locator('#faults').textContent() ?? '', /<script> tidak termasuk unsur yang diperbolehkan/);
    await writer.click('#b-save');
    await writer.locator('#said.notice-bad').waitFor();
    await writer.fill('#stem-t', 'Jika $x = \\frac{3}{4}$ dan $y = 2^3 - \\sqrt{16}$, nilai yang benar dari $x \\times y$ adalah …\n\nPerhatikan <b>tandanya</b>.');
    await writer.locator('#figure-e summary').click();
    await writer.fill('#figure-stem-alt', 'persegi merah');
    await writer.setInputFiles('#figure-stem', { name: 'persegi.svg', mimeType: 'image/svg+xml', buffer: Buffer.from(SQUARE) });
    await writer.locator('#stem figure img').waitFor();
    await writer.locator('#checks li.ok', { hasText: t('bank.check.one_key', { options: 5 }) }).waitFor();
    await s.axe(writer, 'bank, editor');
    await s.shot(writer, 'bank-editor');
    await writer.click('#b-save');
    await writer.locator('#saved', { hasText: t('bank.saved', { version: 1 }) }).waitFor();
    await writer.click('#b-submit');
    await writer.locator('#stage', { hasText: t('bank.stage.review') }).waitFor();
    assert.ok(await writer.locator('#b-approve').isHidden(), 'a writer is offered no approval');

    // Who wrote it cannot approve it, whatever the page offers.
    const own = await writer.evaluate(async () => (await fetch('/api/v1/bank/items/TIU-UJI-001/actions', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ op: 'x', action: 'approve', version: 1 }) })).status);
    assert.equal(own, 403);

    const { page: reviewer, complaints: second } = await s.page({ width: 1366, height: 900 });
    second.expected.push(refused(422));
    await signIn(reviewer, `${exam.url}/bank`, REVIEWER);
    await reviewer.click(`text=${t('bank.mine', { n: 1 })}`);
    await reviewer.click('text=TIU-UJI-001');
    await ready(reviewer);
    assert.ok(await reviewer.locator('#edit').isHidden(), 'a reviewer does not write');
    await reviewer.locator('#stem math mfrac').waitFor();
    await reviewer.locator('#stem figure img').waitFor();
    await s.axe(reviewer, 'bank, review');
    await s.shot(reviewer, 'bank-review');
    await reviewer.click('#b-return');
    await reviewer.locator('#said.notice-bad').waitFor();
    await reviewer.fill('#words', '“Benar” berlebihan.');
    await reviewer.click('#b-return');
    await reviewer.locator('#stage', { hasText: t('bank.stage.draft') }).waitFor();

    // The author reads why, mends it, and the difference is in the history.
    await writer.goto(`${exam.url}/bank?mine=1`);
    await writer.locator('.tag-warn', { hasText: t('bank.returned') }).waitFor();
    await s.shot(writer, 'bank-list');
    await s.axe(writer, 'bank, list');
    await writer.click('text=TIU-UJI-001');
    await ready(writer);
    await writer.locator('#history blockquote', { hasText: '“Benar” berlebihan.' }).waitFor();
    const shown = await writer.inputValue('#stem-t');
    assert.match(shown, /⟦1⟧/, 'stored formulas are marks in the text');
    await writer.fill('#stem-t', shown.replace('nilai yang benar dari', 'nilai'));
    await writer.locator('#saved', { hasText: t('bank.unsaved') }).waitFor();
    await writer.click('#b-save');
    await writer.locator('#saved', { hasText: t('bank.saved', { version: 2 }) }).waitFor();
    await writer.locator('#history .link').first().click();
    await writer.locator('#history del', { hasText: 'yang benar dari' }).waitFor();
    await s.shot(writer, 'bank-history');
    await writer.click('#b-submit');
    await writer.locator('#stage', { hasText: t('bank.stage.review') }).waitFor();

    await reviewer.reload();
    await ready(reviewer);
    await reviewer.click('#b-approve');
    await reviewer.locator('#said.notice-warn', { hasText: t('bank.look_first') }).waitFor();
    for (const box of ['#v1', '#v2', '#v3']) await reviewer.check(box);
    await reviewer.click('#b-approve');
    await reviewer.locator('#stage', { hasText: t('bank.stage.approved') }).waitFor();
    const kept = await listed(reviewer, exam.url, 'TIU-UJI-001');
    assert.deepEqual([kept.version, kept.standing, kept.stage], [2, 2, 'approved']);

    // Two writers at once: nothing is written over.
    await writer.reload();
    await ready(writer);
    await writer.fill('#why', 'alasan lain');
    const other = await writer.evaluate(async () => {
      const { question, newest } = await (await fetch('/api/v1/bank/items/TIU-UJI-001')).json();
      return (await fetch('/api/v1/bank/items/TIU-UJI-001/versions', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ op: 'y', base: newest, question: { ...question, why: 'yang ketiga' } }) })).status;
    });
    assert.equal(other, 200);
    await writer.click('#b-save');
    await writer.locator('#said', { hasText: 'E-BANK-02' }).waitFor();
    await s.shot(writer, 'bank-conflict');
    await writer.click(`text=${t('bank.save_as', { version: 4 })}`);
    await writer.locator('#saved', { hasText: t('bank.saved', { version: 4 }) }).waitFor();
    assert.equal((await listed(writer, exam.url, 'TIU-UJI-001')).standing, 2, 'the approved version stays in use');
  });

  scene('dollar signs of a stored item stay what they are, whatever else of it is changed', async (s) => {
    const exam = await s.exam({ candidates: 1, staff });
    const { page } = await s.page({ width: 1366, height: 768 });
    await signIn(page, `${exam.url}/bank`, WRITER);
    const stem = 'Harga A $10 dan harga B $25.', prices = ['antara $1 dan $2', 'di atas $2'];
    const status = await page.evaluate(async ([text, ...options]) => {
      const question = { id: 'TIU-UJI-002', section: 'TIU', topic: 'harga', band: 'easy', options_rule: 'free', enemies: '', lang: 'id', author: 'Wulan Sari', why: '', stem: text, figure: null,
        options: options.map((o, i) => ({ value: i ? 0 : 5, text: o, figure: null })) };
      return (await fetch('/api/v1/bank/items/TIU-UJI-002/versions', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ op: 'x', base: 0, question }) })).status;
    }, [stem, ...prices]);
    assert.equal(status, 200);
    await page.goto(`${exam.url}/bank/soal/TIU-UJI-002`);
    await ready(page);
    await page.click('#b-option');
    await page.fill('#options .opt-e:nth-child(3) textarea', 'paling banyak \\$3, yaitu $\\rusak$');
    await page.click('#b-option');
    await page.locator('#options .opt-e:nth-child(4) button.btn-s').first().click();
    await page.click('#b-save');
    await page.locator('#said.notice-bad', { hasText: '\\rusak' }).waitFor(); // another option has not made words of a formula that is wrong
    await page.fill('#options .opt-e:nth-child(3) textarea', 'paling banyak \\$3 atau \\$4');
    await page.fill('#topic', 'belanja');
    await page.click('#b-save');
    await page.locator('#saved', { hasText: t('bank.saved', { version: 2 }) }).waitFor();
    const kept = await page.evaluate(async () => (await (await fetch('/api/v1/bank/items/TIU-UJI-002')).json()).question);
    assert.deepEqual([kept.topic, kept.stem, ...kept.options.map((/** @type {any} */ o) => o.text)], ['belanja', stem, ...prices, 'paling banyak $3 atau $4']);
  });

  scene('files are read first, and taken when the person has seen the report', async (s) => {
    const exam = await s.exam({ candidates: 1, staff });
    const { page } = await s.page({ width: 1366, height: 768 });
    await signIn(page, `${exam.url}/bank/impor`, WRITER);
    const item = (/** @type {string} */ id, /** @type {string} */ stem) => `== ${id} ==\nversion: 1\nsection: TWK\ntopic: nasionalisme\nband: easy\nauthor: Wulan Sari\n\n${stem}\n\na) [5] satu\nb) [0] dua\nwhy: karena\n\n`;
    const good = item('TWK-UJI-001', 'Siapa penjahit bendera pusaka?'), bad = item('TWK-UJI-002', 'Di mana proklamasi dibacakan?');
    await page.setInputFiles('#files', { name: 'salah.bank', mimeType: 'text/plain', buffer: Buffer.from(good + bad.replace('section: TWK', 'section TWK')) });
    await page.click('#go');
    await page.locator('#verdict.n', { hasText: t('bank.import_not') }).waitFor();
    await s.axe(page, 'bank, import with a fault');
    await s.shot(page, 'bank-import-fault');
    assert.equal(await listed(page, exam.url, 'TWK-UJI-001'), undefined, 'nothing is taken yet');
    await page.setInputFiles('#files', { name: 'benar.bank', mimeType: 'text/plain', buffer: Buffer.from(good) });
    await page.click('#go');
    await page.locator('#verdict.y', { hasText: t('bank.import_ready') }).waitFor();
    await page.click('#take');
    await page.locator('#verdict.y', { hasText: t('bank.import_stored') }).waitFor();
    await s.shot(page, 'bank-import-stored');
    assert.equal((await listed(page, exam.url, 'TWK-UJI-001')).stage, 'draft');
  });
});
