// Messages of a phone that two keys sign: the payload of the device key's COSE_Sign1 is that of the code key's.
import { sha256 } from '@noble/hashes/sha2.js';
import { equal } from './bytes.mjs';
import { decode } from './cbor.mjs';
import { HEADER_DEVICE, HEADER_ED25519, checkHeader, readSign1 } from './cose.mjs';
import { NotInForm } from './errors.mjs';
import { isSoundKey, sameKey } from './keys.mjs';

/**
 * @typedef {import('./cose.mjs').Sign1} Sign1
 * @typedef {import('./keys.mjs').DeviceKey} DeviceKey
 */

/**
 * The form of all that stands around the claims. Whether the device layer's header is that of its key is for the caller to ask:
 * where the key is a card's, the message does not hold it.
 * @template T
 * @param {Uint8Array} bytes
 * @param {number} longest
 * @param {import('./shape.mjs').Reader<T>} form
 * @returns {{ device: Sign1, suite: 1 | 2, code: Sign1, claims: T, digest: Uint8Array }}
 * @throws {NotInForm}
 */
export function readTwoLayers(bytes, longest, form) {
  const device = readSign1(decode(bytes, longest));
  const code = readSign1(decode(device.payload, longest));
  checkHeader(code.header, HEADER_ED25519);
  const claims = form(decode(code.payload, longest));
  return { device, suite: suiteOf(device), code, claims, digest: sha256(bytes) };
}

/**
 * COSE-2, for {1: alg}.
 * @param {Sign1} device
 * @returns {1 | 2}
 * @throws {NotInForm}
 */
export function suiteOf({ header }) {
  if (equal(header, HEADER_DEVICE[1])) return 1;
  if (equal(header, HEADER_DEVICE[2])) return 2;
  throw new NotInForm('the header');
}

/**
 * COSE-3.
 * @param {{ suite: 1 | 2 }} message
 * @param {DeviceKey} key
 * @throws {NotInForm}
 */
export function checkSuite({ suite }, key) {
  if (suite !== key.suite) throw new NotInForm('a header that is not that of its key');
}

/**
 * @param {Uint8Array} x
 * @returns {import('./keys.mjs').Ed25519Key}
 */
export const codePublicKey = (x) => ({ suite: 1, x });

/**
 * KEY-2 for the keys that a phone brings along, and that they are two.
 * @param {DeviceKey} deviceKey
 * @param {Uint8Array} codeKey
 */
export function areTwoSoundKeys(deviceKey, codeKey) {
  const key = codePublicKey(codeKey);
  return isSoundKey(deviceKey) && isSoundKey(key) && !sameKey(deviceKey, key);
}
