import test from 'node:test';
import assert from 'node:assert/strict';
import { BEAT, Line, POLL, SILENCE, UPGRADE_AGAIN, delay } from './socket.js';

/** A world whose time moves only when it is told to. */
function world({ accept = () => true, greet = false, post = async () => ({ status: 0, body: {} }) } = {}) {
  const w = {
    time: 0, timers: [], sockets: [], posts: [], heard: [], downs: 0,
    now: () => w.time, random: () => 0.5,
    later(f, ms) { const timer = { f, at: w.time + ms }; w.timers.push(timer); return timer; },
    cancel(timer) { w.timers = w.timers.filter((x) => x !== timer); },
    socket() {
      const ws = { sent: [], closed: false, send: (text) => ws.sent.push(JSON.parse(text)), close: () => { ws.closed = true; }, at: w.time };
      w.sockets.push(ws);
      w.later(() => { if (accept(w.sockets.length)) { ws.onopen?.(); if (greet) ws.onmessage?.({ data: JSON.stringify(welcome) }); } else ws.onclose?.({ code: 1006 }); }, 1);
      return ws;
    },
    post(frames) { w.posts.push({ frames, at: w.time }); return post(frames); },
    say(frame) { w.sockets.at(-1).onmessage?.({ data: JSON.stringify(frame) }); },
    async pass(ms) {
      const end = w.time + ms;
      for (;;) {
        await new Promise((r) => setImmediate(r));
        const next = w.timers.filter((x) => x.at <= end).sort((a, b) => a.at - b.at)[0];
        if (!next) break;
        w.cancel(next);
        w.time = next.at;
        next.f();
      }
      w.time = end;
    },
  };
  w.line = new Line(w, { hello: () => ({ t: 'hello', have: 3 }), frame: (f) => w.heard.push(f), down: () => { w.downs += 1; } });
  return w;
}
const welcome = { t: 'welcome', retry: { from: 100, to: 300 } };

test('the delay is drawn from the window, doubles to eight seconds, and a bye is a floor', () => {
  const at = (n, floor, r) => delay({ from: 200, to: 4_000 }, n, floor, () => r);
  assert.equal(at(0, 0, 0), 200);
  assert.equal(at(0, 0, 1), 4_000);
  assert.equal(at(3, 0, 0), 1_600);
  assert.equal(at(9, 0, 0), 8_000);
  assert.equal(at(0, 5_000, 0), 5_000);
  assert.equal(delay({ from: 0, to: 20_000 }, 0, 0, () => 1), 20_000);
});

test('hello is the first frame, and nothing is sent before the server has spoken', async () => {
  const w = world();
  w.line.start();
  await w.pass(10);
  assert.deepEqual(w.sockets[0].sent, [{ t: 'hello', have: 3 }]);
  assert.equal(w.line.send({ t: 'look', q: 1 }), false);
  w.say(welcome);
  assert.equal(w.line.send({ t: 'look', q: 1 }), true);
  assert.equal(w.sockets[0].sent.length, 2);
});

test('it beats every two seconds, and with answers stays up', async () => {
  const w = world();
  w.line.start();
  await w.pass(10);
  w.say(welcome);
  for (let i = 0; i < 10; i++) { await w.pass(BEAT); w.say({ t: 'beat' }); }
  assert.equal(w.downs, 0);
  assert.equal(w.sockets[0].sent.filter((f) => f.t === 'beat').length, 10);
});

test('silence brings the line down within five seconds of the last word, and it comes back by itself', async () => {
  const w = world();
  w.line.start();
  await w.pass(10);
  w.say(welcome);
  await w.pass(SILENCE + 50);
  assert.equal(w.downs, 1);
  assert.equal(w.sockets[0].closed, true);
  await w.pass(1_000);
  assert.equal(w.sockets.length, 2);
});

test('a bye that moves is a floor for the return', async () => {
  const w = world();
  w.line.start();
  await w.pass(10);
  w.say(welcome);
  w.say({ t: 'bye', code: 'server_moving', retry: 3_000 });
  w.sockets[0].onclose?.({ code: 4006 });
  await w.pass(2_900);
  assert.equal(w.sockets.length, 1);
  await w.pass(200);
  assert.equal(w.sockets.length, 2);
});

test('after superseded it does not come back, also when only the close code came through', async () => {
  for (const end of [(w) => w.say({ t: 'bye', code: 'superseded' }), (w) => w.sockets[0].onclose({ code: 4003 })]) {
    const w = world();
    w.line.start();
    await w.pass(10);
    w.say(welcome);
    end(w);
    await w.pass(60_000);
    assert.equal(w.sockets.length, 1);
    assert.deepEqual(w.heard.filter((f) => f.t === 'bye').map((f) => f.code), ['superseded']);
  }
});

test('after three failed upgrades it speaks plain HTTP, hello first, and polls every five seconds', async () => {
  const w = world({ accept: () => false, post: async (frames) => ({ status: 200, body: { frames: frames[0]?.t === 'hello' ? [welcome] : [{ t: 'beat' }] } }) });
  w.line.start();
  await w.pass(20_000);
  assert.equal(w.sockets.length, 3);
  assert.deepEqual(w.posts[0].frames.map((f) => f.t), ['hello']);
  const first = w.posts.length;
  await w.pass(POLL);
  assert.equal(w.posts.length, first + 1);
  w.line.send({ t: 'answer', op: '1' });
  await w.pass(1);
  assert.deepEqual(w.posts.at(-1).frames, [{ t: 'answer', op: '1' }]);
});

test('on plain HTTP it goes over to a websocket as soon as one works', async () => {
  let open = false;
  const w = world({ accept: () => open, greet: true, post: async () => ({ status: 200, body: { frames: [welcome] } }) });
  w.line.start();
  await w.pass(20_000);
  open = true;
  while (w.line.http) await w.pass(1_000);
  assert.ok(w.time < 60_000);
  assert.equal(w.line.up, true);
  const polls = w.posts.length;
  for (let i = 0; i < 5; i++) { await w.pass(BEAT); w.say({ t: 'beat' }); }
  assert.equal(w.posts.length, polls);
});

/**
 * A page on plain HTTP and the server that it speaks with: whoever said hello last has the attempt, and a request of
 * who had it before is answered with `superseded`. It takes 150 ms
 * until a request is looked at, and a word on a socket 100 ms each way.
 */
function polling({ deaf = false } = {}) {
  const w = world({ accept: () => w.open === true, post: (frames) => new Promise((done) => {
    w.later(() => {
      if (frames[0]?.t === 'hello') w.holder = 'http';
      const answer = w.holder !== 'http' ? { t: 'bye', code: 'superseded' } : frames[0]?.t === 'hello' ? welcome : { t: 'beat' };
      w.later(() => done({ status: 200, body: { frames: [answer] } }), 10);
    }, 150);
  }) });
  const socket = w.socket;
  w.socket = () => {
    const ws = socket();
    ws.send = (text) => {
      const frame = JSON.parse(text);
      ws.sent.push(frame);
      if (frame.t !== 'hello') return;
      w.later(() => { w.holder = 'ws'; if (!deaf) w.later(() => ws.onmessage?.({ data: JSON.stringify(welcome) }), 100); }, 100);
    };
    return ws;
  };
  return w;
}

test('while it goes over to a websocket it asks nothing on the way that it leaves: the server takes it for another page', async () => {
  // whenever within the beat of the polls the socket opens, and whatever is chosen meanwhile
  for (let late = 0; late < 500; late += 10) {
    const w = polling();
    w.line.start();
    while (!w.line.http || !w.line.up) await w.pass(10);
    w.open = true;
    await w.pass(UPGRADE_AGAIN - 400 + late - w.time % 10);
    w.line.send({ t: 'answer', op: '1' });
    for (let i = 0; i < 100; i++) await w.pass(10);
    assert.deepEqual([w.line.running, w.line.up, w.line.http], [true, true, false], `an answer ${late} ms after`);
    assert.deepEqual(w.heard.filter((f) => f.t === 'bye'), []);
    assert.ok(w.downs > 0, 'what was not answered is sent again');
  }
});

test('what a frame of a poll lets the page send goes behind the hello of a websocket that waits for that poll', async () => {
  for (let late = 0; late < 200; late += 10) {
    const w = polling();
    w.line.listener.frame = (/** @type {any} */ f) => { w.heard.push(f); if (f.t === 'beat' && w.line.http) w.line.send({ t: 'answer', op: '1' }); };
    w.line.start();
    while (!w.line.http || !w.line.up) await w.pass(10);
    w.open = true;
    await w.pass(UPGRADE_AGAIN - 400 + late - w.time % 10);
    for (let i = 0; i < 100; i++) await w.pass(10);
    assert.deepEqual([w.line.running, w.line.up, w.line.http], [true, true, false], `${late} ms after`);
    assert.deepEqual(w.heard.filter((f) => f.t === 'bye'), []);
  }
});

test('a goodbye on the websocket that it would go over to is one, also while a request is under way', async () => {
  const w = world({ accept: () => w.open === true, post: () => new Promise((done) => { w.later(() => done({ status: 200, body: { frames: [welcome] } }), 2_000); }) });
  w.line.start();
  while (!w.line.http || !w.line.up) await w.pass(10);
  while (w.sockets.length < 4) { w.open = true; await w.pass(1); }
  w.line.send({ t: 'answer', op: '1' });
  await w.pass(10);
  assert.deepEqual([w.line.asking, w.sockets[3].sent], [true, []]);
  w.say({ t: 'bye', code: 'server_moving', retry: 3_000 });
  w.sockets[3].onclose?.({ code: 4006 });
  assert.deepEqual([w.line.up, w.line.running], [false, true]);
  for (let i = 0; i < 100 && !w.sockets[4]?.sent.length; i++) await w.pass(100);
  assert.deepEqual(w.sockets[4].sent.map((f) => f.t), ['hello']);
  w.say(welcome);
  assert.deepEqual([w.line.up, w.line.http], [true, false]);
});

test('where a websocket takes the hello and brings nothing, polling goes on with a hello of its own', async () => {
  const w = polling({ deaf: true });
  w.line.start();
  while (!w.line.http || !w.line.up) await w.pass(10);
  w.open = true;
  const downs = w.downs;
  await w.pass(UPGRADE_AGAIN + SILENCE + 200);
  assert.equal(w.holder, 'http');
  assert.deepEqual([w.line.running, w.line.up, w.line.http], [true, true, true]);
  assert.equal(w.downs, downs + 1, 'what was not answered is sent again');
  await w.pass(UPGRADE_AGAIN + SILENCE + 200);
  assert.equal(w.sockets.length, 5, 'it tries again');
  assert.deepEqual(w.heard.filter((f) => f.t === 'bye'), []);
});

test('a server that is gone is tried both ways until it is back', async () => {
  let alive = false;
  const w = world({ accept: () => alive, greet: true });
  w.line.start();
  await w.pass(60_000);
  assert.ok(w.posts.length > 0);
  alive = true;
  for (let i = 0; i < 30 && !w.line.up; i++) await w.pass(1_000);
  assert.equal(w.line.up, true);
});
