// The presentation (section 7): its form (V2 to V5), the signatures of the phone (V9, V10), and its production.
import { sha256 } from '@noble/hashes/sha2.js';
import { concat, equal } from './bytes.mjs';
import { decode, encode, mapOf } from './cbor.mjs';
import { HEADER_CREDENTIAL, HEADER_ED25519, checkHeader, makeSign1, presentationAad, readSign1, verifies } from './cose.mjs';
import { parseCredential } from './credential.mjs';
import { NotInForm, Refusal, inForm } from './errors.mjs';
import { actingKeys, checkGrant, parseGrant } from './grant.mjs';
import { bytes as byteString, bytesOf, integer, optional, record, time } from './shape.mjs';
import { codePublicKey } from './two_layers.mjs';

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
    // What stands in it is for V8.
    grant: [5, optional(byteString)],
  })],
});

/**
 * @typedef {ReturnType<typeof claimsForm>} PresentationClaims
 * @typedef {import('./cose.mjs').Sign1} Sign1
 * @typedef {import('./credential.mjs').Credential} Credential
 * @typedef {import('./grant.mjs').GrantClaims} GrantClaims
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
  const isLent = claims.visit.grant !== null;
  if (!isLent && credential.claims.cnf.deviceKey.suite !== suite) throw new Refusal('algorithm-mismatch');
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
 * V8.
 * @param {Presentation} presentation
 * @returns {GrantClaims | null}
 * @throws {Refusal} grant-structure, grant-signature, grant-hop, grant-code
 */
export function checkLent({ suite, code, credential, claims: { visit: { grant: bytes } } }) {
  if (bytes === null) return null;
  const grant = checkGrant(bytes, credential, suite);
  // GRANT-4.
  if (code === null) throw new Refusal('grant-code');
  return grant;
}

/**
 * V9 and V10.
 * @param {Presentation} presentation
 * @param {Contexts} contexts
 * @param {GrantClaims | null} grant of V8
 * @throws {Refusal} context-unknown, context-mismatch, device-signature, code-signature
 */
export function checkPhone(presentation, contexts, grant) {
  const { device, suite, code, credential, claims: { visit: { binding } } } = presentation;
  /** @type {readonly (Uint8Array | null)[]} */
  const held = [[null], contexts.audience, contexts.challenge][binding];
  if (held.length === 0) throw new Refusal('context-unknown');
  const acting = actingKeys(credential, grant);
  /**
   * @param {'presentation-device' | 'presentation-code'} layer
   * @param {Uint8Array | null} context
   */
  const aad = (layer, context) => presentationAad(layer, suite, binding, credential.digest, context);
  // Several certificates are held while one replaces another; the first that fits is the context.
  const context = held.find((each) => verifies(device, aad('presentation-device', each), acting.deviceKey));
  if (context === undefined) throw new Refusal(binding === OPEN ? 'device-signature' : 'context-mismatch');
  if (code !== null && !verifies(code, aad('presentation-code', context), codePublicKey(acting.codeKey))) {
    throw new Refusal('code-signature');
  }
}

/**
 * @param {Uint8Array} credentialBytes
 * @param {PresentationClaims} claims
 * @param {Uint8Array | null} context the exact certificate or challenge; null at level open
 * @param {Uint8Array} deviceSecret of the acting device key
 * @param {Uint8Array | null} codeSeed of the acting code key
 * @returns {Uint8Array} the presentation
 */
export function present(credentialBytes, claims, context, deviceSecret, codeSeed) {
  const credential = parseCredential(credentialBytes);
  const { userVerification, binding, counter, failedTries, grant } = claims.visit;
  const { suite } = (grant === null ? credential : parseGrant(grant)).claims.cnf.deviceKey;
  const visit = mapOf([[1, userVerification], [2, binding], [3, counter], [4, failedTries], [5, grant]]);
  const encoded = encode(mapOf([[4, claims.exp], [6, claims.iat], [7, claims.cti], [-65538, visit]]));
  /** @param {'presentation-device' | 'presentation-code'} layer */
  const aad = (layer) => presentationAad(layer, suite, binding, credential.digest, context && sha256(context));
  const payload = codeSeed === null ? encoded : makeSign1(HEADER_ED25519, aad('presentation-code'), encoded, 1, codeSeed);
  const header = concat(HEADER_CREDENTIAL[suite], credentialBytes);
  return makeSign1(header, aad('presentation-device'), payload, suite, deviceSecret);
}
