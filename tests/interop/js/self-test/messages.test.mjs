import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { deflateSync, gzipSync } from 'node:zlib';
import { fromHex } from '../bytes.mjs';
import { beginTry, checkChoice } from '../code.mjs';
import { NotInForm, REFUSALS, Refusal } from '../errors.mjs';
import { inspect, inspectText } from '../inspect.mjs';
import { keyValue } from '../keys.mjs';
import { MemoryAnswerStore, MemoryReplayStore } from '../replay.mjs';
import { entryAt, inflate, sizeOf, verifyStatusList } from '../status_list.mjs';
import { writeText } from '../text.mjs';
import { verifyTrustList } from '../trust_list.mjs';
import { STEPS, skewOf, verifyPresentation } from '../verify.mjs';
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
  terminal: { certificates: [], open: null },
  now: NOW,
  trustList: fixture.trustList,
  statusLists: [statusList],
  replay: new MemoryReplayStore(null),
  answers: new MemoryAnswerStore(),
  policy: { environment: 1, leastBinding: 0, leastUserVerification: 0, skewLimit: 60, purposes: new Map() },
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

test('trust lists', () => {
  const read = (/** @type {Parameters<typeof fixture.trustListBytes>[0]} */ changes, environment = 1, newest = 7) =>
    verifyTrustList(fixture.trustListBytes(changes), fixture.roots, environment, newest);
  assert.equal(read({}).version, 7);
  assert.throws(() => read({ seed: fixture.seed(99) }), refused('trust-list-signature'));
  assert.throws(() => read({ uses: [2, 1] }), refused('trust-list-structure'));
  const unsound = keyValue({ suite: 1, x: fixture.seed(0) });
  assert.throws(() => read({ key: unsound }), refused('trust-list-key'));
  assert.throws(() => read({ authorities: [{ key: unsound }] }), refused('trust-list-key'));
  assert.equal(read({ authorities: [{ id: 'insurer' }, {}] }).authorities.length, 2);
  for (const authorities of [[], [{}, {}], [{ uses: [1] }], [{ uses: [4, 4] }], [{ categories: [7, 2] }], [{ categories: [9] }]]) {
    assert.throws(() => read({ authorities }), refused('trust-list-structure'));
  }
  assert.throws(() => read({ uses: [1, 4] }), refused('trust-list-structure'));
  assert.throws(() => read({}, 0), refused('trust-list-environment'));
  assert.throws(() => read({}, 1, 8), refused('trust-list-rollback'));
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
  const listed = new Map(rows.map(([, , code, failure, advice]) => [code, [failure, advice]]));
  assert.deepEqual(new Map(Object.entries(REFUSALS)), listed);
});

test('the inspector marks every line', () => {
  const text = inspect(fixture.presentationBytes(1, true));
  assert.match(text, /^UNVERIFIED presentation, /);
  assert.match(text, /4 name in use|1 family name: "MARTIN"/);
  assert.ok(text.trimEnd().split('\n').every((line) => line.startsWith('UNVERIFIED ') || line.startsWith('form: ')));
  assert.match(inspect(fixture.trustListBytes()), /^UNVERIFIED trust-list, /);
  assert.match(inspect(fixture.statusListBytes()), /^UNVERIFIED status-list, /);
  assert.match(inspect(fixture.certificateBytes()), /^UNVERIFIED certificate, .*\n.*as specified\n/);
  assert.match(inspect(fixture.challengeBytes()), /^UNVERIFIED challenge, [^]*name: "Pharmacie"/);
  assert.match(inspectText(writeText('sealed', fromHex('00'))), /^UNVERIFIED sealed answer, 1 bytes/);
  assert.match(inspectText(writeText('certificate', fromHex('00'))), /certificate-structure/);
  assert.match(inspect(fromHex('ff')), /REFUSED/);
});
