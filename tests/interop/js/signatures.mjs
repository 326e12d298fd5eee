// Signatures: SIG-1 to SIG-3 to the letter, and signing for the production layers.
//
// noble's own Ed25519 verification multiplies by the cofactor, which SIG-1 excludes; only its point arithmetic is used.
import { ed25519 } from '@noble/curves/ed25519.js';
import { p256 } from '@noble/curves/nist.js';
import { sha256, sha512 } from '@noble/hashes/sha2.js';
import { ml_dsa65 } from '@noble/post-quantum/ml-dsa.js';
import { concat, equal, toHex } from './bytes.mjs';
import { p256Point } from './keys.mjs';
import { once } from './memo.mjs';

const { Point } = ed25519;
const L = Point.Fn.ORDER;

/**
 * @param {Uint8Array} bytes
 * @returns {bigint}
 */
function littleEndian(bytes) {
  return BigInt(`0x${toHex(bytes.slice().reverse())}`);
}

/**
 * @param {Uint8Array} encoding
 * @param {boolean} lenient accept a y that is not below p, and the wrong sign of x = 0
 */
function pointOrNull(encoding, lenient) {
  try {
    return Point.fromBytes(encoding, lenient);
  } catch {
    return null;
  }
}

/**
 * SIG-1.
 * @param {Uint8Array} publicKey 32 bytes
 * @param {Uint8Array} message
 * @param {Uint8Array} signature 64 bytes
 * @returns {boolean}
 */
export function verifyEd25519(publicKey, message, signature) {
  if (publicKey.length !== 32 || signature.length !== 64) return false;
  const encodedR = signature.subarray(0, 32);
  const s = littleEndian(signature.subarray(32));
  if (s >= L) return false;
  const a = pointOrNull(publicKey, false);
  if (a === null || a.isSmallOrder()) return false;
  // Lenient, since R of small order is refused in a non-canonical encoding too. An R that is no point at all needs no test
  // of its own: it cannot be equal to an encoding, below.
  if (pointOrNull(encodedR, true)?.isSmallOrder()) return false;
  const k = littleEndian(sha512(concat(encodedR, publicKey, message))) % L;
  // k·A is subtracted as it is: with (L - k)·A the result would differ for a key outside the prime-order subgroup.
  const expected = Point.BASE.multiplyUnsafe(s).subtract(a.multiplyUnsafe(k));
  return equal(expected.toBytes(), encodedR);
}

/**
 * SIG-2.
 * @param {import('./keys.mjs').P256Key} key
 * @param {Uint8Array} message
 * @param {Uint8Array} signature
 * @returns {boolean}
 */
export function verifyEsp256(key, message, signature) {
  const point = p256Point(key);
  if (point === null || signature.length !== 64) return false;
  try {
    const { r, s } = p256.Signature.fromBytes(signature, 'compact');
    const n = p256.Point.Fn.ORDER;
    // The library checks the ranges as well; they are written out because they are the rule.
    if (r < 1n || r >= n || s < 1n || 2n * s > n) return false;
    return p256.verify(signature, sha256(message), point.toBytes(), { prehash: false, lowS: true, format: 'compact' });
  } catch {
    return false;
  }
}

/**
 * SIG-3: pure, and the context string empty.
 * @param {Uint8Array} publicKey 1,952 bytes
 * @param {Uint8Array} message
 * @param {Uint8Array} signature 3,309 bytes
 * @returns {boolean}
 */
function verifyMlDsa65(publicKey, message, signature) {
  return ml_dsa65.verify(signature, message, publicKey);
}

/** Bytes of a signature, by suite. */
export const SIGNATURE_LENGTH = /** @type {const} */ ({ 1: 64, 2: 64, pq: 3309 });

/** A collision of SHA-256 would be needed to deceive it. @type {Map<string, boolean>} */
const known = new Map();
const MOST_KNOWN = 100_000;

/**
 * @param {import('./keys.mjs').PublicKey} key
 * @param {Uint8Array} message
 * @param {Uint8Array} signature
 * @returns {boolean}
 */
export function verify(key, message, signature) {
  if (signature.length !== SIGNATURE_LENGTH[key.suite]) return false;
  // The kind fixes the lengths, so the parts of the digest cannot run into each other.
  const kind = key.suite === 'pq' ? 4 : key.suite === 1 ? 1 : key.odd ? 3 : 2;
  const name = toHex(sha256(concat(Uint8Array.of(kind), key.x, signature, message)));
  return once(known, MOST_KNOWN, name, () => verifyAnew(key, message, signature));
}

/**
 * @param {import('./keys.mjs').PublicKey} key
 * @param {Uint8Array} message
 * @param {Uint8Array} signature
 */
function verifyAnew(key, message, signature) {
  switch (key.suite) {
    case 1:
      return verifyEd25519(key.x, message, signature);
    case 2:
      return verifyEsp256(key, message, signature);
    case 'pq':
      return verifyMlDsa65(key.x, message, signature);
  }
}

/**
 * @param {1 | 2} suite
 * @param {Uint8Array} secret an Ed25519 seed, or the private scalar of P-256
 * @param {Uint8Array} message
 * @returns {Uint8Array} 64 bytes
 */
export function sign(suite, secret, message) {
  if (suite === 1) return ed25519.sign(message, secret);
  // Deterministic (RFC 6979) and s ≤ n/2.
  return p256.sign(message, secret, { prehash: true, lowS: true, format: 'compact', extraEntropy: false });
}

/**
 * @param {Uint8Array} seed
 * @returns {import('./keys.mjs').Ed25519Key}
 */
export function ed25519KeyOfSeed(seed) {
  return { suite: 1, x: ed25519.getPublicKey(seed) };
}
