// The credential (section 6): its form (V5), its issuer (V6, V7), the phone's acceptance of it (A1), and its production.
import { sha256 } from '@noble/hashes/sha2.js';
import { equal, normal } from './bytes.mjs';
import { decode, encode, mapOf } from './cbor.mjs';
import { AAD, kidHeader, makeSign1, readKidHeader, readSign1, verifies } from './cose.mjs';
import { NotInForm, Refusal, inForm } from './errors.mjs';
import { deviceKey, keyId, keyValue, sameKey } from './keys.mjs';
import { categories, delegateName, purposes } from './lending.mjs';
import { commitmentTo, nir } from './number.mjs';
import {
  alias, bytesOf, day, dayOf, digest, integer, issuerId, list, name, oneOf, optional, record, time, tuple,
} from './shape.mjs';
import { ed25519KeyOfSeed } from './signatures.mjs';
import { isInWindow, isWithdrawn, issuerKeys } from './trust_list.mjs';

const LONGEST = 768;
/** CRED-5: 30 days, in seconds. */
const LONGEST_LENT = 2_592_000;

const person = record({
  familyName: [1, name],
  givenNames: [2, list(1, 8, name)],
  sex: [3, oneOf(0, 1, 2, 9)],
  nameInUse: [4, optional(name)],
  birthRank: [5, optional(integer(1, 9))],
});
const card = record({
  codeKey: [1, bytesOf(32)],
  alias: [2, alias],
  person: [3, person],
  quality: [4, oneOf(1, 2, 3, 4)],
  scheme: [5, tuple(integer(0, 99), integer(0, 999), integer(0, 9999))],
  status: [6, tuple(integer(0, 65535), integer(0, 1048575))],
  rightsAsOf: [7, day],
  rightsUntil: [8, optional(day)],
  enrolment: [9, tuple(oneOf(1, 2, 3), bytesOf(16))],
  test: [10, optional(oneOf(1))],
  policyholder: [11, optional(alias)],
  portrait: [12, optional(digest)],
  nir: [13, optional(nir)],
  policyholderNir: [14, optional(nir)],
  acting: [15, optional(record({ name: [1, delegateName], purposes: [2, purposes], categories: [3, categories] }))],
});
const claimsForm = record({
  iss: [1, issuerId],
  exp: [4, time],
  iat: [6, time],
  cti: [7, bytesOf(8)],
  cnf: [8, record({ deviceKey: [1, deviceKey] })],
  card: [-65537, card],
});

/**
 * @typedef {ReturnType<typeof claimsForm>} CredentialClaims
 * @typedef {import('./cose.mjs').Sign1 & { bytes: Uint8Array, digest: Uint8Array, kid: Uint8Array, claims: CredentialClaims }}
 *   Credential a parsed credential: nothing in it may be believed before `checkIssuer`
 * @typedef {import('./trust_list.mjs').TrustList} TrustList
 */

/**
 * V5, without the presentation.
 * @param {Uint8Array} bytes
 * @returns {Credential}
 * @throws {Refusal} credential-structure
 */
export function parseCredential(bytes) {
  return inForm('credential-structure', () => {
    const message = readSign1(decode(bytes, LONGEST));
    const kid = readKidHeader(message.header);
    const claims = claimsForm(decode(message.payload, LONGEST));
    if (claims.exp <= claims.iat) throw new NotInForm('CRED-1');
    checkPolicyholder(claims.card);
    checkLent(claims);
    return { ...message, bytes, digest: sha256(bytes), kid, claims };
  });
}

/**
 * CRED-2 and VIEW-1.
 * @param {CredentialClaims['card']} content
 */
function checkPolicyholder({ quality, alias: own, policyholder, nir: ownNir, policyholderNir }) {
  const another = quality !== 1;
  if (another !== (policyholder !== null)) throw new NotInForm('CRED-2: who the policyholder is');
  if (policyholder !== null && equal(policyholder, own)) throw new NotInForm('CRED-2: the same person');
  if ((another && ownNir !== null) !== (policyholderNir !== null)) throw new NotInForm("VIEW-1: the policyholder's number");
  if (policyholderNir !== null && policyholderNir === ownNir) throw new NotInForm('VIEW-1: the same number');
}

/**
 * CRED-5. Without key 13 there is no key 14 either (VIEW-1).
 * @param {CredentialClaims} claims
 */
function checkLent({ iat, exp, card: { acting, nir: ownNir } }) {
  if (acting === null) return;
  if (exp - iat > LONGEST_LENT) throw new NotInForm('CRED-5: lent for too long');
  if (ownNir !== null) throw new NotInForm('CRED-5: lent with the number');
}

/**
 * V6, but for the time floor, and V7.
 * @param {Credential} credential
 * @param {TrustList} trustList
 * @param {number} now
 * @throws {Refusal} trust-list-expired, issuer-unknown, issuer-key-not-valid, issuer-key-withdrawn, issuer-signature
 */
export function checkIssuer(credential, trustList, now) {
  if (now >= trustList.exp) throw new Refusal('trust-list-expired');
  const { iss, iat } = credential.claims;
  const keys = issuerKeys(trustList, iss, credential.kid, 'credential');
  if (keys.length === 0) throw new Refusal('issuer-unknown');
  const inWindow = keys.filter((key) => isInWindow(key, iat));
  if (inWindow.length === 0) throw new Refusal('issuer-key-not-valid');
  const left = inWindow.filter((key) => !isWithdrawn(key, iat));
  if (left.length === 0) throw new Refusal('issuer-key-withdrawn');
  if (!left.some(({ key }) => verifies(credential, AAD.credential, key))) throw new Refusal('issuer-signature');
}

/**
 * V12, the rows of the card: this, and after those of a grant `checkRights`.
 * @param {Credential} credential
 * @param {number} now
 * @param {number} skewLimit seconds
 * @throws {Refusal} credential-not-yet-valid, credential-expired
 */
export function checkLifetime({ claims: { iat, exp } }, now, skewLimit) {
  if (now < iat - skewLimit) throw new Refusal('credential-not-yet-valid');
  if (now >= exp) throw new Refusal('credential-expired');
}

/**
 * @param {Credential} credential
 * @param {number} now
 * @throws {Refusal} rights-ended
 */
export function checkRights({ claims: { card: { rightsUntil } } }, now) {
  if (rightsUntil !== null && dayOf(now) >= rightsUntil) throw new Refusal('rights-ended');
}

/**
 * ENROL-2: what the phone does before it keeps a card.
 * @param {Uint8Array} bytes
 * @param {Own} own
 * @param {TrustList} trustList
 * @param {number} now
 * @returns {Credential}
 * @throws {Refusal} of V5, V6, V7; credential-not-mine, credential-expired, wrong-environment
 */
export function acceptCredential(bytes, own, trustList, now) {
  return acceptView(bytes, own, trustList, now, false);
}

/**
 * What a phone knows of itself.
 * @typedef {object} Own
 * @property {import('./keys.mjs').PublicKey} deviceKey
 * @property {Uint8Array} codeKey
 * @property {Uint8Array} binding of CRED-3
 * @property {boolean} lent whether that is the binding of its introduction
 * @property {string | null} nir the number that its owner typed; null for a card that is lent
 */

/**
 * @param {Uint8Array} bytes
 * @param {Own} own
 * @param {TrustList} trustList
 * @param {number} now
 * @param {boolean} billing which view it is given as; the card that a phone keeps is the minimal one (VIEW-2)
 * @returns {Credential}
 */
function acceptView(bytes, own, trustList, now, billing) {
  const credential = parseCredential(bytes);
  checkIssuer(credential, trustList, now);
  const { cnf, exp, card: content } = credential.claims;
  const mine = isBillingView(credential) === billing
    && sameKey(cnf.deviceKey, own.deviceKey)
    && equal(content.codeKey, own.codeKey)
    && equal(content.enrolment[1], own.binding)
    // A1: neither of the two bindings of CRED-3 will do in place of the other.
    && (content.acting !== null) === own.lent;
  if (!mine) throw new Refusal('credential-not-mine');
  if (now >= exp) throw new Refusal('credential-expired');
  if (environmentOf(credential) !== trustList.environment) throw new Refusal('wrong-environment');
  return credential;
}

/**
 * ENROL-2 for the billing view of a card that has been accepted: the same steps, then VIEW-2.
 * @param {Uint8Array} bytes
 * @param {Credential} accepted the card
 * @param {Own} own
 * @param {TrustList} trustList
 * @param {number} now
 * @throws {Refusal} as acceptCredential
 */
export function acceptBillingView(bytes, accepted, own, trustList, now) {
  const billing = acceptView(bytes, own, trustList, now, true);
  if (!equal(minimal(accepted), minimal(billing)) || billing.claims.card.nir !== own.nir) throw new Refusal('credential-not-mine');
}

/** @param {Credential} credential */
export function isBillingView({ claims }) {
  return claims.card.nir !== null;
}

/**
 * The claims without keys 13 and 14 of the card, made from the bytes that were signed: nothing is brought into another form.
 * @param {Credential} credential
 */
function minimal({ payload }) {
  const claims = /** @type {import('./cbor.mjs').CborMap} */ (decode(payload, LONGEST));
  const content = /** @type {import('./cbor.mjs').CborMap} */ (claims.get(-65537));
  content.delete(13);
  content.delete(14);
  return encode(claims);
}

/**
 * CRED-3, for a card of one's own or of a child.
 * @param {Uint8Array} requestDigest SHA-256 of the enrolment request, or of the renewal that last changed the code
 * @param {string} number that the owner typed, or of the issuer's record
 * @param {Uint8Array} salt
 */
export function enrolmentBinding(requestDigest, number, salt) {
  return sha256(encode(['vitaletoken/1', 'enrolment', requestDigest, commitmentTo(number, salt)])).slice(0, 16);
}

/**
 * CRED-3, for a card lent through the issuer.
 * @param {Uint8Array} introductionDigest
 */
export function lendingBinding(introductionDigest) {
  return sha256(encode(['vitaletoken/1', 'lending', introductionDigest])).slice(0, 16);
}

/**
 * @param {Credential} credential
 * @returns {number} 0 production, 1 test
 */
export function environmentOf(credential) {
  return credential.claims.card.test === null ? 0 : 1;
}

/**
 * @param {CredentialClaims} claims
 * @returns {import('./cbor.mjs').CborMap}
 */
function claimsValue(claims) {
  const { card: c } = claims;
  const acting = c.acting && mapOf([[1, normal(c.acting.name)], [2, c.acting.purposes], [3, c.acting.categories]]);
  const { familyName, givenNames, sex, nameInUse, birthRank } = c.person;
  const cardValue = mapOf([
    [1, c.codeKey], [2, c.alias],
    [3, mapOf([
      [1, normal(familyName)], [2, givenNames.map(normal)], [3, sex], [4, nameInUse && normal(nameInUse)], [5, birthRank],
    ])],
    [4, c.quality], [5, c.scheme], [6, c.status], [7, c.rightsAsOf], [8, c.rightsUntil],
    [9, c.enrolment], [10, c.test], [11, c.policyholder], [12, c.portrait], [13, c.nir], [14, c.policyholderNir],
    [15, acting],
  ]);
  return mapOf([
    [1, claims.iss], [4, claims.exp], [6, claims.iat], [7, claims.cti],
    [8, new Map([[1, keyValue(claims.cnf.deviceKey)]])], [-65537, cardValue],
  ]);
}

/**
 * @param {CredentialClaims} claims
 * @param {Uint8Array} issuerSeed
 * @returns {Uint8Array} the credential
 */
export function issueCredential(claims, issuerSeed) {
  const header = kidHeader(keyId(ed25519KeyOfSeed(issuerSeed)));
  return makeSign1(header, AAD.credential, encode(claimsValue(claims)), 1, issuerSeed);
}
