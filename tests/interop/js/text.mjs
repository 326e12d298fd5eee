// The text in the QR code (section 3): length, prefix, Base45, and the repair of a keyboard wedge.
import { decodeBase45, encodeBase45 } from './base45.mjs';
import { Refusal, inForm } from './errors.mjs';

/** By the message that follows. No prefix begins another. */
export const PREFIX = Object.freeze({
  presentation: 'VT1:', sealed: 'VTS1:', certificate: 'VTT1:', challenge: 'VTC1:', introduction: 'VTI1:', 'lent-card': 'VTD1:',
});
/** What each reader reads: other messages are refused as no message at all (TEXT-2). */
export const READ_BY_TERMINAL = /** @type {const} */ (['presentation', 'sealed']);
/** At a terminal. What phones show each other has readers of its own. */
export const READ_BY_PHONE = /** @type {const} */ (['certificate', 'challenge']);
const MOST_CHARACTERS = 1600;

/** @typedef {keyof typeof PREFIX} Kind */

/**
 * TEXT-1 to TEXT-3. A character is a Unicode code point: a string of this language counts two for some of them.
 * @template {Kind} K
 * @param {string} text
 * @param {readonly K[]} kinds what its reader reads
 * @returns {{ kind: K, bytes: Uint8Array }}
 * @throws {Refusal} text-too-long, text-prefix, text-encoding
 */
export function readText(text, kinds) {
  // The first test is enough to refuse, and keeps the second from walking through an enormous text.
  if (text.length > 2 * MOST_CHARACTERS || [...text].length > MOST_CHARACTERS) throw new Refusal('text-too-long');
  const kind = kinds.find((candidate) => text.startsWith(PREFIX[candidate]));
  if (kind === undefined) throw new Refusal('text-prefix');
  return { kind, bytes: inForm('text-encoding', () => decodeBase45(text.slice(PREFIX[kind].length))) };
}

/**
 * H1, I1 and G1: the same on a phone, which has one code for all of it.
 * @template {Kind} K
 * @param {string} text
 * @param {readonly K[]} kinds
 * @param {'terminal-text' | 'introduction-text' | 'grant-text'} code
 * @throws {Refusal} code
 */
export function readPhoneText(text, kinds, code) {
  try {
    return readText(text, kinds);
  } catch (error) {
    if (error instanceof Refusal) throw new Refusal(code, error.message);
    throw error;
  }
}

/**
 * @param {Kind} kind
 * @param {Uint8Array} bytes
 * @returns {string}
 */
export function writeText(kind, bytes) {
  return PREFIX[kind] + encodeBase45(bytes);
}

const ARRIVED = 'à&é"\'(-è_çQW?AZM458):!';
const MEANT = '0123456789AZMQW:$%*-./';
/** What stands in neither row stays as it is. A digit, say, is not among these: this keyboard would not have made it. */
const UNCHANGED = 'BCDEFGHIJKLNOPRSTUVXY +';
const REPAIR = new Map([...UNCHANGED].map((character) => [character, character]));
[...ARRIVED].forEach((character, i) => REPAIR.set(character, MEANT[i]));

/**
 * Undoes a scanner set to a US keyboard on a computer set to a French one. What cannot be repaired comes back as it was.
 * @param {string} text
 * @returns {string}
 */
export function repairKeyboard(text) {
  if (!text.startsWith('VT&M') && !text.startsWith('VTS&M')) return text;
  let repaired = '';
  for (const character of text) {
    const meant = REPAIR.get(character);
    if (meant === undefined) return text;
    repaired += meant;
  }
  return repaired;
}

/**
 * Removes the Enter of a keyboard wedge: one trailing CR, LF or CR LF.
 * @param {string} text
 * @returns {string}
 */
export function removeLineEnd(text) {
  if (text.endsWith('\r\n')) return text.slice(0, -2);
  return text.endsWith('\r') || text.endsWith('\n') ? text.slice(0, -1) : text;
}
