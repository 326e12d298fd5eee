// HPKE (RFC 9180) in base mode, one message, with the one suite of section 13.3: opening.
import { chacha20poly1305 } from '@noble/ciphers/chacha.js';
import { x25519 } from '@noble/curves/ed25519.js';
import { expand, extract } from '@noble/hashes/hkdf.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { concat, fromHex, utf8 } from './bytes.mjs';
import { NotInForm } from './errors.mjs';

/** DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, ChaCha20Poly1305. */
const KEM_SUITE = concat(utf8('KEM'), fromHex('0020'));
const HPKE_SUITE = concat(utf8('HPKE'), fromHex('0020'), fromHex('0001'), fromHex('0003'));
const VERSION = utf8('HPKE-v1');
const MODE_BASE = Uint8Array.of(0);
const NOTHING = new Uint8Array(0);

/** Lengths in bytes. */
const ENC = 32;
const SECRET = 32;
const KEY = 32;
const NONCE = 12;
const TAG = 16;
/** enc and the tag: what sealing adds. */
export const OVERHEAD = ENC + TAG;

/**
 * LabeledExtract of section 4.
 * @param {Uint8Array} suite
 * @param {Uint8Array} salt
 * @param {string} label
 * @param {Uint8Array} ikm
 */
function labeledExtract(suite, salt, label, ikm) {
  return extract(sha256, concat(VERSION, suite, utf8(label), ikm), salt);
}

/**
 * LabeledExpand of section 4; `length` is below 256 in all uses here.
 * @param {Uint8Array} suite
 * @param {Uint8Array} key
 * @param {string} label
 * @param {Uint8Array} info
 * @param {number} length
 */
function labeledExpand(suite, key, label, info, length) {
  return expand(sha256, key, concat(Uint8Array.of(0, length), VERSION, suite, utf8(label), info), length);
}

/**
 * The Diffie-Hellman value of X25519.
 * @param {Uint8Array} secret
 * @param {Uint8Array} publicKey
 * @throws {NotInForm} if it is all zero (RFC 7748 section 6.1, RFC 9180 section 7.1.4)
 */
export function agree(secret, publicKey) {
  try {
    return x25519.getSharedSecret(secret, publicKey);
  } catch {
    // The lengths are fixed by whoever calls, so this is the only thing that can be wrong.
    throw new NotInForm('a public key of small order');
  }
}

/** Any private key: what SEAL-3 asks does not depend on it, since each is a multiple of the cofactor. */
const ANY_SECRET = new Uint8Array(32).fill(1);

/**
 * SEAL-3: whether X25519 gives the all-zero value with this key, whatever the private one.
 * @param {Uint8Array} publicKey
 * @throws {NotInForm} if it does
 */
export function requireSound(publicKey) {
  agree(ANY_SECRET, publicKey);
}

/**
 * ExtractAndExpand of section 4.1, then KeySchedule of section 5.1: the same for both sides.
 * @param {Uint8Array} dh
 * @param {Uint8Array} enc
 * @param {Uint8Array} recipient its public key
 * @param {Uint8Array} info
 * @returns {{ key: Uint8Array, nonce: Uint8Array }} of the one message
 */
export function schedule(dh, enc, recipient, info) {
  const shared = labeledExpand(
    KEM_SUITE, labeledExtract(KEM_SUITE, NOTHING, 'eae_prk', dh), 'shared_secret', concat(enc, recipient), SECRET,
  );
  const context = concat(
    MODE_BASE,
    labeledExtract(HPKE_SUITE, NOTHING, 'psk_id_hash', NOTHING),
    labeledExtract(HPKE_SUITE, NOTHING, 'info_hash', info),
  );
  const secret = labeledExtract(HPKE_SUITE, shared, 'secret', NOTHING);
  return {
    key: labeledExpand(HPKE_SUITE, secret, 'key', context, KEY),
    nonce: labeledExpand(HPKE_SUITE, secret, 'base_nonce', context, NONCE),
  };
}

/**
 * Open<MODE_BASE> of section 6.1.
 * @param {Uint8Array} sealed enc || ct
 * @param {Uint8Array} secret the recipient's private key
 * @param {Uint8Array} info
 * @param {Uint8Array} aad
 * @returns {Uint8Array} the plaintext
 * @throws {NotInForm}
 */
export function openBase(sealed, secret, info, aad) {
  if (sealed.length < OVERHEAD) throw new NotInForm('too short');
  const enc = sealed.slice(0, ENC);
  const { key, nonce } = schedule(agree(secret, enc), enc, x25519.getPublicKey(secret), info);
  try {
    return chacha20poly1305(key, nonce, aad).decrypt(sealed.slice(ENC));
  } catch {
    throw new NotInForm('it was sealed to another key, with another info, or changed since');
  }
}
