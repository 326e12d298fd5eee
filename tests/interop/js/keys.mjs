// Public keys: their COSE_Key forms, thumbprints (RFC 9679), key ids, and the check of sections 5.1 and 5.3.
import { ed25519 } from '@noble/curves/ed25519.js';
import { p256 } from '@noble/curves/nist.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { concat, equal, toHex } from './bytes.mjs';
import { encode, mapOf } from './cbor.mjs';
import { NotInForm } from './errors.mjs';
import { once } from './memo.mjs';
import { bool, bytesOf, map, oneOf, record } from './shape.mjs';

/**
 * @typedef {{ suite: 1, x: Uint8Array }} Ed25519Key
 * @typedef {{ suite: 2, x: Uint8Array, odd: boolean }} P256Key
 * @typedef {{ suite: 'pq', x: Uint8Array }} MlDsaKey x is `pub`, which has no other part
 * @typedef {Ed25519Key | P256Key} DeviceKey
 * @typedef {DeviceKey | MlDsaKey} PublicKey
 */

const OKP = 1;
const EC2 = 2;
const AKP = 7;
const ED25519 = -19;
const ESP256 = -9;
const ML_DSA_65 = -49;
/** By suite. */
export const ALGORITHM = /** @type {const} */ ({ 1: ED25519, 2: ESP256, pq: ML_DSA_65 });

const ed25519Form = record({
  kty: [1, oneOf(OKP)],
  alg: [3, oneOf(ED25519)],
  crv: [-1, oneOf(6)],
  x: [-2, bytesOf(32)],
});
const p256Form = record({
  kty: [1, oneOf(EC2)],
  alg: [3, oneOf(ESP256)],
  crv: [-1, oneOf(1)],
  x: [-2, bytesOf(32)],
  odd: [-3, bool],
});
const mlDsaForm = record({ kty: [1, oneOf(AKP)], alg: [3, oneOf(ML_DSA_65)], x: [-1, bytesOf(1952)] });

/**
 * @param {unknown} value
 * @returns {Ed25519Key}
 */
export function ed25519Key(value) {
  return { suite: 1, x: ed25519Form(value).x };
}

/**
 * @param {unknown} value
 * @returns {MlDsaKey}
 */
export function mlDsaKey(value) {
  return { suite: 'pq', x: mlDsaForm(value).x };
}

/**
 * @param {unknown} value
 * @returns {DeviceKey}
 */
export function deviceKey(value) {
  if (map(value).get(1) === OKP) return ed25519Key(value);
  const { x, odd } = p256Form(value);
  return { suite: 2, x, odd };
}

/**
 * The COSE_Key as a CBOR value. The encoding is deterministic, so this gives back the bytes that a key was read from.
 * @param {PublicKey} key
 * @returns {import('./cbor.mjs').CborMap}
 */
export function keyValue(key) {
  switch (key.suite) {
    case 1:
      return mapOf([[1, OKP], [3, ED25519], [-1, 6], [-2, key.x]]);
    case 2:
      return mapOf([[1, EC2], [3, ESP256], [-1, 1], [-2, key.x], [-3, key.odd]]);
    case 'pq':
      return mapOf([[1, AKP], [3, ML_DSA_65], [-1, key.x]]);
  }
}

/**
 * @param {PublicKey} a
 * @param {PublicKey} b
 */
export function sameKey(a, b) {
  if (a.suite === 2 && b.suite === 2 && a.odd !== b.odd) return false;
  return a.suite === b.suite && equal(a.x, b.x);
}

/**
 * The point of a P-256 key, or null where x belongs to none.
 * @param {P256Key} key
 */
export function p256Point(key) {
  try {
    return p256.Point.fromBytes(concat(Uint8Array.of(key.odd ? 3 : 2), key.x));
  } catch {
    return null;
  }
}

/**
 * @param {PublicKey} key
 * @returns {Uint8Array} 32 bytes
 * @throws {NotInForm} if a P-256 key is no point: the thumbprint is over y, which then does not exist
 */
export function thumbprint(key) {
  if (key.suite === 1) return sha256(encode(mapOf([[1, OKP], [-1, 6], [-2, key.x]])));
  // Kept whole: an AKP key's algorithm is one of its required members.
  if (key.suite === 'pq') return sha256(encode(keyValue(key)));
  const point = p256Point(key);
  if (point === null) throw new NotInForm('no point');
  const y = point.toBytes(false).slice(33);
  return sha256(encode(mapOf([[1, EC2], [-1, 1], [-2, key.x], [-3, y]])));
}

/**
 * KEY-1: short, so several keys can have the same.
 * @param {PublicKey} key
 */
export function keyId(key) {
  return thumbprint(key).slice(0, 8);
}

/**
 * KEY-2: whether a key may be accepted. Of an ML-DSA-65 key nothing is asked but its length.
 * @param {PublicKey} key
 */
export function isSoundKey(key) {
  if (key.suite === 'pq') return true;
  if (key.suite === 2) return p256Point(key) !== null;
  return once(known, MOST_KNOWN, toHex(key.x), () => isSoundPoint(key.x));
}

/** @type {Map<string, boolean>} */
const known = new Map();
const MOST_KNOWN = 10_000;

/** @param {Uint8Array} x */
function isSoundPoint(x) {
  try {
    const point = ed25519.Point.fromBytes(x, false);
    // The identity is in the prime-order subgroup, hence both tests.
    return !point.is0() && point.isTorsionFree();
  } catch {
    return false;
  }
}
