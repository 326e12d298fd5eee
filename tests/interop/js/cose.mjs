// COSE_Sign1 as section 5 permits it: every protected header is a constant, compared and never interpreted.
import { concat, equal, fromHex, startsWith, utf8 } from './bytes.mjs';
import { encode } from './cbor.mjs';
import { NotInForm } from './errors.mjs';
import { bytes, map, signature, tuple } from './shape.mjs';
import { sign, verify } from './signatures.mjs';

/** @typedef {import('./keys.mjs').PublicKey} PublicKey */

const VERSION = 'vitaletoken/1';

/** {1: -19} */
export const HEADER_ED25519 = fromHex('a10132');
/** {1: alg} of what a phone's two keys sign, by suite */
export const HEADER_DEVICE = { 1: HEADER_ED25519, 2: fromHex('a10128') };
/** {1: alg, 13: ...} of a presentation, by suite; the credential follows */
export const HEADER_CREDENTIAL = { 1: fromHex('a201320d'), 2: fromHex('a201280d') };
/** {1: ..., 4: ...} of a signature by a key that is named, by suite; the key id follows */
const HEADER_KID = { 1: fromHex('a201320448'), pq: fromHex('a20138300448') };
const HEADER_STATUS_LIST = fromHex('a301320448');
const STATUS_LIST_TYPE = concat(fromHex('10781a'), utf8('application/statuslist+cwt'));
const KID_LENGTH = 8;

/** The external_aad of each message and layer. */
export const AAD = {
  credential: encode([VERSION, 'credential']),
  trustList: encode([VERSION, 'trust-list']),
  /** Empty, so that any Token Status List implementation reads it; its `typ` keeps it apart. */
  statusList: new Uint8Array(0),
  snapshot: encode([VERSION, 'status-snapshot']),
  delta: encode([VERSION, 'status-delta']),
  offer: encode([VERSION, 'enrolment-offer']),
  requestDevice: encode([VERSION, 'enrolment-request-device']),
  requestCode: encode([VERSION, 'enrolment-request-code']),
  introductionDevice: encode([VERSION, 'introduction-device']),
  introductionCode: encode([VERSION, 'introduction-code']),
  certificate: encode([VERSION, 'terminal-certificate']),
  challenge: encode([VERSION, 'challenge']),
};

/**
 * @param {'presentation-device' | 'presentation-code'} layer
 * @param {1 | 2} suite by the acting device key
 * @param {number} binding
 * @param {Uint8Array} credentialDigest
 * @param {Uint8Array | null} context
 */
export function presentationAad(layer, suite, binding, credentialDigest, context) {
  return encode([VERSION, layer, suite, binding, credentialDigest, context]);
}

/**
 * Of the layers of messages that are about a card.
 * @param {string} layer
 * @param {Uint8Array} credentialDigest
 */
export function cardAad(layer, credentialDigest) {
  return encode([VERSION, layer, credentialDigest]);
}

/** @param {unknown} value */
export function emptyMap(value) {
  if (map(value).size !== 0) throw new NotInForm('an unprotected header');
}

const sign1Form = tuple(bytes, emptyMap, bytes, signature);

/**
 * @typedef {object} Sign1
 * @property {Uint8Array} header the protected header as it arrived
 * @property {Uint8Array} payload
 * @property {Uint8Array} signature
 */

/**
 * COSE-1.
 * @param {unknown} value
 * @returns {Sign1}
 * @throws {NotInForm}
 */
export function readSign1(value) {
  const [header, , payload, signatureBytes] = sign1Form(value);
  return { header, payload, signature: signatureBytes };
}

/**
 * COSE-2, for {1: -19, 4: kid} and {1: -49, 4: kid}.
 * @param {Uint8Array} header
 * @param {keyof typeof HEADER_KID} [suite]
 * @returns {Uint8Array} the key id
 */
export function readKidHeader(header, suite = 1) {
  const start = HEADER_KID[suite];
  if (header.length !== start.length + KID_LENGTH || !startsWith(header, start)) throw new NotInForm('the header');
  return header.subarray(start.length);
}

/**
 * COSE-2, for {1: -19, 4: kid, 16: typ}.
 * @param {Uint8Array} header
 * @returns {Uint8Array} the key id
 */
export function readStatusListHeader(header) {
  const kid = header.subarray(HEADER_STATUS_LIST.length, HEADER_STATUS_LIST.length + KID_LENGTH);
  if (!equal(header, concat(HEADER_STATUS_LIST, kid, STATUS_LIST_TYPE)) || kid.length !== KID_LENGTH) {
    throw new NotInForm('the header');
  }
  return kid;
}

/**
 * COSE-2, where the header is a constant.
 * @param {Uint8Array} header
 * @param {Uint8Array} expected
 */
export function checkHeader(header, expected) {
  if (!equal(header, expected)) throw new NotInForm('the header');
}

/**
 * @param {Uint8Array} kid
 * @param {keyof typeof HEADER_KID} [suite]
 * @returns {Uint8Array}
 */
export function kidHeader(kid, suite = 1) {
  return concat(HEADER_KID[suite], kid);
}

/**
 * COSE-5: Sig_structure, over the bytes as they arrived (COSE-4).
 * @param {Uint8Array} header
 * @param {Uint8Array} aad
 * @param {Uint8Array} payload
 */
export function signedBytes(header, aad, payload) {
  return encode(['Signature1', header, aad, payload]);
}

/**
 * @param {Sign1} message
 * @param {Uint8Array} aad
 * @param {PublicKey} key its type is the algorithm (COSE-3)
 * @returns {boolean}
 */
export function verifies(message, aad, key) {
  return verify(key, signedBytes(message.header, aad, message.payload), message.signature);
}

/**
 * @param {Uint8Array} header
 * @param {Uint8Array} aad
 * @param {Uint8Array} payload
 * @param {1 | 2} suite
 * @param {Uint8Array} secret
 * @returns {Uint8Array} the COSE_Sign1
 */
export function makeSign1(header, aad, payload, suite, secret) {
  return encode([header, new Map(), payload, sign(suite, secret, signedBytes(header, aad, payload))]);
}
