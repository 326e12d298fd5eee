// The status list (section 11.1): two bits for each card of an issuer.
import { inflateSync } from 'node:zlib';
import { decode } from './cbor.mjs';
import { AAD, readSign1, readStatusListHeader, verifies } from './cose.mjs';
import { NotInForm, Refusal, inForm } from './errors.mjs';
import { keyId, sameKey } from './keys.mjs';
import { bytes, integer, oneOf, record, time, uri } from './shape.mjs';
import { validIssuerKeys } from './trust_list.mjs';

const LONGEST = 266_240;
/** By how much what is signed may be dated ahead of the clock, in seconds. */
export const AHEAD = 300;
const MOST_INFLATED = 262_144;
export const ENTRIES_IN_A_BYTE = 4;

const claimsForm = record({
  sub: [2, uri],
  exp: [4, time],
  iat: [6, time],
  list: [65533, record({ lst: ['lst', bytes], bits: ['bits', oneOf(2)] })],
  ttl: [65534, integer(1, 31_622_400)],
});

/**
 * @typedef {object} StatusList an authentic list, by its own signature or by a snapshot's, whose iat, exp, ttl and key these are
 *   then; whether it has expired is asked at each use (STATUS-4)
 * @property {string} issuer
 * @property {number} number
 * @property {number} iat
 * @property {number} exp
 * @property {number} ttl
 * @property {import('./keys.mjs').PublicKey} key under which it verified
 * @property {Uint8Array} entries
 */

/**
 * S1.
 * @param {Uint8Array} listBytes
 */
export function parseStatusList(listBytes) {
  return inForm('status-list-structure', () => {
    const message = readSign1(decode(listBytes, LONGEST));
    const kid = readStatusListHeader(message.header);
    const claims = claimsForm(decode(message.payload, LONGEST));
    if (claims.exp <= claims.iat) throw new NotInForm('exp is not after iat');
    return { ...message, kid, claims };
  });
}

/**
 * S1 to S4.
 * @param {Uint8Array} listBytes
 * @param {import('./trust_list.mjs').TrustList} trustList
 * @returns {StatusList}
 * @throws {Refusal}
 */
export function verifyStatusList(listBytes, trustList) {
  const message = parseStatusList(listBytes);
  const { sub, iat, exp, ttl, list } = message.claims;
  const { base, number } = splitSubject(sub);
  const issuer = trustList.issuers.find(({ statusBase }) => statusBase === base);
  if (issuer === undefined) throw new Refusal('status-list-issuer');
  const keys = validIssuerKeys(trustList, issuer.id, message.kid, 'status', iat);
  if (keys.length === 0) throw new Refusal('status-list-issuer');
  const signer = keys.find(({ key }) => verifies(message, AAD.statusList, key));
  if (signer === undefined) throw new Refusal('status-list-signature');
  // STATUS-2: only now.
  const entries = inForm('status-list-content', () => inflate(list.lst));
  return { issuer: issuer.id, number, iat, exp, ttl, key: signer.key, entries };
}

/**
 * STATUS-3.
 * @param {string} sub
 */
function splitSubject(sub) {
  const slash = sub.lastIndexOf('/');
  const digits = sub.slice(slash + 1);
  if (slash < 0 || !/^(0|[1-9][0-9]{0,4})$/.test(digits) || Number(digits) > 65535) throw new Refusal('status-list-issuer');
  return { base: sub.slice(0, slash), number: Number(digits) };
}

/**
 * Exactly one zlib stream of 1 to 262,144 bytes.
 * @param {Uint8Array} stream
 * @returns {Uint8Array}
 * @throws {NotInForm}
 */
export function inflate(stream) {
  /** @type {{ buffer: Uint8Array, engine: { bytesWritten: number } }} */
  let result;
  try {
    // With `info` the call also tells how much it consumed: it ignores what follows the stream.
    result = /** @type {any} */ (inflateSync(stream, /** @type {any} */ ({ maxOutputLength: MOST_INFLATED, info: true })));
  } catch {
    throw new NotInForm('no complete zlib stream within the limit');
  }
  if (result.engine.bytesWritten !== stream.length) throw new NotInForm('bytes after the zlib stream');
  if (result.buffer.length === 0) throw new NotInForm('an empty list');
  return new Uint8Array(result.buffer);
}

/**
 * STATUS-5: the trust list in force may be a later one than that under which the list was accepted.
 * @param {StatusList} list
 * @param {import('./trust_list.mjs').TrustList} trustList
 * @param {number} now
 */
export function isBelievable({ issuer, iat, key }, trustList, now) {
  const listed = validIssuerKeys(trustList, issuer, keyId(key), 'status', iat);
  return iat <= now + AHEAD && listed.some((each) => sameKey(each.key, key));
}

/** @param {StatusList} list */
export function sizeOf(list) {
  return list.entries.length * ENTRIES_IN_A_BYTE;
}

/**
 * @param {StatusList} list
 * @param {number} index
 * @returns {number | null} 0 to 3, or null beyond the end
 */
export function entryAt(list, index) {
  if (index >= sizeOf(list)) return null;
  return (list.entries[Math.floor(index / ENTRIES_IN_A_BYTE)] >> (2 * (index % ENTRIES_IN_A_BYTE))) & 3;
}

/**
 * @param {Uint8Array} entries
 * @param {number} index within them
 * @param {number} value 0 to 3
 */
export function setEntry(entries, index, value) {
  const [at, shift] = [Math.floor(index / ENTRIES_IN_A_BYTE), 2 * (index % ENTRIES_IN_A_BYTE)];
  entries[at] = (entries[at] & ~(3 << shift)) | (value << shift);
}
