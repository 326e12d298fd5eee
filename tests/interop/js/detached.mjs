// Detached signatures (sections 10 and 11.2): each is a COSE_Sign1 whose payload stands once, beside all of them.
import { equal, toHex } from './bytes.mjs';
import { emptyMap, readKidHeader, verifies } from './cose.mjs';
import { keyId } from './keys.mjs';
import { bytes, bytesOf, either, list, nil, tuple } from './shape.mjs';
import { SIGNATURE_LENGTH } from './signatures.mjs';

/**
 * @typedef {import('./keys.mjs').PublicKey} PublicKey
 * @typedef {import('./cose.mjs').Sign1 & { suite: 1 | 'pq', kid: Uint8Array }} Detached a signature, and the algorithm and key
 *   that its header names
 */

/** @param {1 | 'pq'} suite */
function detachedForm(suite) {
  const form = tuple(bytes, emptyMap, nil, bytesOf(SIGNATURE_LENGTH[suite]));
  return (/** @type {unknown} */ value) => {
    const [header, , , signature] = form(value);
    return { suite, header, kid: readKidHeader(header, suite), signature };
  };
}

/**
 * A payload and up to `most` signatures over it.
 * @param {number} most
 * @returns {import('./shape.mjs').Reader<{ payload: Uint8Array, signatures: Detached[] }>}
 */
export function signedForm(most) {
  const outer = tuple(bytes, list(1, most, either(detachedForm(1), detachedForm('pq'))));
  return (value) => {
    const [payload, signatures] = outer(value);
    return { payload, signatures: signatures.map((signature) => ({ ...signature, payload })) };
  };
}

/**
 * @param {Detached[]} signatures
 * @param {Uint8Array} aad
 * @param {PublicKey} key
 * @returns {boolean} whether one of them is by this key
 */
export function isSignedBy(signatures, aad, key) {
  const kid = keyId(key);
  // COSE-3: a header that names another algorithm is no signature by this key.
  return signatures.some((each) => each.suite === key.suite && equal(each.kid, kid) && verifies(each, aad, key));
}

/**
 * TRUST-1: keys are counted, not signatures, and a key that stands twice is one key.
 * @param {Detached[]} signatures
 * @param {Uint8Array} aad
 * @param {readonly PublicKey[]} keys
 * @returns {number}
 */
export function countSigners(signatures, aad, keys) {
  return new Set(keys.filter((key) => isSignedBy(signatures, aad, key)).map(({ x }) => toHex(x))).size;
}
