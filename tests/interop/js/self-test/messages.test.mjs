import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { deflateSync, gzipSync } from 'node:zlib';
import { fromHex } from '../bytes.mjs';
import { beginTry, checkChoice } from '../code.mjs';
import { NotInForm, REFUSALS, Refusal } from '../errors.mjs';
import { skewOf } from '../grade.mjs';
import { inspect, inspectText } from '../inspect.mjs';
import { MemoryAnswerStore, MemoryReplayStore } from '../replay.mjs';
import { entryAt, inflate, sizeOf, verifyStatusList } from '../status_list.mjs';
import { writeText } from '../text.mjs';
import { STEPS, verifyPresentation } from '../verify.mjs';
import * as fixture from './fixture.mjs';

const { NOW, DAY } = fixture;
const statusList = verifyStatusList(fixture.statusListBytes(), fixture.trustList);

/** @param {string} code */
const refused = (code) => (/** @type {unknown} */ error) => {
  assert.ok(error instanceof Refusal, String(error));
  assert.equal(error.code, code);
  return true;
};

/**
 * @param {Uint8Array} bytes
 * @param {Partial<import('../verify.mjs').Given>} [changes]
 */
const verify = (bytes, changes = {}) => verifyPresentation({
  text: writeText('presentation', bytes),
  session: 'a',
  purpose: 1,
  terminal: { categories: [], certificates: [], open: null },
  now: NOW,
  timeFloor: 0,
  trustList: fixture.trustList,
  statusLists: [statusList],
  replay: new MemoryReplayStore(null),
  answers: new MemoryAnswerStore(),
  policy: fixture.policy,
  ...changes,
});

test('accepted', () => {
  for (const suite of /** @type {const} */ ([1, 2])) {
    const full = verify(fixture.presentationBytes(suite, true));
    assert.deepEqual([full.proofs, full.reasons, full.skew, full.repeated], [['issuer', 'device', 'code'], [], 0, false]);
    const degraded = verify(fixture.presentationBytes(suite, false));
    assert.deepEqual([degraded.proofs, degraded.reasons], [['issuer', 'device'], ['no-code']]);
  }
});

test('times', () => {
  const bytes = fixture.presentationBytes(1, true);
  assert.deepEqual(verify(bytes, { now: NOW - 60 }).skew, 60);
  assert.throws(() => verify(bytes, { now: NOW - 61 }), refused('presentation-not-yet-valid'));
  assert.equal(verify(bytes, { now: NOW + 119 }).skew, -60);
  assert.throws(() => verify(bytes, { now: NOW + 120 }), refused('presentation-expired'));
  assert.throws(() => verify(bytes, { now: NOW + DAY }), refused('trust-list-expired'));
  assert.deepEqual([NOW - 1, NOW, NOW + 59, NOW + 60].map((now) => skewOf({ iat: NOW, exp: NOW + 60 }, now)), [1, 0, 0, -1]);
});

test('the time floor', () => {
  const bytes = fixture.presentationBytes(1, true);
  assert.throws(() => verify(bytes, { now: NOW - 301, timeFloor: NOW }), refused('clock-behind'));
  // Without the floor this would be too early; with it, it is now.
  assert.equal(verify(bytes, { now: NOW - 300, timeFloor: NOW }).skew, 0);
  assert.equal(verify(bytes, { now: NOW, timeFloor: NOW - 1000 }).skew, 0);
  assert.throws(() => verify(bytes, { now: NOW, timeFloor: NOW + 120 }), refused('presentation-expired'));
  assert.throws(() => verify(fixture.certificateBytes(), { now: 0, timeFloor: NOW }), refused('cose-structure'));
});

test('how old what is known may be', () => {
  const bytes = fixture.presentationBytes(1, true, { card: { rightsAsOf: Math.floor(NOW / DAY) - 10 } });
  /** @param {Partial<import('../verify.mjs').Policy>} [changes] @param {number} [now] */
  const by = (changes, now = NOW) => verify(bytes, { now, policy: { ...fixture.policy, ...changes } });
  assert.deepEqual(by({ rightsAge: 10, trustNotice: DAY - 1, statusGrace: 0 }).reasons, []);
  assert.deepEqual(by({ rightsAge: 9, trustNotice: DAY }).reasons, ['trust-list-ending', 'rights-old']);
  // The list was made 60 seconds before NOW, and its ttl is an hour.
  const shown = fixture.presentationBytes(2, true, { iat: NOW + 3600 });
  /** @param {number} statusGrace @param {number} now */
  const late = (statusGrace, now) => verify(shown, { now, policy: { ...fixture.policy, statusGrace } });
  assert.deepEqual(late(1, NOW + 3540).reasons, ['status-list-old']);
  assert.throws(() => late(0, NOW + 3540), refused('status-too-old'));
  assert.deepEqual(late(120, NOW + 3659).reasons, ['status-list-old']);
  assert.throws(() => late(120, NOW + 3660), refused('status-too-old'));
});

test('a status list does not outlive its key, nor its issuer', () => {
  const bytes = fixture.presentationBytes(1, true);
  const ended = { trustList: fixture.trustListWith({ withdrawn: [NOW - 60, true] }) };
  assert.throws(() => verify(bytes, ended), refused('status-unavailable'));
  assert.ok(verify(bytes, { trustList: fixture.trustListWith({ withdrawn: [NOW - 59, true] }) }));
  const ahead = [{ ...statusList, iat: NOW + 301 }, { ...statusList, iat: NOW + 300 }];
  assert.throws(() => verify(bytes, { statusLists: [statusList, ahead[0]] }), refused('status-unavailable'));
  assert.ok(verify(bytes, { statusLists: [statusList, ahead[1]] }));
});

test('status and rights', () => {
  /** @param {number} index */
  const at = (index) => fixture.presentationBytes(1, true, { card: { status: [5, index] } });
  assert.throws(() => verify(at(1)), refused('card-revoked'));
  assert.throws(() => verify(at(2)), refused('card-suspended'));
  assert.ok(verify(at(3)));
  assert.throws(() => verify(at(4)), refused('status-unavailable'));
  assert.throws(() => verify(at(0), { statusLists: [] }), refused('status-unavailable'));
  const today = Math.floor(NOW / DAY);
  assert.ok(verify(fixture.presentationBytes(1, true, { card: { rightsUntil: today + 1 } })));
  assert.throws(() => verify(fixture.presentationBytes(1, true, { card: { rightsUntil: today } })), refused('rights-ended'));
  assert.throws(() => verify(fixture.presentationBytes(1, true, { card: { test: null } })), refused('wrong-environment'));
});

test('one changed bit anywhere is refused, always with a Refusal', () => {
  for (const withCode of [true, false]) {
    const bytes = fixture.presentationBytes(1, withCode);
    for (let i = 0; i < bytes.length; i++) {
      const changed = bytes.slice();
      changed[i] ^= 1 << (i % 8);
      assert.throws(() => verify(changed), Refusal, `byte ${i}`);
    }
  }
});

test('replays', () => {
  const bytes = fixture.presentationBytes(1, true);
  const replay = new MemoryReplayStore(1);
  assert.equal(verify(bytes, { replay }).repeated, false);
  assert.equal(verify(bytes, { replay }).repeated, true);
  assert.throws(() => verify(bytes, { replay, session: 'b' }), refused('replayed'));
  assert.throws(() => verify(fixture.presentationBytes(2, true), { replay }), refused('replay-store-full'));
  const store = new MemoryReplayStore(1);
  assert.equal(store.insertIfAbsent('x', 's', 10, 0), 'fresh');
  assert.equal(store.insertIfAbsent('y', 's', 20, 9), 'full');
  assert.equal(store.insertIfAbsent('y', 's', 20, 10), 'fresh');
  assert.equal(store.insertIfAbsent('y', 's', 30, 11), 'repeated');
  assert.equal(store.insertIfAbsent('y', 't', 30, 29), 'replayed');
  assert.equal(store.insertIfAbsent('y', 't', 40, 30), 'fresh');
});

test('status lists', () => {
  assert.equal(sizeOf(statusList), 4);
  assert.deepEqual([0, 1, 2, 3, 4].map((i) => entryAt(statusList, i)), [0, 1, 2, 3, null]);
  for (const sub of [`${fixture.BASE}/05`, `${fixture.BASE}/65536`, `${fixture.BASE}/`, fixture.BASE, `${fixture.BASE}//5`, '5', `${fixture.BASE}/5\u0660`]) {
    assert.throws(() => verifyStatusList(fixture.statusListBytes({ sub }), fixture.trustList), refused('status-list-issuer'));
  }
  const lst = fromHex('00');
  assert.throws(() => verifyStatusList(fixture.statusListBytes({ lst }), fixture.trustList), refused('status-list-content'));
});

test('one zlib stream, no more, no less, not too long', () => {
  const most = new Uint8Array(262_144).fill(1);
  assert.deepEqual(inflate(deflateSync(most)), most);
  const one = Uint8Array.from(deflateSync(Uint8Array.of(5)));
  assert.deepEqual(inflate(one), Uint8Array.of(5));
  const wrongSum = one.slice();
  wrongSum[wrongSum.length - 1] ^= 1;
  for (const stream of [
    deflateSync(new Uint8Array(262_145)),
    deflateSync(new Uint8Array(50_000_000)),
    deflateSync(new Uint8Array(0)),
    deflateSync(most, { dictionary: most.subarray(0, 100) }),
    gzipSync(most),
    Buffer.concat([one, Buffer.of(0)]),
    Buffer.concat([one, one]),
    one.subarray(0, -1),
    one.subarray(0, -4),
    wrongSum,
    new Uint8Array(0),
  ]) {
    assert.throws(() => inflate(Uint8Array.from(stream)), NotInForm);
  }
});

test('the code', () => {
  for (const code of ['000000', '123456', '789012', '210987', '654321', '010190', '900101']) {
    assert.throws(() => checkChoice(code, '1990-01-01'), refused('code-weak'), code);
  }
  for (const code of ['12345', '1234567', '12345a', '１２３４５６', '123456\n', '']) {
    assert.throws(() => checkChoice(code, null), refused('code-form'), code);
  }
  checkChoice('135790', '1990-01-01');
  assert.deepEqual(beginTry(0, 0, 0), { failed: 1, lastTry: 0 });
  assert.deepEqual(beginTry(2, 100, 99), { failed: 3, lastTry: 100 });
  assert.throws(() => beginTry(3, 100, 159), refused('code-delayed'));
  assert.deepEqual(beginTry(3, 100, 160), { failed: 4, lastTry: 160 });
  assert.throws(() => beginTry(10, 0, 1e9), refused('code-locked'));
});

test('every row refuses with a known code', () => {
  for (const row of STEPS) assert.ok('run' in row || row.code in REFUSALS);
});

test("the refusals are those of the specification's tables, each with its class and advice", () => {
  const spec = readFileSync(new URL('../../../../spec/vitaletoken.md', import.meta.url), 'utf8');
  const tables = [...spec.matchAll(/<!-- steps:[a-z-]+ -->\n((?:\|.*\n)+)/g)].map(([, table]) => table.trimEnd().split('\n').slice(2));
  const rows = tables.flat().map((row) => row.split('|').map((cell) => cell.trim().replaceAll('`', '')));
  // A step that has only the codes of others has a dash.
  const own = rows.filter(([, , code]) => code !== '–');
  const listed = new Map(own.map(([, , code, failure, advice]) => [code, [failure, advice]]));
  assert.deepEqual(new Map(Object.entries(REFUSALS)), listed);
});

test('the inspector marks every line', () => {
  const text = inspect(fixture.presentationBytes(1, true));
  assert.match(text, /^UNVERIFIED presentation, /);
  assert.match(text, /4 name in use|1 family name: "MARTIN"/);
  assert.ok(text.trimEnd().split('\n').every((line) => line.startsWith('UNVERIFIED ') || line.startsWith('form: ')));
  assert.match(inspect(fixture.trustListBytes()), /^UNVERIFIED trust-list, /);
  assert.match(inspect(fixture.statusListBytes()), /^UNVERIFIED status-list, /);
  const snapshot = fixture.snapshotBytes({ 5: Uint8Array.of(0) });
  assert.match(inspect(snapshot), /^UNVERIFIED snapshot, .*\n.*as specified\n[^]*1 sequence number: 1\n/);
  const delta = fixture.deltaBytes(snapshot, snapshot, [[5, [[2, fromHex('00')]]]]);
  assert.match(inspect(delta), /^UNVERIFIED delta, .*\n.*as specified\n[^]*becomes: 2 \(suspended\)\n/);
  assert.match(inspect(fixture.certificateBytes()), /^UNVERIFIED certificate, .*\n.*as specified\n/);
  assert.match(inspect(fixture.challengeBytes()), /^UNVERIFIED challenge, [^]*name: "Pharmacie"/);
  assert.match(inspectText(writeText('sealed', fromHex('00'))), /^UNVERIFIED sealed answer, 1 bytes/);
  assert.match(inspectText(writeText('certificate', fromHex('00'))), /certificate-structure/);
  assert.match(inspect(fromHex('ff')), /REFUSED/);
});
