import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkCareSheet } from '../care_sheet.mjs';
import { parseCertificate } from '../certificate.mjs';
import { parseChallenge, unseal } from '../challenge.mjs';
import { acceptBillingView, acceptCredential, enrolmentBinding, parseCredential } from '../credential.mjs';
import { Refusal } from '../errors.mjs';
import { checkTime } from '../grant.mjs';
import { MemoryAnswerStore, MemoryReplayStore } from '../replay.mjs';
import { review } from '../review.mjs';
import { verifyStatusList } from '../status_list.mjs';
import { writeText } from '../text.mjs';
import { verifyPresentation } from '../verify.mjs';
import * as fixture from './fixture.mjs';

const { NOW, DAY, seed, trustList } = fixture;
const statusLists = [verifyStatusList(fixture.statusListBytes(), trustList)];
const NIR = '2850375123456';

/** @param {string} code */
const refused = (code) => (/** @type {unknown} */ error) => {
  assert.ok(error instanceof Refusal, String(error));
  assert.equal(error.code, code);
  return true;
};

// ---------------------------------------------------------------- H1 to H7

/** @param {Uint8Array} bytes @param {number} [now] */
const sticker = (bytes, now = NOW) => review(writeText('certificate', bytes), trustList, now);
/** @param {Uint8Array} bytes @param {number} [now] */
const asked = (bytes, now = NOW) => review(writeText('challenge', bytes), trustList, now);

test('a sticker', () => {
  const { certificate, authority, challenge, warnings } = sticker(fixture.certificateBytes());
  assert.deepEqual([certificate.claims.terminal.name, authority.name, challenge, warnings], ['Pharmacie', 'An authority', null, []]);
  assert.throws(() => review('VT1:BB8', trustList, NOW), refused('terminal-text'));
  assert.throws(() => sticker(fixture.challengeBytes()), refused('certificate-structure'));
  for (const changes of [{ categories: [7, 2] }, { categories: [] }, { name: 'x'.repeat(65) }, { establishment: '' }]) {
    assert.throws(() => sticker(fixture.certificateBytes({}, changes)), refused('certificate-structure'));
  }
  assert.throws(() => sticker(fixture.certificateBytes({ exp: NOW - DAY })), refused('certificate-structure'));
  assert.throws(() => sticker(fixture.certificateBytes({ iss: 'insurer' })), refused('certificate-authority'));
  assert.throws(() => sticker(fixture.certificateBytes({ iat: NOW - 101 * DAY })), refused('certificate-authority'));
  assert.throws(() => sticker(fixture.certificateBytes({}, {}, seed(99))), refused('certificate-authority'));
  assert.throws(() => sticker(fixture.certificateBytes({}, { categories: [2, 3] })), refused('certificate-authority'));
  assert.throws(() => sticker(fixture.certificateBytes(), NOW + DAY), refused('certificate-authority'));
  const changed = fixture.certificateBytes();
  changed[changed.length - 1] ^= 1;
  assert.throws(() => sticker(changed), refused('certificate-signature'));
  assert.throws(() => sticker(fixture.certificateBytes({}, { key: seed(0) })), refused('certificate-key'));
});

test('the time of a certificate', () => {
  const bytes = fixture.certificateBytes({ iat: NOW, exp: NOW + 60 });
  for (const now of [NOW - 300, NOW + 59]) assert.ok(sticker(bytes, now));
  for (const now of [NOW - 301, NOW + 60]) assert.throws(() => sticker(bytes, now), refused('certificate-not-valid'));
});

test('a challenge', () => {
  assert.deepEqual(asked(fixture.challengeBytes()).warnings, []);
  assert.deepEqual(asked(fixture.challengeBytes({ sessionKey: null }), NOW + 301).warnings, ['clock-differs', 'not-sealed']);
  assert.deepEqual(asked(fixture.challengeBytes({ view: 2 }), NOW - 301).warnings, ['clock-differs', 'billing-view']);
  assert.deepEqual(asked(fixture.challengeBytes(), NOW + 300).warnings, []);
  for (const changes of [{ purposes: [3, 1] }, { purposes: [1, 1] }, { purposes: [6] }, { view: 0 }, { lifetime: 121 }, { sessionKey: seed(1).slice(1) }]) {
    assert.throws(() => asked(fixture.challengeBytes(changes)), refused('challenge-structure'));
  }
  assert.throws(() => asked(fixture.challengeBytes({ certificate: Uint8Array.of(0) })), refused('certificate-structure'));
  assert.throws(() => asked(fixture.challengeBytes({}, seed(99))), refused('challenge-signature'));
  assert.throws(() => asked(fixture.challengeBytes({ sessionKey: seed(0) })), refused('session-key'));
  assert.throws(() => asked(fixture.challengeBytes({ view: 2, sessionKey: null })), refused('billing-refused'));
  const certificate = fixture.certificateBytes({}, { categories: [7] });
  assert.throws(() => asked(fixture.challengeBytes({ view: 2, certificate })), refused('billing-refused'));
  assert.ok(asked(fixture.challengeBytes({ certificate })));
});

// ---------------------------------------------------------------- V1 to V15

/**
 * @param {Uint8Array} bytes
 * @param {Partial<import('../verify.mjs').Open>} [changes]
 * @returns {import('../verify.mjs').Open}
 */
function open(bytes, changes = {}) {
  const challenge = parseChallenge(bytes);
  const { certificate, sessionKey } = challenge.claims.request;
  const secret = sessionKey && fixture.session.secret;
  return { challenge, certificate: parseCertificate(certificate), secret, elapsed: 0, ...changes };
}

/**
 * @param {Uint8Array} bytes
 * @param {Partial<import('../verify.mjs').Given> & { kind?: 'presentation' | 'sealed' }} [changes]
 */
const verify = (bytes, { kind = 'presentation', ...changes } = {}) => verifyPresentation({
  text: writeText(kind, bytes),
  session: 'a',
  purpose: 1,
  terminal: { categories: [], certificates: [], open: null },
  now: NOW,
  timeFloor: 0,
  trustList,
  statusLists,
  replay: new MemoryReplayStore(null),
  answers: new MemoryAnswerStore(),
  policy: fixture.policy,
  ...changes,
});

test('audience', () => {
  const [older, newer] = [fixture.certificateBytes(), fixture.certificateBytes({ iat: NOW })];
  const bytes = fixture.presentationBytes(1, true, { binding: 1, context: newer });
  const certificates = [older, newer].map(parseCertificate);
  assert.ok(verify(bytes, { terminal: { categories: [], certificates, open: null } }));
  assert.throws(() => verify(bytes), refused('context-unknown'));
  assert.throws(() => verify(bytes, { terminal: { categories: [], certificates: certificates.slice(0, 1), open: null } }), refused('context-mismatch'));
  const none = { categories: [], certificates, open: null };
  assert.throws(() => verify(fixture.presentationBytes(1, true, { binding: 2, context: newer }), { terminal: none }), refused('context-unknown'));
  const atOpen = fixture.presentationBytes(1, true, { context: newer });
  assert.throws(() => verify(atOpen, { terminal: none }), refused('device-signature'));
});

const challenge = fixture.challengeBytes();
const answer = fixture.presentationBytes(2, true, { binding: 2, context: challenge });
/** @param {Uint8Array} bytes @param {Parameters<typeof open>[1]} [changes] */
const having = (bytes, changes) => ({ terminal: { categories: [], certificates: [], open: open(bytes, changes) } });

test('challenge', () => {
  const result = verify(answer, having(challenge));
  assert.deepEqual([result.sealed, result.transaction], [false, open(challenge).challenge.claims.request.transaction?.digest]);
  assert.throws(() => verify(answer, having(fixture.challengeBytes({ lifetime: 61 }))), refused('context-mismatch'));
  for (const elapsed of [60, null]) {
    assert.throws(() => verify(answer, having(challenge, { elapsed })), refused('challenge-expired'));
  }
  assert.ok(verify(answer, having(challenge, { elapsed: 59 })));
  assert.throws(() => verify(answer, { ...having(challenge), purpose: 2 }), refused('purpose-mismatch'));
  // The phone's clock decides nothing at this level, and its difference is no reason.
  const late = verify(answer, { ...having(challenge), now: NOW + 3000 });
  assert.deepEqual([late.skew, late.reasons], [-2941, []]);
});

test('less than the answer that was asked for', () => {
  const certificates = [parseCertificate(fixture.certificateBytes())];
  const atOpen = fixture.presentationBytes(1, true);
  const atAudience = fixture.presentationBytes(1, true, { binding: 1, context: fixture.certificateBytes() });
  for (const bytes of [atOpen, atAudience]) {
    /** @param {Parameters<typeof open>[1]} [changes] */
    const asking = (changes) => ({ terminal: { categories: [], certificates, open: open(challenge, changes) } });
    assert.throws(() => verify(bytes, asking()), refused('binding-too-weak'));
    assert.throws(() => verify(bytes, asking({ elapsed: 59 })), refused('binding-too-weak'));
    for (const elapsed of [60, null]) assert.ok(verify(bytes, asking({ elapsed })));
    assert.ok(verify(bytes, { ...asking(), purpose: 2 }));
    // Sealed, it is refused for any purpose and at any time.
    const sealed = fixture.seal(bytes, challenge);
    for (const changes of [{}, { elapsed: 60 }, { elapsed: null }]) {
      for (const purpose of [1, 2]) {
        assert.throws(() => verify(sealed, { ...asking(changes), kind: 'sealed', purpose }), refused('binding-too-weak'));
      }
    }
  }
});

test('what a purpose asks for', () => {
  const purposes = new Map([[2, { leastBinding: 1, leastUserVerification: 0 }], [3, { leastBinding: 0, leastUserVerification: 3 }]]);
  const policy = { ...fixture.policy, leastUserVerification: 1, purposes };
  const bytes = fixture.presentationBytes(1, false);
  assert.ok(verify(bytes, { policy }));
  assert.throws(() => verify(bytes, { policy, purpose: 2 }), refused('binding-too-weak'));
  assert.throws(() => verify(bytes, { policy, purpose: 3 }), refused('user-verification-too-weak'));
});

test('sealed answers', () => {
  const sealed = fixture.seal(answer, challenge);
  assert.deepEqual(unseal(sealed, fixture.session.secret, open(challenge).challenge.digest), answer);
  assert.equal(verify(sealed, { ...having(challenge), kind: 'sealed' }).sealed, true);
  assert.throws(() => verify(sealed, { kind: 'sealed' }), refused('seal-unknown'));
  const unsealed = having(fixture.challengeBytes({ sessionKey: null }));
  assert.throws(() => verify(sealed, { ...unsealed, kind: 'sealed' }), refused('seal-unknown'));
  const another = fixture.seal(answer, fixture.challengeBytes({ lifetime: 61 }));
  assert.throws(() => verify(another, { ...having(challenge), kind: 'sealed' }), refused('seal-broken'));
  assert.throws(() => verify(sealed.slice(0, 47), { ...having(challenge), kind: 'sealed' }), refused('seal-broken'));
  const long = fixture.seal(new Uint8Array(1065), challenge);
  assert.throws(() => unseal(long, fixture.session.secret, open(challenge).challenge.digest), refused('seal-broken'));
});

test('one answer to a challenge', () => {
  const [answers, replay] = [new MemoryAnswerStore(), new MemoryReplayStore(0)];
  const stores = { answers, replay, ...having(challenge) };
  assert.equal(verify(answer, stores).repeated, false);
  assert.equal(verify(answer, stores).repeated, true);
  const second = fixture.presentationBytes(2, true, { binding: 2, context: challenge, cti: 9 });
  assert.throws(() => verify(second, stores), refused('challenge-answered'));
  assert.equal(verify(second, { ...stores, session: 'b' }).repeated, false);
});

test('billing', () => {
  const asking = fixture.challengeBytes({ view: 2 });
  /** @param {Uint8Array} context @param {Partial<import('../verify.mjs').Given>} [changes] @param {boolean} [sealing] */
  const show = (context, changes, sealing = true) => {
    const bytes = fixture.presentationBytes(1, true, { card: { nir: NIR }, binding: 2, context });
    return verify(sealing ? fixture.seal(bytes, context) : bytes, { ...having(context), kind: sealing ? 'sealed' : 'presentation', ...changes });
  };
  assert.equal(show(asking).credential.claims.card.nir, NIR);
  assert.throws(() => show(asking, {}, false), refused('billing-not-permitted'));
  assert.throws(() => show(challenge), refused('billing-not-permitted'));
  const certificate = fixture.certificateBytes({}, { categories: [7] });
  assert.throws(() => show(fixture.challengeBytes({ view: 2, certificate })), refused('billing-not-permitted'));
  assert.throws(() => verify(fixture.presentationBytes(1, true, { card: { nir: NIR } })), refused('billing-not-permitted'));
  const minimal = fixture.presentationBytes(1, true, { binding: 2, context: asking });
  assert.ok(verify(minimal, having(asking)));
});

// ---------------------------------------------------------------- the two views of a card

test('numbers', () => {
  const policyholder = seed(20).slice(0, 8);
  const read = (/** @type {Parameters<typeof fixture.credentialBytes>[1]} */ changes) => parseCredential(fixture.credentialBytes(1, changes));
  for (const nir of [NIR, '385032A123456', '785032B123456', '4850399123456', '8850300000000']) {
    assert.equal(read({ nir }).claims.card.nir, nir);
  }
  for (const nir of ['', '285037512345', '28503751234567', '5850375123456', '0850375123456', '285032C123456', '2850375123456\n', '28503٧5123456']) {
    assert.throws(() => read({ nir }), refused('credential-structure'), nir);
  }
  assert.ok(read({ quality: 3, policyholder, nir: NIR, policyholderNir: '1700175123456' }));
  for (const changes of [
    { nir: NIR, policyholderNir: '1700175123456' },
    { policyholderNir: '1700175123456' },
    { quality: /** @type {const} */ (3), policyholder, nir: NIR },
    { quality: /** @type {const} */ (3), policyholder, policyholderNir: NIR },
    { quality: /** @type {const} */ (3), policyholder, nir: NIR, policyholderNir: NIR },
  ]) {
    assert.throws(() => read(changes), refused('credential-structure'));
  }
});

test('the two views are one card', () => {
  const binding = enrolmentBinding(seed(21), NIR, seed(22).slice(0, 16));
  const own = { deviceKey: fixture.devices[1].key, codeKey: fixture.code.key.x, binding, lent: false, nir: NIR };
  /** @param {Parameters<typeof fixture.credentialBytes>[1]} [changes] */
  const view = (changes) => fixture.credentialBytes(1, { enrolment: [1, binding], ...changes });
  const card = acceptCredential(view(), own, trustList, NOW);
  acceptBillingView(view({ nir: NIR }), card, own, trustList, NOW);
  for (const changes of [{}, { nir: NIR, status: /** @type {[number, number]} */ ([5, 3]) }, { nir: NIR, rightsUntil: 30_000 }]) {
    assert.throws(() => acceptBillingView(view(changes), card, own, trustList, NOW), refused('credential-not-mine'));
  }
  // Given as the card, also beside itself as the billing view.
  assert.throws(() => acceptCredential(view({ nir: NIR }), own, trustList, NOW), refused('credential-not-mine'));
  const broken = view({ nir: NIR });
  broken[broken.length - 1] ^= 1;
  assert.throws(() => acceptBillingView(broken, card, own, trustList, NOW), refused('issuer-signature'));
});

// ---------------------------------------------------------------- the care sheet

test('the care sheet', () => {
  /** @param {Uint8Array} [presentation] @param {Uint8Array} [asking] @param {Uint8Array} [sheet] */
  const check = (presentation = answer, asking = challenge, sheet = fixture.sheet) => checkCareSheet(presentation, asking, sheet, trustList);
  assert.deepEqual([check().at, check().line, check().amount], [NOW, 'Pharmacie, 2 boxes', 1234]);
  const none = fixture.challengeBytes({ transaction: null });
  assert.throws(() => check(fixture.presentationBytes(1, true, { binding: 2, context: none }), none), refused('sheet-not-signed'));
  assert.throws(() => check(fixture.presentationBytes(1, true)), refused('sheet-not-signed'));
  assert.throws(() => check(answer, fixture.challengeBytes({ lifetime: 61 })), refused('context-mismatch'));
  assert.throws(() => check(answer, challenge, seed(0)), refused('sheet-mismatch'));
  assert.throws(() => check(answer, fixture.challengeBytes({}, seed(99))), refused('challenge-signature'));
  assert.throws(() => check(answer, seed(0)), refused('challenge-structure'));
});

test('the card that co-signs a care sheet', () => {
  /** @param {Parameters<typeof fixture.credentialBytes>[1]} card @param {Parameters<typeof fixture.challengeBytes>[0]} [changes] */
  const check = (card, changes) => {
    const asking = fixture.challengeBytes(changes);
    return checkCareSheet(fixture.presentationBytes(1, true, { card, binding: 2, context: asking }), asking, fixture.sheet, trustList);
  };
  // Whether the terminal has the right to the billing view, and whether it was sealed, is not asked here.
  const certificate = fixture.certificateBytes({}, { categories: [7] });
  assert.ok(check({ nir: NIR }, { view: 2, certificate, sessionKey: null }));
  assert.throws(() => check({ nir: NIR }), refused('billing-not-permitted'));
  const today = Math.floor(NOW / DAY);
  assert.ok(check({ rightsUntil: today + 1 }));
  assert.throws(() => check({ rightsUntil: today }), refused('rights-ended'));
  assert.throws(() => check({ rightsUntil: today, nir: NIR }), refused('billing-not-permitted'));
  assert.throws(() => check({ test: null }), refused('wrong-environment'));
  assert.throws(() => check({ test: null, rightsUntil: today }), refused('rights-ended'));
});

test('the times of a card', () => {
  const credential = parseCredential(fixture.credentialBytes(1));
  const { iat, exp } = credential.claims;
  for (const now of [iat - 300, exp - 1]) checkTime(credential, null, now, 300);
  assert.throws(() => checkTime(credential, null, iat - 301, 300), refused('credential-not-yet-valid'));
  assert.throws(() => checkTime(credential, null, exp, 300), refused('credential-expired'));
});
