import test from 'node:test';
import assert from 'node:assert/strict';
import { Outbox } from './outbox.js';

/** A store in memory that can be told to fail. */
function memory(rows = []) {
  const store = {
    rows: new Map(rows.map((r) => [r.key, r])), fails: false,
    async load() { return [...store.rows.values()]; },
    async put(_, entry) { if (store.fails) throw new Error('disk'); store.rows.set(entry.key, entry); },
    async remove(_, key, op) { if (store.rows.get(key)?.frame.op === op) store.rows.delete(key); },
    async erase() { store.rows.clear(); },
  };
  return store;
}
const answer = (op, q, c) => ({ t: 'answer', op, q, c });
const ops = (box, now = 0) => box.due(now).map((f) => f.op);

/** What the server has of the form `f`. */
const welcome = (answers = {}, marks = [], etag = 'f') => ({ etag, answers, marks });

async function opened(store = memory()) {
  const box = new Outbox(store);
  await box.open('E/1', welcome(), 0);
  return box;
}

/** Another load of the page on the same computer. */
async function reopened(store, greeting) {
  const box = new Outbox(store);
  const gone = await box.open('E/1', greeting, 0);
  return { gone: gone.map((f) => f.op), waits: ops(box) };
}

test('the newest op of an item replaces the older, answers and marks apart, in the order of choice', async () => {
  const box = await opened();
  await box.add(answer('1', 7, 'a'), 0);
  await box.add(answer('2', 8, 'a'), 0);
  await box.add({ t: 'mark', op: '3', q: 7, on: true }, 0);
  await box.add(answer('4', 7, 'b'), 0);
  assert.deepEqual(ops(box), ['2', '3', '4']);
});

test('what is on its way is not sent twice, and after a loss everything is sent again', async () => {
  const box = await opened();
  await box.add(answer('1', 1, 'a'), 0);
  box.sent('1');
  assert.deepEqual(ops(box), []);
  box.ground();
  assert.deepEqual(ops(box), ['1']);
});

test('after a no that is not final the same op goes first, and nothing later before it', async () => {
  const box = await opened();
  await box.add(answer('1', 1, 'a'), 0);
  await box.add(answer('2', 2, 'a'), 0);
  box.sent('1');
  box.defer('1', 500);
  assert.deepEqual(ops(box, 499), []);
  assert.deepEqual(ops(box, 500), ['1', '2']);
});

test('a refusal of an op that was replaced meanwhile holds back its successor too', async () => {
  const box = await opened();
  await box.add(answer('1', 1, 'a'), 0);
  box.sent('1');
  await box.add(answer('2', 1, 'b'), 0);
  box.defer('1', 500);
  assert.deepEqual(ops(box, 100), []);
  assert.deepEqual(ops(box, 500), ['2']);
});

test('paused waits for a clock that runs', async () => {
  const box = await opened();
  await box.add(answer('1', 1, 'a'), 0);
  box.defer('1', Infinity);
  assert.deepEqual(ops(box, 1e9), []);
  box.run();
  assert.deepEqual(ops(box, 0), ['1']);
});

test('an ok for an older op leaves the newer choice waiting, in memory and on disk', async () => {
  const store = memory();
  const box = await opened(store);
  await box.add(answer('1', 1, 'a'), 0);
  await box.add(answer('2', 1, 'b'), 0);
  assert.equal(box.settle('1', true), null);
  assert.equal(box.size, 1);
  assert.equal(store.rows.get('answer 1').frame.op, '2');
  assert.equal(box.settle('2', true).c, 'b');
  await Promise.resolve();
  assert.equal(store.rows.size, 0);
});

test('a reload finds what was not confirmed, in the order of choice', async () => {
  const box = await opened(memory([{ key: 'answer 2', seq: 9, frame: answer('9', 2, 'c') }, { key: 'answer 1', seq: 4, frame: answer('4', 1, 'a') }]));
  assert.deepEqual(ops(box), ['4', '9']);
  await box.add(answer('10', 3, 'a'), 0);
  assert.deepEqual(ops(box), ['4', '9', '10']);
});

test('a choice made while the disk is read is the newer one', async () => {
  const box = new Outbox(memory([{ key: 'answer 1', seq: 4, frame: answer('old', 1, 'a') }]));
  const reading = box.open('E/1', welcome(), 0);
  await box.add(answer('new', 1, 'b'), 0);
  await reading;
  assert.deepEqual(ops(box), ['new']);
});

test('a disk that fails is told, and the op is still sent', async () => {
  const store = memory();
  const box = await opened(store);
  store.fails = true;
  await assert.rejects(box.add(answer('1', 1, 'a'), 0));
  assert.deepEqual(ops(box), ['1']);
});

test('the finish erases everything', async () => {
  const store = memory();
  const box = await opened(store);
  await box.add(answer('1', 1, 'a'), 0);
  await box.erase();
  assert.equal(box.size + store.rows.size, 0);
});

test('what waits is sent after another sign-in, too, unless the server has what was not known here: that is newer, and stands', async () => {
  const store = memory();
  const box = await opened(store);
  await box.add(answer('1', 1, 'a'), 0);
  await box.add(answer('2', 2, 'a'), 0);
  await box.add({ t: 'mark', op: '3', q: 1, on: true }, 0);
  const greeting = welcome({ 1: 'd' }, []);
  assert.deepEqual((await box.open('E/1', greeting, 0)).map((f) => f.op), ['1']);
  assert.deepEqual(ops(box), ['2', '3']);
  assert.deepEqual(await reopened(store, greeting), { gone: [], waits: ['2', '3'] });
  assert.deepEqual(await reopened(store, welcome({ 2: 'c' }, [1])), { gone: ['2'], waits: ['3'] });
});

test('a choice that was made here and never sent is not known to the server: the same letter there is another choice', async () => {
  const store = memory();
  const box = await opened(store);
  await box.add(answer('1', 1, 'a'), 0);
  await box.add(answer('2', 1, 'b'), 0);
  assert.deepEqual(await reopened(store, welcome({ 1: 'a' })), { gone: ['2'], waits: [] });
});

test('a choice that may have reached the server, and whose answer was lost, is followed by the newer one', async () => {
  const store = memory();
  const box = await opened(store);
  await box.add(answer('1', 1, 'a'), 0);
  box.sent('1');
  await box.add(answer('2', 1, 'b'), 0);
  box.ground();
  for (const answers of [{}, { 1: 'a' }, { 1: 'b' }]) assert.deepEqual(await reopened(memory([...store.rows.values()]), welcome(answers)), { gone: [], waits: ['2'] });
  assert.deepEqual(await box.open('E/1', welcome({ 1: 'a' }), 0), []);
  assert.deepEqual(ops(box), ['2']);
});

test('what was stored is what the next choice comes after; what was refused may stand, held', async () => {
  const store = memory();
  const box = await opened(store);
  await box.add(answer('1', 1, 'a'), 0);
  box.sent('1');
  box.settle('1', true);
  await box.add(answer('2', 1, 'b'), 0);
  assert.deepEqual(await reopened(memory([...store.rows.values()]), welcome({ 1: 'a' })), { gone: [], waits: ['2'] });
  assert.deepEqual(await reopened(memory([...store.rows.values()]), welcome({})), { gone: ['2'], waits: [] });
  box.sent('2');
  box.settle('2', false);
  await box.add(answer('3', 1, 'c'), 0);
  for (const answers of [{ 1: 'a' }, { 1: 'b' }]) assert.deepEqual(await reopened(memory([...store.rows.values()]), welcome(answers)), { gone: [], waits: ['3'] });
});

test('what was chosen on another form is not sent on this one, and nobody needs to hear of it', async () => {
  const store = memory();
  const box = await opened(store);
  await box.add(answer('1', 1, 'a'), 0);
  assert.deepEqual(await reopened(store, welcome({}, [], 'g')), { gone: [], waits: [] });
  assert.equal(store.rows.size, 0);
});

test('what waits when the attempt is over is handed in, whatever the server has by then', async () => {
  const store = memory();
  const box = await opened(store);
  await box.add(answer('1', 1, 'a'), 0);
  assert.deepEqual(await reopened(store, { answers: { 1: 'b' }, marks: [] }), { gone: [], waits: ['1'] });
});

test('another candidate finds an outbox of their own, at once and when the disk has been read', async () => {
  const box = await opened();
  await box.add(answer('1', 1, 'a'), 0);
  box.store.load = async () => [];
  const opening = box.open('E/2', welcome(), 0);
  assert.equal(box.size, 0);
  await opening;
  assert.equal(box.size, 0);
});

test('what an earlier program kept is sent', async () => {
  assert.deepEqual(await reopened(memory([{ key: 'answer 1', seq: 4, frame: answer('4', 1, 'a') }]), welcome({ 1: 'b' })), { gone: [], waits: ['4'] });
});
