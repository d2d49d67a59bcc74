// @ts-check
// Who people are: an administrator is made on a fresh server and invites staff; a supervisor signs in with a second factor
// and acts on the own site only.

import assert from 'node:assert/strict';
import { createHmac, randomUUID } from 'node:crypto';
import { describe } from 'node:test';

import { scene, theatre } from './scene.mjs';
import { Exam, PASSWORD, terang } from './terang.mjs';
import { words } from './texts.mjs';

const STEP = 30_000;

/** The code that an authenticator shows (RFC 6238). @param {string} secret base32 @param {number} [ahead] steps */
function totp(secret, ahead = 0) {
  let bits = '';
  for (const c of secret.replace(/ /g, '')) bits += 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(c).toString(2).padStart(5, '0');
  const key = Buffer.from((bits.match(/.{8}/g) ?? []).map((b) => parseInt(b, 2)));
  const step = Buffer.alloc(8);
  step.writeBigUInt64BE(BigInt(Math.floor(Date.now() / STEP) + ahead));
  const mac = createHmac('sha1', key).update(step).digest();
  return String((mac.readUInt32BE(mac[19] & 15) & 0x7fffffff) % 1e6).padStart(6, '0');
}

/** Signs in at the desk. @param {import('playwright-core').Page} page @param {string} base @param {string} user @param {string} password @param {string} [code] */
async function signIn(page, base, user, password, code) {
  await page.goto(`${base}/meja`);
  await page.fill('#user', user);
  await page.fill('#password', password);
  if (code) await page.fill('#code', code);
  await page.click('#go');
}

/** Sets the second factor up on the account page. @param {import('playwright-core').Page} page @param {string} password */
async function enrol(page, password) {
  await page.fill('#f-pw', password);
  await page.click('#factor [type="submit"]');
  await page.locator('#qr').waitFor();
  await page.waitForFunction(() => { const i = /** @type {HTMLImageElement} */ (document.getElementById('qr')); return i.complete && i.naturalWidth > 0; });
  const secret = (await page.textContent('#secret')) ?? '';
  await page.fill('#f-code', totp(secret));
  await page.click('#confirm [type="submit"]');
  await page.locator('#recovery li').first().waitFor();
  return secret;
}

describe('people', () => {
  theatre();

  scene('an administrator invites a supervisor, who signs in with a code and acts on the own site only', async (s) => {
    const exam = await Exam.make({
      change: (d) => {
        d.sites.push({ code: 'timur', name: 'UPT Timur', zone: 'Asia/Jayapura' });
        d.rooms.push({ code: 'ruang-t', site: 'timur', name: 'Ruang Timur', seats: 12 });
        d.sittings.push({ ...d.sittings[0], code: 'sesi-t', site: 'timur', room: 'ruang-t', title: 'Sesi Timur' });
      },
    });
    s.ends.push(() => exam.close());
    s.log = () => exam.log;
    await terang(['staff', 'add', 'kepala', '--role', 'admin', ...exam.at], { TERANG_NEW_PASSWORD: PASSWORD });
    await exam.serve(['--second-factor', 'required']);
    const t = words('people', 'id');

    // The administrator can do nothing before the second factor stands.
    const { page: admin } = await s.page();
    await signIn(admin, exam.url, 'kepala', PASSWORD);
    await admin.waitForURL('**/akun');
    await admin.goto(`${exam.url}/staf`);
    assert.match(admin.url(), /\/akun$/, 'who has to enrol comes nowhere else');
    await s.axe(admin, 'account to enrol');
    const secret = await enrol(admin, PASSWORD);
    assert.equal(await admin.locator('#recovery li').count(), 10);
    assert.notEqual(secret, '');
    await s.axe(admin, 'recovery codes');
    await s.shot(admin, 'account');
    await admin.click('#recovery-done');

    // The invitation is a link that is shown once.
    await admin.goto(`${exam.url}/staf`);
    await admin.fill('#i-user', 'sinta');
    await admin.fill('#i-name', 'Sinta Dewi');
    await admin.selectOption('#i-role', 'supervisor');
    await admin.selectOption('#i-exam', 'skd-uji');
    await admin.fill('#i-site', 'kota-lama');
    await admin.click('#invite [type="submit"]');
    await admin.locator('#ok-v').filter({ hasText: '/undangan#' }).waitFor();
    const link = (await admin.textContent('#ok-v')) ?? '';
    await s.axe(admin, 'staff, invited');
    await admin.reload();
    await admin.locator('tr[data-user="sinta"]').filter({ hasText: t('people.state.invited') }).waitFor();
    assert.equal(await admin.locator('#ok-v').textContent(), '', 'an invitation is shown once');
    await s.shot(admin, 'staff');

    // The invited sets a password and the second factor.
    const own = 'kata-sandi-sinta-9';
    const { page, complaints } = await s.page();
    complaints.expected.push(/40[134]/, /410/);
    await page.goto(link);
    await page.locator('#who').filter({ hasText: 'Sinta Dewi' }).waitFor();
    assert.doesNotMatch(page.url(), /#/, 'the code stays in no list of addresses');
    await s.axe(page, 'invitation');
    await s.shot(page, 'invitation');
    await page.fill('#pw', own);
    await page.fill('#pw2', own);
    await page.click('#accept [type="submit"]');
    await page.waitForURL('**/akun');
    const hers = await enrol(page, own);
    await page.click('#leave');
    await page.waitForURL('**/meja');

    // The password alone is not enough, a code works once, and the invitation is used up.
    await signIn(page, exam.url, 'sinta', own);
    await page.locator('#err').filter({ hasText: 'second_factor' }).waitFor();
    const code = totp(hers, 1);
    await page.fill('#code', code);
    await page.click('#go');
    await page.locator('#leave').waitFor();
    const again = await fetch(`${exam.url}/api/v1/staff/signin`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ user: 'sinta', password: own, code }) });
    assert.equal((await again.json()).code, 'wrong_code');
    const used = await fetch(`${exam.url}/api/v1/staff/invitation`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ code: link.split('#')[1], password: own }) });
    assert.equal(used.status, 410);

    // Own site: seen and acted on. The other: neither.
    const links = await page.locator('main a[href^="/meja/"]').evaluateAll((all) => all.map((a) => a.getAttribute('href')));
    assert.deepEqual(links, ['/meja/skd-uji.sesi-1', '/meja/skd-uji.sesi-1/masuk']);
    const act = (/** @type {string} */ sitting) => page.evaluate(async ({ sitting, op }) => (await fetch(`/api/v1/sittings/${sitting}/actions`, {
      method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ op, action: 'open_checkin' }),
    })).status, { sitting, op: randomUUID() });
    assert.equal(await act('skd-uji.sesi-1'), 200);
    assert.equal(await act('skd-uji.sesi-t'), 403);
    assert.equal((await page.goto(`${exam.url}/meja/skd-uji.sesi-t`))?.status(), 404);
    assert.equal((await page.goto(`${exam.url}/staf`))?.status(), 404);

    // The administrator ends her sessions: what somebody copied of the cookie opens nothing.
    await admin.reload();
    const row = admin.locator('tr[data-user="sinta"]');
    await row.locator('summary').click();
    await row.locator('[data-do="sessions"]').click();
    await admin.locator('#sessions[open]').waitFor();
    await s.axe(admin, 'sessions of another');
    await Promise.all([
      admin.waitForResponse((r) => r.request().method() === 'POST' && r.url().endsWith('/sessions')),
      admin.click('#x-all'),
    ]);
    assert.equal(await act('skd-uji.sesi-1').catch(() => 401), 401);
    await page.goto(`${exam.url}/meja`);
    await page.locator('#signin').waitFor();
  });

  scene('supervisors come from a file, take their invitations, and count as people once another administrator vouches', async (s) => {
    const exam = await Exam.make({});
    s.ends.push(() => exam.close());
    s.log = () => exam.log;
    const as = (/** @type {string} */ user, /** @type {string} */ password) => ({ TERANG_PASSWORD: password, TERANG_NEW_PASSWORD: `${PASSWORD}-${user}` });
    await terang(['staff', 'add', 'kepala', '--role', 'admin', ...exam.at], { TERANG_NEW_PASSWORD: PASSWORD });
    await terang(['staff', 'add', 'wakil', '--role', 'admin', '--person', '19850101', '--as', 'kepala', ...exam.at], { TERANG_PASSWORD: PASSWORD, TERANG_NEW_PASSWORD: PASSWORD });
    await exam.serve([]);
    const t = words('people', 'id');

    // The second administrator has a password that the first chose: nothing opens before another is taken.
    const { page: wakil } = await s.page();
    await signIn(wakil, exam.url, 'wakil', PASSWORD);
    await wakil.waitForURL('**/akun');
    await wakil.locator('#own').filter({ hasText: t('people.choose_h') }).waitFor();
    await s.axe(wakil, 'account whose password is known');
    await wakil.fill('#p-old', PASSWORD);
    await wakil.fill('#p-new', as('wakil', '').TERANG_NEW_PASSWORD);
    await wakil.click('#password [type="submit"]');
    await wakil.waitForURL('**/meja');

    // A file with a fault is refused whole; one without gives a slip for each.
    const { page: kepala, complaints } = await s.page();
    complaints.expected.push(/422/);
    await signIn(kepala, exam.url, 'kepala', PASSWORD);
    await kepala.locator('#leave').waitFor();
    await kepala.goto(`${exam.url}/staf`);
    const file = (/** @type {string} */ text) => kepala.setInputFiles('#import-file', { name: 'pengawas.csv', mimeType: 'text/csv', buffer: Buffer.from(text) });
    await kepala.click('.more summary');
    await file('user,role\nsinta,pengawas\n');
    await kepala.click('#import [type="submit"]');
    await kepala.locator('#faults-list li').filter({ hasText: 'baris 2' }).waitFor();
    await file('user,name,role,person\nsinta,Sinta Dewi,supervisor,1990\nbima,Bima Putra,supervisor,\n');
    await kepala.click('#import [type="submit"]');
    await kepala.locator('#codes-list li').nth(1).waitFor();
    await s.axe(kepala, 'staff, imported');
    await s.shot(kepala, 'staff-imported');
    const links = await kepala.locator('#codes-list .mono').allTextContents();
    for (const [i, person] of ['1990', ''].entries()) {
      const { page } = await s.page();
      await page.goto(links[i]);
      await page.locator('#who').filter({ hasText: ['Sinta', 'Bima'][i] }).waitFor();
      await page.fill('#person', person);
      await page.fill('#pw', `${PASSWORD}-${i}`);
      await page.fill('#pw2', `${PASSWORD}-${i}`);
      await page.click('#accept [type="submit"]');
      await page.waitForURL('**/akun');
    }

    // Who has made them is not asked; the other says that they are people of their own.
    await kepala.reload();
    await kepala.locator('tr[data-user="sinta"]').filter({ hasText: t('people.waits') }).waitFor();
    assert.equal(await kepala.locator('#vouch-all').count(), 0, 'whoever made them vouches for nobody');
    await wakil.goto(`${exam.url}/staf`);
    await wakil.click('#vouch-all');
    await wakil.locator('#sure[open]').waitFor();
    await s.axe(wakil, 'vouching');
    await wakil.click('#y-go');
    await wakil.locator('tr[data-user="bima"]').filter({ hasText: t('people.vouched', { by: 'wakil' }) }).waitFor();
    await kepala.goto(`${exam.url}/audit/akun`);
    await kepala.locator('tbody tr').filter({ hasText: 'sinta' }).filter({ hasText: 'wakil' }).waitFor();
    await s.axe(kepala, 'who is behind the accounts');
    await s.shot(kepala, 'audit-accounts');
  });
});
