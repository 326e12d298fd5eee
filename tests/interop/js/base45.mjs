// Base45 exactly as in RFC 9285 (TEXT-3): one text for each byte string, one byte string for each text.
import { NotInForm } from './errors.mjs';

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:';
const VALUES = new Map([...ALPHABET].map((character, value) => [character, value]));

/**
 * @param {Uint8Array} bytes
 * @returns {string}
 */
export function encodeBase45(bytes) {
  let text = '';
  for (let i = 0; i < bytes.length; i += 2) {
    const pair = i + 1 < bytes.length;
    let value = pair ? bytes[i] * 256 + bytes[i + 1] : bytes[i];
    // Least significant digit first; a lone last byte takes two characters.
    for (let digits = pair ? 3 : 2; digits > 0; digits--) {
      text += ALPHABET[value % 45];
      value = Math.floor(value / 45);
    }
  }
  return text;
}

/**
 * @param {string} text
 * @returns {Uint8Array}
 * @throws {NotInForm}
 */
export function decodeBase45(text) {
  if (text.length % 3 === 1) throw new NotInForm('the length is 1 modulo 3');
  const bytes = new Uint8Array(Math.floor(text.length / 3) * 2 + (text.length % 3 === 2 ? 1 : 0));
  let at = 0;
  for (let i = 0; i < text.length; i += 3) {
    const group = text.slice(i, i + 3);
    let value = 0;
    for (let j = group.length - 1; j >= 0; j--) {
      const digit = VALUES.get(group[j]);
      if (digit === undefined) throw new NotInForm('a character outside the alphabet');
      value = value * 45 + digit;
    }
    if (value > (group.length === 3 ? 0xffff : 0xff)) throw new NotInForm('a group that is too large');
    if (group.length === 3) bytes[at++] = value >> 8;
    bytes[at++] = value & 0xff;
  }
  return bytes;
}
