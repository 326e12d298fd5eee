import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sha256 } from '@noble/hashes/sha2.js';
import { acceptCredential, enrolmentBinding, lendingBinding, parseCredential } from '../credential.mjs';
import { verifyOffer, verifyRequest } from '../enrolment.mjs';
import { Refusal } from '../errors.mjs';
import { inspect } from '../inspect.mjs';
import { readIntroduction, verifyIntroduction } from '../introduction.mjs';
import { isInScope } from '../lending.mjs';
import { verifyOrder } from '../order.mjs';
import { verifyRenewal } from '../renewal.mjs';
import { writeText } from '../text.mjs';
import { checkUnlock } from '../unlock.mjs';
import * as fixture from './fixture.mjs';
import * as people from './people.mjs';

const { NOW, DAY, seed, trustList } = fixture;
const { NIR, salt, nonce, delegate, newCode, NO_KEY } = people;
const THIRTY_DAYS = 30 * DAY;

/** @param {string} code */
const refused = (code) => (/** @type {unknown} */ error) => {
  assert.ok(error instanceof Refusal, String(error));
  assert.equal(error.code, code);
  return true;
};

/**
 * One changed bit anywhere: the form, a key or a signature fails, whatever the field.
 * @param {Uint8Array} bytes
 * @param {(changed: Uint8Array) => unknown} check
 */
function everyBit(bytes, check) {
  for (let i = 0; i < bytes.length; i++) {
    const changed = bytes.slice();
    changed[i] ^= 1 << (i % 8);
    assert.throws(() => check(changed), Refusal, `byte ${i}`);
  }
}

const cardBytes = fixture.credentialBytes(1);
const card = parseCredential(cardBytes);
const acting = { name: 'Léa Petit', purposes: [1, 3], categories: [2] };
const lent = parseCredential(fixture.credentialBytes(1, { acting }));

// ---------------------------------------------------------------- enrolment

test('offers', () => {
  assert.equal(verifyOffer(people.offerBytes(), trustList, NOW).iss, 'insurer');
  const without = fixture.trustListWith({ hpke: null });
  assert.throws(() => verifyOffer(people.offerBytes(), without, NOW), refused('offer-issuer'));
  assert.throws(() => verifyOffer(people.offerBytes({ exp: NOW + 1 }), trustList, NOW + 1), refused('offer-expired'));
});

test('requests', () => {
  const offer = people.offerBytes();
  const { secret } = fixture.issuerHpke;
  /** @param {Uint8Array} bytes */
  const verify = (bytes) => verifyRequest(bytes, offer, false, secret);
  for (const suite of /** @type {const} */ ([1, 2])) {
    const { nir, salt: found } = verify(people.requestBytes(offer, { device: fixture.devices[suite], evidence: [1, seed(1)] }));
    assert.deepEqual([nir, found], [NIR, salt]);
  }
  assert.throws(() => verifyRequest(people.requestBytes(offer), offer, true, secret), refused('request-offer'));
  assert.throws(() => verify(people.requestBytes(people.offerBytes({ exp: NOW + 1 }))), refused('request-offer'));
  assert.throws(() => verifyRequest(people.requestBytes(offer), offer, false, seed(40)), refused('request-number'));
  /** @type {[string, Parameters<typeof people.requestBytes>[1]][]} */
  const faults = [
    ['request-structure', { signer: fixture.devices[2] }],
    ['request-structure', { sealed: new Uint8Array(48) }],
    ['request-structure', { sealed: new Uint8Array(129) }],
    ['request-structure', { evidence: [4, seed(1)] }],
    ['request-key', { codeKey: NO_KEY }],
    ['request-key', { codeKey: fixture.devices[1].key.x }],
    ['request-signature', { codeKey: newCode.key.x }],
    ['request-signature', { signer: { ...fixture.devices[1], seed: seed(41) } }],
    ['request-number', { sealed: new Uint8Array(49).fill(1) }],
    ['request-number', { number: [NIR] }],
    ['request-number', { number: [NIR.slice(1), salt] }],
    ['request-number', { number: ['1850375123456', salt] }],
    ['request-number', { commitment: seed(1) }],
  ];
  for (const [code, changes] of faults) assert.throws(() => verify(people.requestBytes(offer, changes)), refused(code));
  everyBit(people.requestBytes(offer), verify);
});

test('a card is accepted for what its phone has asked for, and a lent card for its introduction', () => {
  const digest = sha256(people.introductionBytes());
  const keys = { deviceKey: fixture.devices[1].key, codeKey: fixture.code.key.x };
  const [asked, introduced] = [enrolmentBinding(seed(21), NIR, salt), lendingBinding(digest)];
  /** @param {Uint8Array} binding @param {Parameters<typeof fixture.credentialBytes>[1]} changes @param {boolean} isLent */
  const accept = (binding, changes, isLent) => acceptCredential(
    fixture.credentialBytes(1, { enrolment: [1, binding], ...changes }), { ...keys, binding: isLent ? introduced : asked, lent: isLent, nir: null },
    trustList, NOW,
  );
  assert.ok(accept(asked, {}, false));
  assert.ok(accept(introduced, { acting }, true));
  for (const [binding, changes, isLent] of /** @type {Parameters<typeof accept>[]} */ ([
    [asked, { acting }, false], [introduced, {}, true], [introduced, {}, false], [asked, { acting }, true],
    [enrolmentBinding(seed(21), '1850375123456', salt), {}, false],
  ])) {
    assert.throws(() => accept(binding, changes, isLent), refused('credential-not-mine'));
  }
});

// ---------------------------------------------------------------- renewal and unlock

test('renewals', () => {
  /** @param {Parameters<typeof people.renewalBytes>[1]} [changes] */
  const verify = (changes) => verifyRenewal(people.renewalBytes(cardBytes, changes), card);
  const [changed, inner] = [newCode.key.x, newCode];
  assert.deepEqual(verify(), { newCodeKey: null });
  assert.deepEqual(verify({ changed, inner }), { newCodeKey: changed });
  const other = fixture.credentialBytes(2);
  assert.ok(verifyRenewal(people.renewalBytes(other, { device: fixture.devices[2] }), parseCredential(other)));
  /** @type {[string, Parameters<typeof people.renewalBytes>[1]][]} */
  const faults = [
    ['renewal-structure', { changed }],
    ['renewal-structure', { inner }],
    ['renewal-structure', { device: fixture.devices[2] }],
    ['renewal-card', { about: other }],
    ['renewal-key', { changed: NO_KEY, inner }],
    ['renewal-key', { changed: fixture.code.key.x, inner: fixture.code }],
    ['renewal-key', { changed: fixture.devices[1].key.x, inner: { ...fixture.devices[1] } }],
    ['renewal-signature', { changed, inner: fixture.code }],
    ['renewal-signature', { changed, inner, code: newCode }],
    ['renewal-signature', { device: { ...fixture.devices[1], seed: seed(41) } }],
  ];
  for (const [code, changes] of faults) assert.throws(() => verify(changes), refused(code));
  const ofLent = people.renewalBytes(lent.bytes);
  assert.throws(() => verifyRenewal(ofLent, lent), refused('renewal-card'));
  for (const changes of [{}, { changed, inner }]) {
    everyBit(people.renewalBytes(cardBytes, changes), (bytes) => verifyRenewal(bytes, card));
  }
});

test('unlocks', () => {
  /** @param {Uint8Array} bytes @param {Uint8Array} [kept] @param {number} [now] @param {import('../trust_list.mjs').TrustList} [list] */
  const check = (bytes, kept = nonce, now = NOW, list = trustList) => checkUnlock(bytes, card, kept, list, now);
  check(people.unlockBytes(cardBytes), nonce, NOW + 59);
  assert.throws(() => check(people.unlockBytes(cardBytes, { exp: NOW })), refused('unlock-structure'));
  assert.throws(() => check(people.unlockBytes(cardBytes, { iss: 'other' })), refused('unlock-issuer'));
  assert.throws(() => check(people.unlockBytes(cardBytes), nonce, NOW, fixture.trustListWith({ uses: [1, 2] })), refused('unlock-issuer'));
  assert.throws(() => check(people.unlockBytes(cardBytes), nonce, trustList.exp), refused('unlock-issuer'));
  assert.throws(() => check(people.unlockBytes(cardBytes, { about: seed(1) })), refused('unlock-signature'));
  assert.throws(() => check(people.unlockBytes(seed(1), { about: cardBytes })), refused('unlock-signature'));
  assert.throws(() => check(people.unlockBytes(cardBytes), salt), refused('unlock-nonce'));
  assert.throws(() => check(people.unlockBytes(cardBytes), nonce, NOW + 60), refused('unlock-nonce'));
  everyBit(people.unlockBytes(cardBytes), check);
});

// ---------------------------------------------------------------- lending

test('introductions', () => {
  /** @param {Uint8Array} bytes @param {number} [now] */
  const read = (bytes, now = NOW) => readIntroduction(writeText('introduction', bytes), now).claims.introduction.name;
  const bytes = people.introductionBytes();
  for (const now of [NOW - 300, NOW + 599]) assert.equal(read(bytes, now), 'Léa Petit');
  for (const now of [NOW - 301, NOW + 600]) assert.throws(() => read(bytes, now), refused('introduction-time'));
  assert.throws(() => readIntroduction(writeText('challenge', bytes), NOW), refused('introduction-text'));
  for (const name of ['', 'é'.repeat(33)]) {
    assert.throws(() => read(people.introductionBytes({ name })), refused('introduction-structure'));
  }
  assert.throws(() => read(people.introductionBytes({ codeKey: NO_KEY })), refused('introduction-key'));
  const one = { device: fixture.devices[1], code: fixture.devices[1] };
  assert.throws(() => read(people.introductionBytes({ by: one })), refused('introduction-key'));
  assert.throws(() => read(people.introductionBytes({ signer: newCode })), refused('introduction-signature'));
  everyBit(bytes, verifyIntroduction);
});

test('lending orders', () => {
  const introduction = people.introductionBytes();
  /** @param {Parameters<typeof people.orderBytes>[2]} [changes] @param {Uint8Array} [beside] */
  const verify = (changes, beside = introduction) => verifyOrder(people.orderBytes(cardBytes, beside, changes), card, beside, NOW);
  assert.deepEqual(verify().purposes, [1, 3]);
  assert.equal(verify({ categories: null }).categories, null);
  for (const changes of [{ iat: NOW - 300 }, { iat: NOW + 300 }, { until: NOW + 1 }, { until: NOW + THIRTY_DAYS }]) verify(changes);
  /** @type {[string, Parameters<typeof people.orderBytes>[2]][]} */
  const faults = [
    ['order-structure', { purposes: [3, 1] }],
    ['order-structure', { categories: [] }],
    ['order-structure', { device: fixture.devices[2] }],
    ['order-card', { about: seed(1) }],
    ['order-signature', { signer: newCode }],
    ['order-time', { iat: NOW - 301 }],
    ['order-time', { iat: NOW + 301, until: NOW + DAY }],
    ['order-time', { until: NOW }],
    ['order-time', { iat: NOW + 10, until: NOW + 10 }],
    ['order-time', { iat: NOW - 10, until: NOW - 1 }],
    ['order-time', { until: NOW + THIRTY_DAYS + 1 }],
  ];
  for (const [code, changes] of faults) assert.throws(() => verify(changes), refused(code));
  const order = people.orderBytes(cardBytes, introduction);
  const another = people.introductionBytes({ name: 'Léo Petit' });
  assert.throws(() => verifyOrder(order, card, another, NOW), refused('order-introduction'));
  for (const beside of [
    people.introductionBytes({ signer: newCode }),
    people.introductionBytes({ by: { device: fixture.devices[1], code: delegate.code } }),
    people.introductionBytes({ by: { device: fixture.code, code: delegate.code } }),
    people.introductionBytes({ by: { device: delegate.device, code: fixture.devices[1] } }),
  ]) {
    assert.throws(() => verify({}, beside), refused('order-introduction'));
  }
  assert.throws(() => verifyOrder(people.orderBytes(lent.bytes, introduction), lent, introduction, NOW), refused('order-card'));
  everyBit(order, (bytes) => verifyOrder(bytes, card, introduction, NOW));
});

test('a card lent through the issuer', () => {
  const text = (/** @type {string} */ name) => fixture.credentialBytes(1, { acting: { ...acting, name } });
  assert.deepEqual(lent.claims.card.acting, acting);
  assert.equal(parseCredential(fixture.credentialBytes(1, { acting: { ...acting, categories: null } })).claims.card.acting?.categories, null);
  for (const bytes of [
    text(''), text('x'.repeat(65)),
    fixture.credentialBytes(1, { acting: { ...acting, purposes: [] } }),
    fixture.credentialBytes(1, { acting: { ...acting, purposes: [6] } }),
    fixture.credentialBytes(1, { acting: { ...acting, categories: [2, 2] } }),
    fixture.credentialBytes(1, { acting, nir: NIR }),
    fixture.credentialBytes(1, { acting }, { exp: NOW - DAY + THIRTY_DAYS + 1 }),
  ]) {
    assert.throws(() => parseCredential(bytes), refused('credential-structure'));
  }
  assert.ok(parseCredential(fixture.credentialBytes(1, { acting }, { exp: NOW - DAY + THIRTY_DAYS })));
});

test('for what a delegate may act', () => {
  assert.equal(isInScope(acting, [1], [1, 2]), true);
  assert.equal(isInScope(acting, [2], [2]), false);
  assert.equal(isInScope(acting, [1], [1]), false);
  assert.equal(isInScope(acting, [1], []), false);
  assert.equal(isInScope({ ...acting, categories: null }, [1], []), true);
  assert.equal(isInScope({ ...acting, purposes: [1, 3] }, [1, 3], [2]), true);
  assert.equal(isInScope({ ...acting, purposes: [1, 3] }, [1, 2], [2]), false);
});

test('the inspector names their fields', () => {
  const introduction = people.introductionBytes();
  assert.match(inspect(people.requestBytes(people.offerBytes())), /^UNVERIFIED request, .*\n.*as specified\n[^]*4 sealed number: /);
  assert.match(inspect(people.renewalBytes(cardBytes)), /^UNVERIFIED renewal, .*\n.*as specified\n[^]*1 card digest: /);
  const changing = people.renewalBytes(cardBytes, { changed: newCode.key.x, inner: newCode });
  assert.match(inspect(changing), /^UNVERIFIED renewal, .*\n.*as specified\n[^]*2 new code key: /);
  assert.match(inspect(people.unlockBytes(cardBytes)), /^UNVERIFIED unlock, .*\n.*as specified\n[^]*-65545 card digest: /);
  assert.match(inspect(introduction), /^UNVERIFIED introduction, .*\n.*as specified\n[^]*2 name: "Léa Petit"\n/);
  assert.match(inspect(people.orderBytes(cardBytes, introduction)), /^UNVERIFIED order, .*\n.*as specified\n[^]*purpose: 3 \(dispensing\)\n/);
  assert.match(inspect(lent.bytes), /^UNVERIFIED credential, .*\n.*as specified\n[^]*15 acting: map of 3\n/);
});
