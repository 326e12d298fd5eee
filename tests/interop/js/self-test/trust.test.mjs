import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encode } from '../cbor.mjs';
import { checkCertificate, parseCertificate } from '../certificate.mjs';
import { AAD, kidHeader, makeSign1 } from '../cose.mjs';
import { checkIssuer, parseCredential } from '../credential.mjs';
import { verifyOffer } from '../enrolment.mjs';
import { Refusal } from '../errors.mjs';
import { keyId, keyValue } from '../keys.mjs';
import { verifyStatusList } from '../status_list.mjs';
import { anchorOf, pin, verifyTrustList } from '../trust_list.mjs';
import * as fixture from './fixture.mjs';

const { NOW, DAY, ed25519Signer, listedKey, mlDsaSigner, rootSetOf, trustListBytes } = fixture;
/** @param {number} byte @returns {import('../keys.mjs').Ed25519Key} */
const ed = (byte) => /** @type {import('../keys.mjs').Ed25519Key} */ (ed25519Signer(byte).key);
/** @param {number} byte @returns {import('../keys.mjs').MlDsaKey} */
const ml = (byte) => /** @type {import('../keys.mjs').MlDsaKey} */ (mlDsaSigner(byte).key);
const small = /** @type {const} */ ({ suite: 1, x: fixture.seed(0) });
const unsound = keyValue(small);

/** @param {string} code */
const refused = (code) => (/** @type {unknown} */ error) => {
  assert.ok(error instanceof Refusal, String(error));
  assert.equal(error.code, code);
  return true;
};

/** @param {fixture.TrustListChanges} changes */
const read = (changes, anchor = fixture.anchor, postQuantum = false, environment = 1) =>
  verifyTrustList(trustListBytes(changes), anchor, environment, postQuantum);

test('trust lists', () => {
  const list = read({});
  const anchor = anchorOf(list);
  assert.equal(list.version, 7);
  assert.throws(() => read({ signers: [ed25519Signer(99)] }), refused('trust-list-signature'));
  assert.throws(() => read({ key: unsound }), refused('trust-list-key'));
  assert.throws(() => read({ authorities: [{ key: unsound }] }), refused('trust-list-key'));
  assert.equal(read({ authorities: [{ id: 'insurer' }, {}] }).authorities.length, 2);
  assert.throws(() => read({}, fixture.anchor, false, 0), refused('trust-list-environment'));
  assert.ok(read({}, anchor));
  assert.ok(read({ version: 8, uses: [1] }, anchor));
  assert.throws(() => read({ version: 6 }, anchor), refused('trust-list-rollback'));
  assert.throws(() => read({ uses: [1] }, anchor), refused('trust-list-rollback'));
});

test('the form of a trust list', () => {
  const pq = keyValue(mlDsaSigner(30).key);
  assert.ok(read({ more: [listedKey(pq, [5])] }));
  for (const more of [listedKey(pq, [1]), listedKey(pq, [5, 5]), listedKey(keyValue(fixture.issuer.key), [5])]) {
    assert.throws(() => read({ more: [more] }), refused('trust-list-structure'));
  }
  for (const uses of [[2, 1], [1, 4], [], [1, 1]]) assert.throws(() => read({ uses }), refused('trust-list-structure'));
  for (const authorities of [[], [{}, {}], [{ uses: [1] }], [{ uses: [4, 4] }], [{ categories: [7, 2] }], [{ categories: [9] }]]) {
    assert.throws(() => read({ authorities }), refused('trust-list-structure'));
  }
  const [a, b, p] = [fixture.root, ed25519Signer(31), mlDsaSigner(32)];
  assert.ok(read({ roots: rootSetOf([a, b, p]) }));
  for (const roots of [rootSetOf([a, b, p], 2), rootSetOf([a, a, b]), rootSetOf([a, p, p]), rootSetOf([a], 2), rootSetOf([a], 0)]) {
    assert.throws(() => read({ roots }), refused('trust-list-structure'));
  }
});

test('a pinned root set that must not be used', () => {
  const roots = { threshold: 2, keys: [ed(5), ed(6)], postQuantumKeys: null };
  assert.ok(pin(roots));
  for (const changes of [{ threshold: 3 }, { threshold: 0 }, { keys: [ed(5), ed(5)] }, { keys: [ed(5), small] }, { postQuantumKeys: [ml(33)] }]) {
    assert.throws(() => pin({ ...roots, ...changes }), RangeError);
  }
});

test('roots are exchanged by both, one generation after the other', () => {
  const [first, second, third] = [fixture.root, ed25519Signer(41), ed25519Signer(42)];
  const toSecond = { version: 8, roots: rootSetOf([second]) };
  assert.throws(() => read({ ...toSecond, signers: [first] }), refused('trust-list-new-roots'));
  assert.throws(() => read({ ...toSecond, signers: [second] }), refused('trust-list-signature'));
  const then = anchorOf(read({ ...toSecond, signers: [second, first] }));
  const toThird = { version: 9, roots: rootSetOf([third]), signers: [third, second] };
  assert.throws(() => read(toThird), refused('trust-list-signature'));
  const now = anchorOf(read(toThird, then));
  assert.throws(() => read({ version: 10, signers: [first, second] }, now), refused('trust-list-signature'));
  assert.equal(read({ version: 10, roots: rootSetOf([third]), signers: [third] }, now).version, 10);
  // A key counts once, in however many signatures.
  const two = rootSetOf([second, third], 2);
  assert.throws(() => read({ version: 8, roots: two, signers: [first, second, second] }), refused('trust-list-new-roots'));
  assert.ok(read({ version: 8, roots: two, signers: [first, ed25519Signer(99), second, third] }));
});

test('post-quantum signatures stand beside the others', () => {
  const [pq, other] = [mlDsaSigner(50), mlDsaSigner(51)];
  const roots = rootSetOf([fixture.root, pq]);
  const anchor = pin({ threshold: 1, keys: [ed(1)], postQuantumKeys: [ml(50)] });
  assert.ok(read({ roots, signers: [fixture.root, pq] }, anchor, true));
  assert.ok(read({ roots, signers: [fixture.root] }, anchor, false));
  assert.throws(() => read({ roots, signers: [fixture.root] }, anchor, true), refused('trust-list-post-quantum'));
  assert.throws(() => read({ roots, signers: [pq] }, anchor, true), refused('trust-list-signature'));
  // Of both root sets, and a set without such keys cannot be agreed to by any.
  assert.throws(() => read({ roots, signers: [fixture.root, pq] }, fixture.anchor, true), refused('trust-list-post-quantum'));
  assert.throws(() => read({ signers: [fixture.root, pq] }, anchor, true), refused('trust-list-post-quantum'));
  const next = { roots: rootSetOf([fixture.root, other]) };
  assert.throws(() => read({ ...next, signers: [fixture.root, pq] }, anchor, true), refused('trust-list-post-quantum'));
  assert.ok(read({ ...next, signers: [fixture.root, pq, other] }, anchor, true));
  const changed = trustListBytes({ roots, signers: [fixture.root, pq] });
  changed[changed.length - 1] ^= 1;
  assert.throws(() => verifyTrustList(changed, anchor, 1, true), refused('trust-list-post-quantum'));
  assert.ok(verifyTrustList(changed, anchor, 1, false));
});

test('a withdrawn key', () => {
  const credential = parseCredential(fixture.credentialBytes(1)); // of NOW - DAY
  /** @param {[number, boolean]} withdrawn */
  const check = (withdrawn) => checkIssuer(credential, read({ withdrawn }), NOW);
  check([NOW - DAY + 1, true]);
  for (const withdrawn of /** @type {[number, boolean][]} */ ([[NOW - DAY, true], [NOW - DAY + 1, false], [NOW + DAY, false]])) {
    assert.throws(() => check(withdrawn), refused('issuer-key-withdrawn'));
  }
  // Another entry of the same key, not withdrawn, is enough.
  checkIssuer(credential, read({ withdrawn: [0, false], more: [listedKey(keyValue(fixture.issuer.key), [1])] }), NOW);

  const list = read({ withdrawn: [NOW - 60, true] });
  assert.throws(() => verifyStatusList(fixture.statusListBytes(), list), refused('status-list-issuer'));
  const payload = encode(fixture.map([[1, 'insurer'], [4, NOW + 60], [6, NOW - 60], [7, fixture.seed(9).slice(0, 16)]]));
  const offer = makeSign1(kidHeader(keyId(fixture.issuer.key)), AAD.offer, payload, 1, fixture.issuer.secret);
  assert.ok(verifyOffer(offer, read({}), NOW));
  assert.throws(() => verifyOffer(offer, list, NOW), refused('offer-issuer'));
  const withoutAuthority = read({ authorities: [{ withdrawn: [NOW - DAY, false] }] });
  assert.throws(() => checkCertificate(parseCertificate(fixture.certificateBytes()), withoutAuthority, NOW), refused('certificate-authority'));
});
