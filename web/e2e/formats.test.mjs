// @ts-check
// Questions that came as GIFT, Moodle XML and QTI are sat by a candidate, pictures and all.

import assert from 'node:assert/strict';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe } from 'node:test';
import { deflateSync, crc32 } from 'node:zlib';

import { scene, theatre } from './scene.mjs';
import { terang } from './terang.mjs';

const sample = fileURLToPath(new URL('../../testdata/bank', import.meta.url));

/** Side of the PNG; no drawing of the sample bank has it. */
const SIDE = 48;

/** A grey square as a camera or a drawing program would make it. @param {number} side in pixels @returns {Buffer} */
function png(side) {
  const chunk = (/** @type {string} */ name, /** @type {Buffer} */ body) => {
    const named = Buffer.concat([Buffer.from(name, 'latin1'), body]);
    const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
    length.writeUInt32BE(body.length);
    sum.writeUInt32BE(crc32(named));
    return Buffer.concat([length, named, sum]);
  };
  const head = Buffer.alloc(13);
  head.writeUInt32BE(side, 0);
  head.writeUInt32BE(side, 4);
  head[8] = 8; // bits of grey
  const rows = Buffer.alloc(side * (side + 1), 0x99);
  for (let y = 0; y < side; y++) rows[y * (side + 1)] = 0; // no filter
  return Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), chunk('IHDR', head), chunk('IDAT', deflateSync(rows)), chunk('IEND', Buffer.alloc(0))]);
}

/** The sample bank in three foreign files, one a section, and a picture with every question. @returns {Promise<{dir: string, files: string[]}>} */
async function foreign() {
  const dir = await mkdtemp(path.join(os.tmpdir(), 'terang-e2e-formats-'));
  await cp(path.join(sample, 'figures'), path.join(dir, 'figures'), { recursive: true });
  await writeFile(path.join(dir, 'figures', 'uji.png'), png(SIDE));
  const files = [];
  for (const [section, to, ext] of [['twk', 'gift', 'gift'], ['tiu', 'moodlexml', 'xml'], ['tkp', 'qti', 'zip']]) {
    const text = await readFile(path.join(sample, `${section}.bank`), 'utf8');
    const own = path.join(dir, `${section}.bank`);
    const items = text.split(/^(?=== )/m).map((item) => (/^!\[/m.test(item) ? item : item.replace(/^a\) /m, '![kotak abu-abu](figures/uji.png)\n\na) ')));
    await writeFile(own, items.join(''));
    const file = path.join(dir, `${section}.${ext}`);
    await terang(['bank', 'convert', '--to', to, '--out', file, own]);
    files.push(file);
  }
  await rm(path.join(dir, 'figures'), { recursive: true }); // the files hold all that they need
  return { dir, files };
}

describe('questions of other programs', { concurrency: 1 }, () => {
  theatre();

  scene('are sat as GIFT, Moodle XML and QTI 3.0: every picture is drawn, every answer is stored and scored', async (s) => {
    const { dir, files } = await foreign();
    s.ends.push(() => rm(dir, { recursive: true, force: true }));
    const exam = await s.exam({ candidates: 1, bank: files });
    const pins = await exam.checkIn();
    const { number } = exam.people[0];
    const at = await s.computer(exam.url);
    await at.enter(number, pins['01']);
    await exam.act('start');
    await at.exam();

    /** width of every picture seen @type {number[]} */
    const seen = [];
    const look = async (/** @type {number} */ q) => {
      await at.go(q);
      const images = at.page.locator('#stem img, #opts img');
      await images.first().waitFor();
      const widths = await images.evaluateAll((all) => Promise.all(all.map(async (img) => {
        const picture = /** @type {HTMLImageElement} */ (img);
        await picture.decode();
        return picture.naturalWidth;
      })));
      assert.ok(widths.every((w) => w > 0), `item ${q}: widths ${widths}`);
      seen.push(...widths);
    };
    const answered = [1, 30, 31, 63, 65, 66, 110]; // the first and last of each section
    for (const q of answered) {
      await look(q);
      await at.choose('abcde'[q % 5]);
    }
    for (let q = 32; q < 65 && seen.every((w) => w === SIDE); q++) await look(q); // to a drawing
    await at.stored();
    assert.equal(await at.answered(), answered.length);
    assert.ok(seen.filter((w) => w === SIDE).length >= 5 && seen.some((w) => w !== SIDE), `PNG and SVG of widths ${seen}`);
    await s.axe(at.page, 'an item with its picture');
    await s.shot(at.page, 'formats');
    await at.finish();
    const { total } = await at.result();
    const row = await exam.recomputed(number);
    assert.ok(total >= 2 && JSON.stringify(row).includes(String(total)), `${total} on the page, ${JSON.stringify(row)} in the journal`);
  });
});
