// @ts-check
// After an exam was made its places change: a room for people with needs, a sitting in it, an hour; one asks, and once it
// takes two another agrees.

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe } from 'node:test';

import { refused } from './browser.mjs';
import { choose, enter, follow, KeyStation, noMouse, reach, write } from './keyboard.mjs';
import { look, OFFICE } from './look.mjs';
import { scene, theatre } from './scene.mjs';
import { PASSWORD, STAFF, terang } from './terang.mjs';
import { words } from './texts.mjs';
import { until } from './wait.mjs';
/** @typedef {import('playwright-core').Page} Page */

const PLACES = '/daftar-peserta/skd-uji/lokasi', SEATS = '/daftar-peserta/skd-uji/tempat';
const OTHER = 'wakil', OWN = 'kata-sandi-sendiri';

/** Writes into the fields of one change, by keys, and looks at what it would do.
 * @param {Page} page @param {string} form id of its heading @param {Record<string, string>} fields id -> text */
async function change(page, form, fields) {
  const panel = page.locator(`details[aria-labelledby="${form}"]`);
  if (await panel.getAttribute('open') === null) await enter(page, panel.locator('summary'));
  for (const [id, text] of Object.entries(fields)) {
    const field = page.locator(`#${id}`);
    if (await field.evaluate((node) => node.tagName) === 'SELECT') await choose(page, field, text);
    else if (await field.getAttribute('type') === 'datetime-local') { await reach(page, field); await field.fill(text); } // its parts are typed in the order of the browser's language
    else await write(page, field, text);
  }
  await enter(page, panel.locator('button'));
}

describe('places', { concurrency: 2 }, () => {
  theatre();

  scene('a room for people with needs is added and used; what cannot be done leaves what was typed', async (s) => {
    const exam = await s.exam({ candidates: 3, empty: true, admin: true });
    const r = words('roster', 'id');
    const [sari, ...others] = exam.people;
    const file = ['number,name,birth_date,formation,site,sitting,accommodation',
      `${sari.number},${sari.name},2000-01-31,arsiparis,kota-lama,,wheelchair`,
      ...others.map((p) => `${p.number},${p.name},2000-01-31,arsiparis,kota-lama,sesi-1,`)].join('\n');
    await exam.staff('exams/skd-uji/roster', { op: randomUUID(), file }, STAFF.admin);

    const { page, complaints } = await s.page();
    complaints.expected.push(refused(422));
    await noMouse(page);
    const desk = new KeyStation(page, exam.url, 'id');
    await desk.signIn(STAFF.admin, PASSWORD);
    await follow(page, page.locator('a[href="/daftar-peserta"]'));
    await follow(page, page.locator('a[href="/daftar-peserta/skd-uji"]'));
    await follow(page, page.locator(`a[href="${PLACES}"]`));
    await page.locator('#a1').waitFor();

    // A room that fits, and a sitting in it at an hour that is over: the room stays looked at, and the sitting's fields stay.
    await change(page, 'a5', { 'a5-code': 'lantai-dasar', 'a5-name': 'Ruang lantai dasar', 'a5-n': '6', 'a5-fits': 'wheelchair, ground_floor' });
    await page.locator('ins', { hasText: '6' }).waitFor();
    await change(page, 'a1', { 'a1-code': 'sesi-ramah', 'a1-name': 'Sesi kursi roda', 'a1-start': '2020-01-01T08:00' });
    await page.locator('#f-h').waitFor();
    await page.locator('.notice-bad li', { hasText: 'sesi-ramah' }).waitFor();
    assert.equal(await page.inputValue('#a1-name'), 'Sesi kursi roda');
    assert.equal(await page.inputValue('#a1-start'), '2020-01-01T08:00');
    assert.equal(await page.locator('.change tbody tr').count(), 1, 'what was looked at before is gone');
    await look(s, page, 'places, an hour that is over', OFFICE);
    await change(page, 'a1', { 'a1-room': 'lantai-dasar', 'a1-start': '2035-12-05T08:00' });
    await until('both changes', async () => await page.locator('.change tbody tr').count() === 2);
    await look(s, page, 'places, what would change', OFFICE);
    await write(page, page.locator('#c-why'), 'other: peserta berkursi roda');
    await enter(page, page.getByRole('button', { name: r('roster.pl_take') }));
    await page.locator('.notice-ok[role="status"]').waitFor();
    await until('the room to stand among the others', async () => { await page.goto(`${exam.url}${PLACES}`); return await page.locator('th', { hasText: 'lantai-dasar' }).count() === 1; });

    // The draw gives her the room that fits, and takes nobody else there.
    await follow(page, page.locator('.sp-h a[href="/daftar-peserta/skd-uji"]'));
    await follow(page, page.locator(`a[href="${SEATS}"]`));
    await page.locator('.change th', { hasText: sari.number }).waitFor();
    await look(s, page, 'seats, one is placed', OFFICE);
    await enter(page, page.getByRole('button', { name: r('roster.take_plan') }));
    await page.locator('.notice-ok[role="status"]').waitFor();
    const { items } = await (await page.request.get(`${exam.url}/api/v1/personnel/skd-uji/roster`)).json();
    assert.deepEqual(Object.fromEntries(items.map((/** @type {any} */ p) => [p.number, p.sitting])), { [sari.number]: 'sesi-ramah', ...Object.fromEntries(others.map((p) => [p.number, 'sesi-1'])) });
  });

  scene('once the roster is frozen a change of an hour is proposed by one and taken when another agrees', async (s) => {
    const exam = await s.exam({ candidates: 2, admin: true });
    await exam.kill();
    await terang(['staff', 'add', OTHER, '--role', 'admin', '--person', '19850101', '--as', STAFF.admin, ...exam.at], { TERANG_PASSWORD: PASSWORD, TERANG_NEW_PASSWORD: PASSWORD });
    await exam.serve();
    const r = words('roster', 'id'), e = words('roster', 'en'), a = words('approvals', 'id');
    const { page } = await s.page();
    await noMouse(page);
    const desk = new KeyStation(page, exam.url, 'id');
    await desk.signIn(STAFF.admin, PASSWORD);
    await page.goto(`${exam.url}/daftar-peserta/skd-uji`);
    await reach(page, page.getByLabel(r('roster.freeze_sure')));
    await page.keyboard.press('Space');
    await enter(page, page.getByRole('button', { name: r('roster.freeze') }));
    await page.locator('.notice-ok[role="status"]').waitFor();
    const start = async () => (await exam.staff('exams/skd-uji/places', undefined, STAFF.admin)).sittings[0].start;
    const before = await start();
    await page.goto(`${exam.url}${PLACES}?lang=en`);
    await change(page, 'a2', { 'a2-code': 'sesi-1', 'a2-start': '2035-12-05T13:00' });
    await page.locator('.strong', { hasText: e('roster.pl_told', { n: 2 }) }).waitFor();
    await look(s, page, 'places in English, it takes two', OFFICE);
    await write(page, page.locator('#c-why'), 'power: listrik pagi padam');
    await enter(page, page.getByRole('button', { name: e('roster.propose') }));
    await page.locator('.notice-ok a[href="/persetujuan"]').waitFor();
    assert.equal(await start(), before, 'one person alone has moved it');

    const { page: second } = await s.page();
    await noMouse(second);
    const there = new KeyStation(second, exam.url, 'id');
    await there.signIn(OTHER, PASSWORD); // which the other has chosen: an own one comes first
    await write(second, second.locator('#p-old'), PASSWORD);
    await write(second, second.locator('#p-new'), OWN);
    await enter(second, second.locator('#password [type="submit"]'));
    await second.waitForURL('**/meja');
    await enter(second, second.locator('a[href="/persetujuan"]'));
    const card = second.locator('.prop');
    const shows = await card.locator('.shows').innerText();
    for (const fact of ['sesi-1', '5 Des 2035, 13.00 WIB']) assert.ok(shows.includes(fact), `${fact} is not shown: ${shows}`);
    await look(s, second, 'places wait for another person', OFFICE);
    await enter(second, card.locator('button[value="approve"]'));
    await card.locator('.notice-ok', { hasText: a('approvals.approved') }).waitFor();
    await second.goto(`${exam.url}${PLACES}`);
    await until('the new hour to be shown', async () => { await second.reload(); return await second.locator('td', { hasText: '5 Des 2035, 13.00' }).count() === 1; });
    await second.locator('.tag-warn', { hasText: r('roster.pl_moved') }).waitFor();
    await look(s, second, 'places, an hour was moved', OFFICE);
  });

  scene('who may not change places finds no such page', async (s) => {
    const exam = await s.exam({ candidates: 1 });
    const { page, complaints } = await s.page();
    complaints.expected.push(refused(404));
    const desk = new KeyStation(page, exam.url, 'id');
    await noMouse(page);
    await desk.signIn(STAFF.supervisor, PASSWORD);
    assert.equal(await page.locator('a[href="/daftar-peserta"]').count(), 0, 'a supervisor is led to the rosters');
    assert.equal((await page.goto(`${exam.url}${PLACES}`))?.status(), 404);
    await page.locator('.fault').waitFor();
  });
});
