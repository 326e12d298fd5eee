// The presentation (section 7): its form (V2 to V5), the signatures of the phone (V9, V10), and its production.
import { sha256 } from '@noble/hashes/sha2.js';
import { concat, equal } from './bytes.mjs';
import { decode, encode, mapOf } from './cbor.mjs';
import { HEADER_CREDENTIAL, HEADER_ED25519, checkHeader, makeSign1, presentationAad, readSign1, verifies } from './cose.mjs';
import { parseCredential } from './credential.mjs';
import { NotInForm, Refusal, inForm } from './errors.mjs';
import { bytesOf, integer, record, time } from './shape.mjs';

const LONGEST = 1064;
const LONGEST_LIFE = 60;
export const WITH_CODE = 3;
/** Binding levels. */
const OPEN = 0;
export const CHALLENGE = 2;

const claimsForm = record({
  exp: [4, time],
  iat: [6, time],
  cti: [7, bytesOf(8)],
  visit: [-65538, record({
    userVerification: [1, integer(0, 3)],
    binding: [2, integer(0, 2)],
    counter: [3, integer(1, 4294967295)],
    failedTries: [4, integer(0, 255)],
  })],
});

/**
 * @typedef {ReturnType<typeof claimsForm>} PresentationClaims
 * @typedef {import('./cose.mjs').Sign1} Sign1
 * @typedef {import('./credential.mjs').Credential} Credential
 */

/**
 * A parsed presentation: nothing in it may be believed.
 * @typedef {object} Presentation
 * @property {Sign1} device
 * @property {1 | 2} suite as its header says
 * @property {Sign1 | null} code
 * @property {PresentationClaims} claims
 * @property {Credential} credential
 */

/**
 * What a verifier has for the binding levels above open: SHA-256 of its certificates, and of the challenge that is open for the
 * session. Empty where it has nothing.
 * @typedef {{ audience: readonly Uint8Array[], challenge: readonly Uint8Array[] }} Contexts
 */

/**
 * V2, and V1 to V2 of the `cbor` layer: the item alone.
 * @param {Uint8Array} bytes
 * @throws {Refusal} cbor-profile
 */
export function decodeItem(bytes) {
  return inForm('cbor-profile', () => decode(bytes, LONGEST));
}

/**
 * V2 to V5.
 * @param {Uint8Array} bytes
 * @returns {Presentation}
 * @throws {Refusal}
 */
export function parsePresentation(bytes) {
  const item = decodeItem(bytes);
  const { device, suite } = inForm('cose-structure', () => readDeviceLayer(item));
  const { code, claims } = inForm('claims-structure', () => readPayload(device.payload));
  const credential = parseCredential(device.header.subarray(HEADER_CREDENTIAL[suite].length));
  if (credential.claims.cnf.deviceKey.suite !== suite) throw new Refusal('algorithm-mismatch');
  return { device, suite, code, claims, credential };
}

/**
 * @param {unknown} item
 * @returns {{ device: Sign1, suite: 1 | 2 }}
 */
function readDeviceLayer(item) {
  const device = readSign1(item);
  for (const suite of /** @type {const} */ ([1, 2])) {
    const start = HEADER_CREDENTIAL[suite];
    if (device.header.length > start.length && equal(device.header.subarray(0, start.length), start)) return { device, suite };
  }
  throw new NotInForm('the header');
}

/**
 * @param {Uint8Array} payload
 * @returns {{ code: Sign1 | null, claims: PresentationClaims }}
 */
function readPayload(payload) {
  const item = decode(payload, LONGEST);
  const code = Array.isArray(item) ? readSign1(item) : null;
  if (code !== null) checkHeader(code.header, HEADER_ED25519);
  const claims = claimsForm(code === null ? item : decode(code.payload, LONGEST));
  const life = claims.exp - claims.iat;
  if (life < 1 || life > LONGEST_LIFE) throw new NotInForm('PRES-1');
  if ((claims.visit.userVerification === WITH_CODE) !== (code !== null)) throw new NotInForm('PRES-2');
  return { code, claims };
}

/**
 * V9 and V10.
 * @param {Presentation} presentation
 * @param {Contexts} contexts
 * @throws {Refusal} context-unknown, context-mismatch, device-signature, code-signature
 */
export function checkPhone(presentation, contexts) {
  const { device, suite, code, credential, claims: { visit: { binding } } } = presentation;
  /** @type {readonly (Uint8Array | null)[]} */
  const held = [[null], contexts.audience, contexts.challenge][binding];
  if (held.length === 0) throw new Refusal('context-unknown');
  const { cnf, card } = credential.claims;
  /**
   * @param {'presentation-device' | 'presentation-code'} layer
   * @param {Uint8Array | null} context
   */
  const aad = (layer, context) => presentationAad(layer, suite, binding, credential.digest, context);
  // Several certificates are held while one replaces another; the first that fits is the context.
  const context = held.find((each) => verifies(device, aad('presentation-device', each), cnf.deviceKey));
  if (context === undefined) throw new Refusal(binding === OPEN ? 'device-signature' : 'context-mismatch');
  const codeKey = /** @type {const} */ ({ suite: 1, x: card.codeKey });
  if (code !== null && !verifies(code, aad('presentation-code', context), codeKey)) throw new Refusal('code-signature');
}

/**
 * @param {Uint8Array} credentialBytes
 * @param {PresentationClaims} claims
 * @param {Uint8Array | null} context the exact certificate or challenge; null at level open
 * @param {Uint8Array} deviceSecret
 * @param {Uint8Array | null} codeSeed
 * @returns {Uint8Array} the presentation
 */
export function present(credentialBytes, claims, context, deviceSecret, codeSeed) {
  const credential = parseCredential(credentialBytes);
  const { suite } = credential.claims.cnf.deviceKey;
  const { userVerification, binding, counter, failedTries } = claims.visit;
  const visit = mapOf([[1, userVerification], [2, binding], [3, counter], [4, failedTries]]);
  const encoded = encode(mapOf([[4, claims.exp], [6, claims.iat], [7, claims.cti], [-65538, visit]]));
  /** @param {'presentation-device' | 'presentation-code'} layer */
  const aad = (layer) => presentationAad(layer, suite, binding, credential.digest, context && sha256(context));
  const payload = codeSeed === null ? encoded : makeSign1(HEADER_ED25519, aad('presentation-code'), encoded, 1, codeSeed);
  const header = concat(HEADER_CREDENTIAL[suite], credentialBytes);
  return makeSign1(header, aad('presentation-device'), payload, suite, deviceSecret);
}
