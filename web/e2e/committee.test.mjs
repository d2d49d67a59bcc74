// @ts-check
// What the committee reads beside results: advisory signals that supervisors passed on, and what candidates wrote afterwards.

import assert from 'node:assert/strict';
import { describe } from 'node:test';

import { blind } from '../static/survey/blind.js';
import { refused } from './browser.mjs';
import { Caller } from './caller.mjs';
import { follow, KeyStation, noMouse } from './keyboard.mjs';
import { look, OFFICE } from './look.mjs';
import { scene, theatre } from './scene.mjs';
import { PASSWORD, STAFF } from './terang.mjs';
import { words } from './texts.mjs';
import { until } from './wait.mjs';

const COMMITTEE = [{ user: 'ketua', role: 'committee', name: 'Ketua Panitia' }, { user: STAFF.verifier, role: 'verifier', name: 'Citra' }];

/** Everybody checks in, answers as they do, and finishes. @param {any} s @param {any} exam @param {(caller: Caller, i: number) => Promise<void>} answer */
async function sit(s, exam, answer) {
  const pins = await exam.checkIn();
  const all = exam.people.map((/** @type {any} */ p) => new Caller(exam.url, p, pins[p.seat]));
  s.ends.push(() => { for (const c of all) c.off(); });
  await Promise.all(all.map((/** @type {Caller} */ c) => c.enter()));
  await exam.act('start');
  await Promise.all(all.map(async (/** @type {Caller} */ c, /** @type {number} */ i) => { await c.comes('running'); await answer(c, i); await c.finish(); }));
  return all;
}

/** The survey's answer of a candidate, as the page sends it. @param {any} exam @param {Caller} of @param {string} text */
async function writes(exam, of, text) {
  const { key } = await (await fetch(`${exam.url}/api/v1/surveys/skd-uji`)).json();
  const own = await blind(key);
  const { signed } = await of.post('survey-token', { blinded: own.blinded });
  const sent = await fetch(`${exam.url}/api/v1/surveys/skd-uji/answers`, {
    method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ token: own.token, signature: own.finish(signed), answers: { room: '4' }, text }),
  });
  assert.equal(sent.status, 200, await sent.text());
}

/** Somebody's desk, without a mouse. @param {any} s @param {any} exam @param {string} user @param {string} lang */
async function desk(s, exam, user, lang = 'id') {
  const { page, complaints } = await s.page();
  await noMouse(page);
  const at = new KeyStation(page, exam.url, lang);
  await at.signIn(user, PASSWORD);
  return { page, complaints };
}

/** What somebody without the right is told. @param {any} s @param {any} exam @param {string} user @param {string} path */
async function shut(s, exam, user, path) {
  const { page, complaints } = await desk(s, exam, user);
  complaints.expected.push(refused(404));
  assert.equal((await page.goto(`${exam.url}${path}`))?.status(), 404);
  await page.locator('.fault').waitFor();
  await s.axe(page, `${path} to who may not see it`);
}

describe('the committee', { concurrency: 2 }, () => {
  theatre();

  scene('a signal that supervisors passed on stands first, as advice and without a name, and its reading is recorded', async (s) => {
    const exam = await s.exam({
      candidates: 3, auditor: true, staff: COMMITTEE,
      change: (d) => { d.sittings.push({ ...d.sittings[0], code: 'sesi-2', title: 'Sesi kedua', start: '2035-12-05T08:00' }); },
    });
    await sit(s, exam, (c, i) => c.choose([...Array(14).keys()].map((q) => q + 1), i === 2 ? 3 : 1)); // two neighbours answer alike
    const signals = await until('the neighbours to be noticed', async () => { const { flags } = await exam.staff(`sittings/${exam.id}/flags`); return flags.length > 0 && flags; });
    const f = words('flags', 'id'), t = words('station', 'id');
    const pair = signals.find((/** @type {any} */ one) => one.code === 'P1');

    const { page } = await desk(s, exam, 'ketua');
    await follow(page, page.locator('a[href="/petunjuk"]'));
    await look(s, page, 'signals, the exams', OFFICE);
    await follow(page, page.locator('a[href="/petunjuk/skd-uji"]'));
    await page.locator('h2', { hasText: t('station.flag.state.open') }).waitFor();
    await look(s, page, 'signals, nothing decided', OFFICE);
    assert.equal(await page.locator('.strong', { hasText: f('flags.passed_is') }).count(), 0);

    await exam.act('pass_flag', { ref: pair.n, reason: 'collusion: duduk berdampingan <b>', second: { user: STAFF.second, password: PASSWORD } });
    await until('what was passed on to come first', async () => { await page.reload(); return (await page.locator('h2').first().textContent())?.startsWith(t('station.flag.state.passed')); });
    const first = page.locator('section').first();
    const said = await first.innerText();
    for (const fact of [exam.people[0].number, exam.people[1].number, `${STAFF.supervisor} + ${STAFF.second}`, 'duduk berdampingan <b>', f('flags.passed_is')]) assert.ok(said.includes(fact), `${fact} is not said: ${said}`);
    for (const p of exam.people) assert.ok(!(await page.content()).includes(p.name), 'the page names somebody');
    assert.ok((await page.locator('.notice-warn').innerText()).includes('bukan bukti dan bukan putusan'));
    await look(s, page, 'signals, one passed on', OFFICE);

    // The same in English, and back to where it came from.
    await follow(page, page.locator('a[hreflang="en"]'));
    await page.locator('h2', { hasText: words('station', 'en')('station.flag.state.passed') }).waitFor();
    await look(s, page, 'signals in English', OFFICE);
    await follow(page, page.locator('.sp-h a[href="/petunjuk"]'));
    assert.equal(await page.locator('tbody td').first().textContent(), '1');

    await shut(s, exam, STAFF.verifier, '/petunjuk/skd-uji');
    const { page: audit } = await desk(s, exam, STAFF.auditor);
    await audit.goto(`${exam.url}/audit?user=ketua`);
    await audit.locator('tbody tr', { hasText: exam.id }).first().waitFor();
  });

  scene('what candidates wrote is shown once there is enough of it, without a name, to those who may read it', async (s) => {
    const exam = await s.exam({ candidates: 10, auditor: true, staff: COMMITTEE });
    const all = await sit(s, exam, (c) => c.choose([1], 1));
    const f = words('survey', 'id');
    for (const [i, c] of all.slice(0, 9).entries()) await writes(exam, c, i === 0 ? 'Ruang terlalu dingin, dan <b>kipas</b> berisik.' : '');

    const { page } = await desk(s, exam, 'ketua');
    await follow(page, page.locator('a[href="/hasil-ujian"]'));
    await follow(page, page.locator('main a[href="/hasil-ujian/skd-uji"]'));
    await follow(page, page.locator('a[href="/hasil-ujian/skd-uji/umpan-balik"]'));
    await page.locator('.notice-info', { hasText: f('survey.texts_few', { n: 10 }) }).waitFor();
    assert.ok(!(await page.content()).includes('dingin'), 'nine answers are shown');
    await look(s, page, 'written feedback, too few', OFFICE);

    await writes(exam, all[9], 'Petugas ramah sekali.');
    await page.reload();
    await page.locator('h2', { hasText: f('survey.texts_n', { n: 2 }) }).waitFor();
    assert.deepEqual((await page.locator('.words li').allTextContents()).sort(), ['Petugas ramah sekali.', 'Ruang terlalu dingin, dan <b>kipas</b> berisik.']);
    await look(s, page, 'written feedback', OFFICE);
    await follow(page, page.locator('a[hreflang="en"]'));
    await page.locator('h1', { hasText: words('survey', 'en')('survey.texts') }).waitFor();
    await look(s, page, 'written feedback in English', OFFICE);
    await follow(page, page.locator('.sp-h a[href="/hasil-ujian/skd-uji"]'));
    await page.locator('h1').waitFor();
    await page.goBack();
    await follow(page, page.locator('a[href="/umpan-balik/skd-uji"]'));
    await page.locator('progress').first().waitFor();
    await look(s, page, 'feedback in counts', OFFICE);

    await shut(s, exam, STAFF.verifier, '/hasil-ujian/skd-uji/umpan-balik');
    const { page: audit } = await desk(s, exam, STAFF.auditor);
    await audit.goto(`${exam.url}/audit?user=ketua`);
    await audit.locator('tbody tr', { hasText: words('approvals', 'id')('approvals.act.survey') }).first().waitFor();
  });
});
