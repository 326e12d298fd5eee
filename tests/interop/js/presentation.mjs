// The presentation (section 7): its form (V2 to V5), the signatures of the phone (V9, V10), and its production.
import { concat, equal } from './bytes.mjs';
import { decode, encode } from './cbor.mjs';
import { HEADER_CREDENTIAL, HEADER_ED25519, checkHeader, makeSign1, presentationAad, readSign1, verifies } from './cose.mjs';
import { parseCredential } from './credential.mjs';
import { NotInForm, Refusal, inForm } from './errors.mjs';
import { bytesOf, integer, record, time } from './shape.mjs';

const LONGEST = 1064;
const LONGEST_LIFE = 60;
export const WITH_CODE = 3;
export const OPEN = 0;

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
 * What a verifier has for each binding level; null where it has nothing.
 * @typedef {{ audience: Uint8Array | null, challenge: Uint8Array | null }} Contexts
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
 * @throws {Refusal} context-unknown, device-signature, code-signature
 */
export function checkPhone(presentation, contexts) {
  const { device, suite, code, credential, claims: { visit: { binding } } } = presentation;
  const held = binding === 1 ? contexts.audience : contexts.challenge;
  const context = binding === OPEN ? null : held;
  if (binding !== OPEN && context === null) throw new Refusal('context-unknown');
  const { cnf, card } = credential.claims;
  const deviceAad = presentationAad('presentation-device', suite, binding, credential.digest, context);
  if (!verifies(device, deviceAad, cnf.deviceKey)) throw new Refusal('device-signature');
  const codeAad = presentationAad('presentation-code', suite, binding, credential.digest, context);
  if (code !== null && !verifies(code, codeAad, { suite: 1, x: card.codeKey })) throw new Refusal('code-signature');
}

/**
 * A presentation at binding level open.
 * @param {Uint8Array} credentialBytes
 * @param {Omit<PresentationClaims, 'visit'> & { visit: Omit<PresentationClaims['visit'], 'binding'> }} claims
 * @param {Uint8Array} deviceSecret
 * @param {Uint8Array | null} codeSeed
 * @returns {Uint8Array}
 */
export function present(credentialBytes, claims, deviceSecret, codeSeed) {
  const credential = parseCredential(credentialBytes);
  const { suite } = credential.claims.cnf.deviceKey;
  const { userVerification, counter, failedTries } = claims.visit;
  const visit = new Map([[1, userVerification], [2, OPEN], [3, counter], [4, failedTries]]);
  /** @type {[number, import('./cbor.mjs').CborValue][]} */
  const entries = [[4, claims.exp], [6, claims.iat], [7, claims.cti], [-65538, visit]];
  const encoded = encode(new Map(entries));
  const codeAad = presentationAad('presentation-code', suite, OPEN, credential.digest, null);
  const payload = codeSeed === null ? encoded : makeSign1(HEADER_ED25519, codeAad, encoded, 1, codeSeed);
  const deviceAad = presentationAad('presentation-device', suite, OPEN, credential.digest, null);
  return makeSign1(concat(HEADER_CREDENTIAL[suite], credentialBytes), deviceAad, payload, suite, deviceSecret);
}
