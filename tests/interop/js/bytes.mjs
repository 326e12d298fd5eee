// Byte strings, and text on its way into them. Everywhere plain Uint8Array, never Buffer: the CBOR encoder would write a Buffer as something else.

export { bytesToHex as toHex, hexToBytes as fromHex, concatBytes as concat, utf8ToBytes as utf8 } from '@noble/hashes/utils.js';

/**
 * Equality of public values; nothing secret is ever compared here.
 * @param {Uint8Array} a
 * @param {Uint8Array} b
 */
export function equal(a, b) {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

/**
 * @param {Uint8Array} bytes
 * @param {Uint8Array} prefix
 */
export function startsWith(bytes, prefix) {
  return bytes.length >= prefix.length && equal(bytes.subarray(0, prefix.length), prefix);
}

/**
 * Bytewise lexicographic order, a shorter string before a longer one that begins with it.
 * @param {Uint8Array} a
 * @param {Uint8Array} b
 * @returns {number} negative, zero or positive
 */
export function compare(a, b) {
  const common = Math.min(a.length, b.length);
  for (let i = 0; i < common; i++) {
    if (a[i] !== b[i]) return a[i] - b[i];
  }
  return a.length - b.length;
}

/**
 * CBOR-7: writers emit Normalization Form C; readers do not ask for it.
 * @param {string} text
 */
export const normal = (text) => text.normalize('NFC');
