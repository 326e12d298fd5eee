// The challenge (section 13.2): its form (H2), its signature and session key (H6), what it asks for, and its production; and
// the answer sealed to it (section 13.3).
import { sha256 } from '@noble/hashes/sha2.js';
import { normal } from './bytes.mjs';
import { decode, encode, mapOf } from './cbor.mjs';
import { terminalKey } from './certificate.mjs';
import { AAD, HEADER_ED25519, checkHeader, makeSign1, readSign1, verifies } from './cose.mjs';
import { NotInForm, Refusal, inForm } from './errors.mjs';
import { OVERHEAD, openBase, requireSound } from './hpke.mjs';
import { bytes as byteString, bytesOf, digest, integer, list, name, optional, record, rising, time } from './shape.mjs';

const LONGEST = 768;
/** A presentation of the greatest size, sealed. */
const LONGEST_SEALED = 1064 + OVERHEAD;
const VIEW_BILLING = 2;

const claimsForm = record({
  iat: [6, time],
  nonce: [7, bytesOf(16)],
  request: [-65541, record({
    certificate: [1, byteString],
    purposes: [2, rising(list(1, 5, integer(1, 5)))],
    view: [3, integer(1, VIEW_BILLING)],
    lifetime: [4, integer(1, 120)],
    sessionKey: [5, optional(bytesOf(32))],
    transaction: [6, optional(record({ digest: [1, digest], line: [2, name], amount: [3, integer(0, 99_999_999)] }))],
  })],
});

/**
 * @typedef {ReturnType<typeof claimsForm>} ChallengeClaims
 * @typedef {import('./cose.mjs').Sign1 & { digest: Uint8Array, claims: ChallengeClaims }} Challenge a parsed challenge: nothing
 *   in it may be believed before `checkChallenge`; the certificate in it is bytes
 */

/**
 * H2, first row.
 * @param {Uint8Array} bytes
 * @returns {Challenge}
 * @throws {Refusal} challenge-structure
 */
export function parseChallenge(bytes) {
  return inForm('challenge-structure', () => {
    const message = readSign1(decode(bytes, LONGEST));
    checkHeader(message.header, HEADER_ED25519);
    return { ...message, digest: sha256(bytes), claims: claimsForm(decode(message.payload, LONGEST)) };
  });
}

/**
 * H6.
 * @param {Challenge} challenge
 * @param {import('./certificate.mjs').Certificate} certificate the one in it
 * @throws {Refusal} challenge-signature, session-key
 */
export function checkChallenge(challenge, certificate) {
  if (!verifies(challenge, AAD.challenge, terminalKey(certificate))) throw new Refusal('challenge-signature');
  const { sessionKey } = challenge.claims.request;
  if (sessionKey !== null) inForm('session-key', () => requireSound(sessionKey));
}

/** @param {Challenge} challenge */
export function asksForBilling({ claims }) {
  return claims.request.view === VIEW_BILLING;
}

/**
 * SEAL-1.
 * @param {Uint8Array} sealed
 * @param {Uint8Array} secret the private key of the session key
 * @param {Uint8Array} challengeDigest SHA-256 of the exact challenge
 * @returns {Uint8Array} the presentation, not parsed
 * @throws {Refusal} seal-broken
 */
export function unseal(sealed, secret, challengeDigest) {
  return inForm('seal-broken', () => {
    if (sealed.length > LONGEST_SEALED) throw new NotInForm(`more than ${LONGEST_SEALED} bytes`);
    return openBase(sealed, secret, sealInfo(challengeDigest), new Uint8Array(0));
  });
}

/** @param {Uint8Array} challengeDigest */
export function sealInfo(challengeDigest) {
  return encode(['vitaletoken/1', 'sealed-answer', challengeDigest]);
}

/**
 * @param {ChallengeClaims} claims
 * @param {Uint8Array} terminalSeed
 * @returns {Uint8Array} the challenge
 */
export function makeChallenge({ iat, nonce, request }, terminalSeed) {
  const { transaction } = request;
  const requestValue = mapOf([
    [1, request.certificate], [2, request.purposes], [3, request.view], [4, request.lifetime], [5, request.sessionKey],
    [6, transaction && mapOf([[1, transaction.digest], [2, normal(transaction.line)], [3, transaction.amount]])],
  ]);
  const payload = encode(mapOf([[6, iat], [7, nonce], [-65541, requestValue]]));
  return makeSign1(HEADER_ED25519, AAD.challenge, payload, 1, terminalSeed);
}
