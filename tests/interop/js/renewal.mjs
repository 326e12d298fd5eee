// The renewal of a card (section 12.4), under the same code or a new one: F1 to F4.
import { sha256 } from '@noble/hashes/sha2.js';
import { equal } from './bytes.mjs';
import { decode } from './cbor.mjs';
import { HEADER_ED25519, cardAad, checkHeader, readSign1, verifies } from './cose.mjs';
import { NotInForm, Refusal, inForm } from './errors.mjs';
import { isSoundKey, sameKey } from './keys.mjs';
import { bytesOf, digest, optional, record, time } from './shape.mjs';
import { checkSuite, codePublicKey, suiteOf } from './two_layers.mjs';

const LONGEST = 1024;

const claimsForm = record({
  iat: [6, time],
  cti: [7, bytesOf(16)],
  renewal: [-65544, record({ card: [1, digest], newCodeKey: [2, optional(bytesOf(32))] })],
});

/** @typedef {import('./cose.mjs').Sign1} Sign1 */

/**
 * F1, but for whether the device layer's header is that of its key, which the renewal does not hold.
 * @param {Uint8Array} bytes
 * @throws {Refusal} renewal-structure
 */
export function parseRenewal(bytes) {
  return inForm('renewal-structure', () => {
    const device = readSign1(decode(bytes, LONGEST));
    const suite = suiteOf(device);
    const code = readSign1(decode(device.payload, LONGEST));
    checkHeader(code.header, HEADER_ED25519);
    const { newCode, claims } = readPayload(code.payload);
    return { device, suite, code, newCode, claims, digest: sha256(bytes) };
  });
}

/**
 * The claims, or the layer of the new code key around them: exactly when the claims name that key.
 * @param {Uint8Array} payload
 */
function readPayload(payload) {
  const item = decode(payload, LONGEST);
  const newCode = Array.isArray(item) ? readSign1(item) : null;
  if (newCode !== null) checkHeader(newCode.header, HEADER_ED25519);
  const claims = claimsForm(newCode === null ? item : decode(newCode.payload, LONGEST));
  if ((newCode !== null) !== (claims.renewal.newCodeKey !== null)) throw new NotInForm('the layer of the new code key');
  return { newCode, claims };
}

/**
 * F1 to F4, for an issuer that has this card and no other, which is neither revoked nor suspended.
 * @param {Uint8Array} bytes
 * @param {import('./credential.mjs').Credential} card
 * @returns {{ newCodeKey: Uint8Array | null }}
 * @throws {Refusal}
 */
export function verifyRenewal(bytes, card) {
  const renewal = parseRenewal(bytes);
  const { device, code, newCode, claims: { renewal: { card: cardDigest, newCodeKey } } } = renewal;
  // Of a card that is not there nobody knows the key: what F1 says of the header is asked once it has been found.
  if (!equal(cardDigest, card.digest)) throw new Refusal('renewal-card');
  const { cnf: { deviceKey }, card: content } = card.claims;
  inForm('renewal-structure', () => checkSuite(renewal, deviceKey));
  if (content.acting !== null) throw new Refusal('renewal-card');
  const codeKey = codePublicKey(content.codeKey);
  const newKey = newCodeKey && codePublicKey(newCodeKey);
  if (newKey !== null && (!isSoundKey(newKey) || sameKey(newKey, deviceKey) || sameKey(newKey, codeKey))) {
    throw new Refusal('renewal-key');
  }
  /**
   * @param {Sign1 | null} layer
   * @param {'renewal-device' | 'renewal-code' | 'renewal-new-code'} name
   * @param {import('./keys.mjs').PublicKey | null} key
   */
  const isSigned = (layer, name, key) => layer === null || (key !== null && verifies(layer, cardAad(name, card.digest), key));
  const signed = isSigned(device, 'renewal-device', deviceKey)
    && isSigned(code, 'renewal-code', codeKey)
    && isSigned(newCode, 'renewal-new-code', newKey);
  if (!signed) throw new Refusal('renewal-signature');
  return { newCodeKey };
}
