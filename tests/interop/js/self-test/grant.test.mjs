import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encode, mapOf } from '../cbor.mjs';
import { checkCareSheet } from '../care_sheet.mjs';
import { parseCertificate } from '../certificate.mjs';
import { parseChallenge } from '../challenge.mjs';
import { HEADER_DEVICE, HEADER_ED25519, cardAad, makeSign1 } from '../cose.mjs';
import { parseCredential } from '../credential.mjs';
import { Refusal } from '../errors.mjs';
import { acceptGrant } from '../grant.mjs';
import { inspect, inspectText } from '../inspect.mjs';
import { keyValue } from '../keys.mjs';
import { present } from '../presentation.mjs';
import { MemoryAnswerStore, MemoryReplayStore } from '../replay.mjs';
import { verifyStatusList } from '../status_list.mjs';
import { writeText } from '../text.mjs';
import { verifyPresentation } from '../verify.mjs';
import * as fixture from './fixture.mjs';
import { delegate } from './people.mjs';

const { NOW, DAY, seed, trustList, policy } = fixture;
const own = { deviceKey: delegate.device.key, codeKey: delegate.code.key.x };
const acting = { name: 'Léa Petit', purposes: [1, 3], categories: [2] };
const card = fixture.credentialBytes(1);

/** @param {string} code */
const refused = (code) => (/** @type {unknown} */ error) => {
  assert.ok(error instanceof Refusal, String(error));
  assert.equal(error.code, code);
  return true;
};

/**
 * By the owner of the fixture's card, whose device key is of suite 1, to the delegate, whose device key is of suite 2.
 * @param {{ about?: Uint8Array, iat?: number, exp?: number, to?: import('../keys.mjs').DeviceKey, codeKey?: Uint8Array,
 *   categories?: number[] | null, device?: Uint8Array, code?: Uint8Array }} [changes]
 */
function grantBytes({
  about = card, iat = NOW - 60, exp = NOW + DAY, to = own.deviceKey, codeKey = own.codeKey, categories = acting.categories,
  device = fixture.devices[1].seed, code = fixture.code.seed,
} = {}) {
  const { digest } = parseCredential(about);
  const claims = encode(mapOf([
    [4, exp], [6, iat], [7, seed(40).slice(0, 8)], [8, new Map([[1, keyValue(to)]])],
    [-65547, mapOf([[1, codeKey], [2, acting.name], [3, acting.purposes], [4, categories]])],
  ]));
  const inner = makeSign1(HEADER_ED25519, cardAad('grant-code', digest), claims, 1, code);
  return makeSign1(HEADER_DEVICE[1], cardAad('grant-device', digest), inner, 1, device);
}

// ---------------------------------------------------------------- G1 to G4

/** @param {Uint8Array} grant @param {Uint8Array} [lent] */
const lentText = (grant, lent = card) => writeText('lent-card', encode([lent, grant]));
/** @param {Uint8Array} grant @param {{ about?: Uint8Array, keys?: typeof own, now?: number }} [changes] */
const accept = (grant, { about = card, keys = own, now = NOW } = {}) => acceptGrant(lentText(grant, about), keys, trustList, now);

test("a grant on the delegate's phone", () => {
  assert.equal(accept(grantBytes()).grant.name, acting.name);
  assert.equal(accept(grantBytes({ categories: null })).grant.categories, null);
  assert.ok(accept(grantBytes({ iat: NOW + 600 })));
  assert.throws(() => acceptGrant(writeText('introduction', encode([card, grantBytes()])), own, trustList, NOW), refused('grant-text'));
  for (const item of [[card], [card, grantBytes(), card], [card, 'grant'], card]) {
    assert.throws(() => acceptGrant(writeText('lent-card', encode(item)), own, trustList, NOW), refused('grant-text'));
  }
  assert.throws(() => accept(grantBytes(), { about: grantBytes() }), refused('credential-structure'));
  assert.throws(() => accept(grantBytes(), { keys: { ...own, codeKey: fixture.code.key.x } }), refused('grant-not-mine'));
  assert.throws(() => accept(grantBytes(), { keys: { ...own, deviceKey: fixture.devices[2].key } }), refused('grant-not-mine'));
  const production = fixture.credentialBytes(1, { test: null });
  assert.throws(() => accept(grantBytes({ about: production }), { about: production }), refused('grant-not-mine'));
  assert.throws(() => accept(grantBytes({ exp: NOW + 5 }), { now: NOW + 5 }), refused('grant-over'));
});

test('what no card may lend, and to whom', () => {
  for (const changes of [{ exp: NOW - 60 }, { exp: NOW - 60 + 3 * DAY + 1 }, { categories: [] }, { categories: [2, 1] }]) {
    assert.throws(() => accept(grantBytes(changes)), refused('grant-structure'));
  }
  assert.ok(accept(grantBytes({ exp: NOW - 60 + 3 * DAY })));
  for (const by of [{ device: delegate.device.seed }, { code: delegate.code.seed }]) {
    assert.throws(() => accept(grantBytes(by)), refused('grant-signature'));
  }
  const another = fixture.credentialBytes(1, { quality: 2, policyholder: seed(9).slice(0, 8) });
  assert.throws(() => accept(grantBytes({ about: another })), refused('grant-signature'));
  for (const to of [fixture.devices[1].key, fixture.code.key]) assert.throws(() => accept(grantBytes({ to })), refused('grant-hop'));
  for (const { key } of [fixture.devices[1], fixture.code]) {
    assert.throws(() => accept(grantBytes({ codeKey: key.x })), refused('grant-hop'));
  }
  for (const changes of [{ acting }, { nir: '2850375123456' }]) {
    const about = fixture.credentialBytes(1, changes);
    assert.throws(() => accept(grantBytes({ about }), { about }), refused('grant-hop'));
  }
});

test('one changed bit anywhere in a grant is refused', () => {
  const grant = grantBytes();
  for (let i = 0; i < grant.length; i++) {
    const changed = grant.slice();
    changed[i] ^= 1 << (i % 8);
    assert.throws(() => accept(changed), Refusal, `byte ${i}`);
  }
});

// ---------------------------------------------------------------- V8 to V14

/**
 * @param {Uint8Array | null} grant
 * @param {{ binding?: number, context?: Uint8Array | null, device?: Uint8Array, code?: Uint8Array | null }} [changes]
 */
function lentPresentation(grant, { binding = 0, context = null, device = delegate.device.seed, code = delegate.code.seed } = {}) {
  const visit = { userVerification: code === null ? 1 : 3, binding, counter: 1, failedTries: 0, grant };
  return present(card, { iat: NOW, exp: NOW + 60, cti: seed(8).slice(0, 8), visit }, context, device, code);
}

/** @param {number} entry of the card @returns {import('../status_list.mjs').StatusList} with iat NOW - 60 */
const statusOf = (entry) => verifyStatusList(fixture.statusListBytes({ entries: Uint8Array.of(entry) }), trustList);

/** @param {Uint8Array} bytes @param {Partial<import('../verify.mjs').Given>} [changes] */
const verify = (bytes, changes = {}) => verifyPresentation({
  text: writeText('presentation', bytes), session: 'a', purpose: 1,
  terminal: { categories: [2], certificates: [], open: null },
  now: NOW, timeFloor: 0, trustList, statusLists: [statusOf(0)],
  replay: new MemoryReplayStore(null), answers: new MemoryAnswerStore(), policy,
  ...changes,
});

test('a presentation with a grant', () => {
  const bytes = lentPresentation(grantBytes());
  assert.deepEqual(
    verify(bytes).delegate,
    { ...acting, codeKey: own.codeKey, way: 'grant', until: NOW + DAY },
  );
  assert.throws(() => verify(lentPresentation(grantBytes(), { code: null })), refused('grant-code'));
  assert.throws(() => verify(lentPresentation(grantBytes(), { device: seed(99) })), refused('device-signature'));
  assert.throws(() => verify(lentPresentation(grantBytes(), { code: fixture.code.seed })), refused('code-signature'));
  assert.throws(() => verify(bytes, { purpose: 2 }), refused('delegation-scope'));
  assert.throws(() => verify(bytes, { terminal: { categories: [], certificates: [], open: null } }), refused('delegation-scope'));
  assert.throws(() => verify(lentPresentation(grantBytes({ iat: NOW + 61 }))), refused('grant-not-yet-valid'));
  assert.ok(verify(lentPresentation(grantBytes({ iat: NOW + 60 }))));
  assert.throws(() => verify(lentPresentation(grantBytes({ exp: NOW }))), refused('grant-expired'));
  assert.throws(() => verify(bytes, { policy: { ...policy, delegates: false } }), refused('delegation-not-allowed'));
  const earlier = lentPresentation(grantBytes({ iat: NOW - 61 }));
  assert.ok(verify(bytes, { statusLists: [statusOf(3)] }));
  assert.throws(() => verify(earlier, { statusLists: [statusOf(3)] }), refused('delegations-withdrawn'));
});

test('a presentation of a card lent through the issuer', () => {
  const bytes = fixture.presentationBytes(1, false, { card: { acting } });
  assert.deepEqual(verify(bytes).delegate, { ...acting, way: 'issuer', until: NOW + DAY });
  assert.ok(verify(bytes, { statusLists: [statusOf(3)] }));
  assert.throws(() => verify(bytes, { purpose: 2 }), refused('delegation-scope'));
  assert.throws(() => verify(bytes, { policy: { ...policy, delegates: false } }), refused('delegation-not-allowed'));
  assert.equal(verify(fixture.presentationBytes(1, false)).delegate, null);
});

test('a care sheet that a delegate signs', () => {
  /** @param {Uint8Array} challenge @param {Parameters<typeof grantBytes>[0]} [changes] */
  const check = (challenge, changes) => checkCareSheet(
    lentPresentation(grantBytes(changes), { binding: 2, context: challenge }), challenge, fixture.sheet, trustList,
  );
  const challenge = fixture.challengeBytes();
  assert.ok(parseCertificate(parseChallenge(challenge).claims.request.certificate).claims.terminal.categories.includes(2));
  assert.equal(check(challenge).delegate?.name, acting.name);
  assert.ok(check(fixture.challengeBytes({ purposes: [1, 3] })));
  assert.throws(() => check(fixture.challengeBytes({ purposes: [2, 3] })), refused('delegation-scope'));
  assert.throws(() => check(fixture.challengeBytes({ purposes: [2] })), refused('delegation-scope'));
  assert.throws(() => check(challenge, { categories: [3] }), refused('delegation-scope'));
  assert.throws(() => check(challenge, { iat: NOW + 301 }), refused('grant-not-yet-valid'));
  assert.throws(() => check(challenge, { iat: NOW - DAY, exp: NOW }), refused('grant-expired'));
});

test('the inspector names what is in a grant', () => {
  assert.match(inspect(grantBytes()), /^UNVERIFIED grant, .*\n.*as specified\n[^]*2 name: "Léa Petit"\n/);
  assert.match(inspectText(lentText(grantBytes())), /^UNVERIFIED lent-card, .*\n.*as specified\n[^]*"MARTIN"[^]*category: 2 \(pharmacy\)\n/);
  assert.match(inspect(lentPresentation(grantBytes())), /^UNVERIFIED presentation, .*\n.*as specified\n[^]*5 grant: [^]*2 name: "Léa Petit"\n/);
});
