// @ts-check
// Two items that ask about one text are sat beside that text.

import assert from 'node:assert/strict';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe } from 'node:test';

import { scene, theatre } from './scene.mjs';

const sample = fileURLToPath(new URL('../../testdata/bank', import.meta.url));

/** Items of one topic and band, by the unit that they are put into. @type {Record<string, string>} */
const MEMBERS = { 'TWK-PIL-001': 'UJI-U-1', 'TWK-PIL-002': 'UJI-U-1', 'TWK-PIL-010': 'UJI-U-2', 'TWK-PIL-011': 'UJI-U-2' };
const PASSAGE = 'Bacalah petikan ini sebelum menjawab.';

/** The sample bank with two units of two items. @returns {Promise<{dir: string, files: string[]}>} */
async function units() {
  const dir = await mkdtemp(path.join(os.tmpdir(), 'terang-e2e-units-'));
  await cp(sample, dir, { recursive: true });
  const files = ['twk', 'tiu', 'tkp'].map((section) => path.join(dir, `${section}.bank`));
  let text = await readFile(files[0], 'utf8');
  for (const [id, unit] of Object.entries(MEMBERS)) text = text.replace(`== ${id} ==\n`, `== ${id} ==\nunit: ${unit}\n`);
  for (const unit of new Set(Object.values(MEMBERS))) {
    text += `\n== unit ${unit} ==\nversion: 1\nauthor: Ratna Wulandari\nreviewer: Ni Luh Sukerti\nlang: id\n\n${PASSAGE} (${unit})\n`;
  }
  await writeFile(files[0], text);
  return { dir, files };
}

describe('items that share a text', { concurrency: 1 }, () => {
  theatre();

  scene('stand side by side, each with the text, and no other item has it', async (s) => {
    const { dir, files } = await units();
    s.ends.push(() => rm(dir, { recursive: true, force: true }));
    const exam = await s.exam({
      candidates: 1, bank: files,
      change: (definition) => {
        const section = definition.blueprint.sections.find((/** @type {any} */ one) => one.id === 'TWK');
        section.cells.find((/** @type {any} */ c) => c.topic === 'pilar-negara' && c.band === 'easy').unit = 2;
      },
    });
    const pins = await exam.checkIn();
    const { number } = exam.people[0];
    const at = await s.computer(exam.url);
    await at.enter(number, pins['01']);
    await exam.act('start');
    await at.exam();
    const text = at.page.locator('#stem .stim');
    /** what stands beside each item, '' for nothing @type {string[]} */
    const beside = [];
    for (let q = 1; q <= 31; q++) {
      await at.go(q);
      beside.push(await text.count() ? await text.innerText() : '');
    }
    const from = beside.findIndex((words) => words !== '') + 1;
    assert.ok(from > 0 && from < 30, `no text beside ${beside.length} items`);
    assert.match(beside[from - 1], new RegExp(`soal ${from} sampai ${from + 1}`));
    assert.ok(beside[from - 1].includes(PASSAGE) && beside[from] === beside[from - 1], `the second item of the unit has ${JSON.stringify(beside[from])}`);
    assert.equal(beside.filter((words) => words !== '').length, 2);
    for (const q of [from, from + 1]) {
      await at.go(q);
      await at.choose('b');
    }
    await at.stored();
    await s.axe(at.page, 'an item of a unit');
    await s.shot(at.page, 'units');
    await at.finish();
    const { total } = await at.result();
    const row = await exam.recomputed(number);
    assert.ok(JSON.stringify(row).includes(String(total)), `${total} on the page, ${JSON.stringify(row)} in the journal`);
  });
});
