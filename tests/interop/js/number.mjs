// A person's number (NIR): its form (section 6), the commitment to it and how it is sealed to the issuer (ENROL-3).
import { sha256 } from '@noble/hashes/sha2.js';
import { decode, encode } from './cbor.mjs';
import { openBase } from './hpke.mjs';
import { bytesOf, matching, tuple } from './shape.mjs';

/** Without its key, which follows from it. */
export const nir = matching(/^[1-478][0-9]{4}([0-9]{2}|2A|2B)[0-9]{6}$/);
/** Of the sealed number, in bytes: more than any well-formed one. */
export const LONGEST_SEALED_NUMBER = 128;

const sealedForm = tuple(nir, bytesOf(16));

/**
 * @param {string} number
 * @param {Uint8Array} salt
 * @returns {Uint8Array} the commitment
 */
export function commitmentTo(number, salt) {
  return sha256(encode(['vitaletoken/1', 'number', salt, number]));
}

/** @param {Uint8Array} offerDigest SHA-256 of the exact offer */
export function numberInfo(offerDigest) {
  return encode(['vitaletoken/1', 'enrolment-number', offerDigest]);
}

/**
 * @param {Uint8Array} sealed
 * @param {Uint8Array} secret the issuer's
 * @param {Uint8Array} offerDigest SHA-256 of the exact offer
 * @returns {{ nir: string, salt: Uint8Array }} whether the commitment is to it is for the caller to ask
 * @throws {import('./errors.mjs').NotInForm}
 */
export function openNumber(sealed, secret, offerDigest) {
  const plaintext = openBase(sealed, secret, numberInfo(offerDigest), new Uint8Array(0));
  const [number, salt] = sealedForm(decode(plaintext, LONGEST_SEALED_NUMBER));
  return { nir: number, salt };
}
