// The snapshot (section 11.2): what one issuer's status lists are at one moment, all of them.
import { sha256 } from '@noble/hashes/sha2.js';
import { equal } from './bytes.mjs';
import { decode } from './cbor.mjs';
import { AAD, verifies } from './cose.mjs';
import { signedForm } from './detached.mjs';
import { NotInForm, Refusal, inForm } from './errors.mjs';
import { digest, integer, issuerId, list, record, time, tuple } from './shape.mjs';
import { AHEAD } from './status_list.mjs';
import { validIssuerKeys } from './trust_list.mjs';

const LONGEST = 262_144;
/** From iat to exp, in seconds. */
const LONGEST_LIFE = 2_678_400;

const namedList = tuple(integer(0, 65535), integer(1, 262_144), digest);
const claimsForm = record({
  iss: [1, issuerId],
  exp: [4, time],
  iat: [6, time],
  ttl: [65534, integer(1, 31_622_400)],
  content: [-65542, record({ sequence: [1, integer(1, 4294967295)], lists: [2, list(1, 4096, namedList)] })],
});
const outerForm = signedForm(4);

/**
 * @typedef {{ number: number, size: number, digest: Uint8Array }} NamedList size in bytes, of the inflated list
 * @typedef {{ sequence: number, digest: Uint8Array, iat: number, isByListedKey: boolean }} Newest the newest snapshot accepted of
 *   an issuer, and whether the trust list in force still gives its key
 */

/**
 * @typedef {object} Snapshot
 * @property {string} issuer
 * @property {number} sequence
 * @property {number} iat
 * @property {number} exp
 * @property {number} ttl
 * @property {NamedList[]} lists by number, rising
 * @property {Uint8Array} digest SHA-256 of its payload
 * @typedef {Snapshot & { key: import('./keys.mjs').PublicKey }} VerifiedSnapshot an authentic one, and the key under which it
 *   verified; whether it has expired is asked at each use
 */

/**
 * @typedef {{ snapshot: Snapshot, signatures: import('./detached.mjs').Detached[] }} Parsed
 */

/**
 * N1.
 * @param {Uint8Array} bytes
 * @returns {Parsed}
 */
export function parseSnapshot(bytes) {
  return inForm('snapshot-structure', () => {
    const { payload, signatures } = outerForm(decode(bytes, LONGEST));
    const { iss: issuer, exp, iat, ttl, content } = claimsForm(decode(payload, LONGEST));
    const lists = content.lists.map(([number, size, listDigest]) => ({ number, size, digest: listDigest }));
    if (exp <= iat || exp > iat + LONGEST_LIFE) throw new NotInForm('SNAP-1: exp is not soon after iat');
    if (lists.some(({ number }, i) => i > 0 && number <= lists[i - 1].number)) throw new NotInForm('SNAP-1: not rising');
    return { snapshot: { issuer, sequence: content.sequence, iat, exp, ttl, lists, digest: sha256(payload) }, signatures };
  });
}

/**
 * N1 to N6.
 * @param {Uint8Array} bytes
 * @param {import('./trust_list.mjs').TrustList} trustList
 * @param {Newest | null} newest the newest accepted of its issuer, if any
 * @param {boolean} postQuantum whether post-quantum signatures are required
 * @param {number} now
 * @returns {VerifiedSnapshot}
 * @throws {Refusal}
 */
export function verifySnapshot(bytes, trustList, newest, postQuantum, now) {
  const parsed = parseSnapshot(bytes);
  const { snapshot } = parsed;
  const first = candidates(parsed, trustList, 'status');
  if (first.length === 0) throw new Refusal('snapshot-issuer');
  const signer = first.find(holds);
  if (signer === undefined) throw new Refusal('snapshot-signature');
  if (postQuantum && !candidates(parsed, trustList, 'secondSignature').some(holds)) throw new Refusal('snapshot-post-quantum');
  if (newest !== null && isRolledBack(snapshot, newest)) throw new Refusal('snapshot-rollback');
  if (snapshot.iat > now + AHEAD) throw new Refusal('snapshot-not-yet-valid');
  return { ...snapshot, key: signer.key };
}

/**
 * Each signature with each key that it may be by; a header with another algorithm than the key's names no such key (COSE-3).
 * @param {Parsed} parsed
 * @param {import('./trust_list.mjs').TrustList} trustList
 * @param {'status' | 'secondSignature'} use
 */
function candidates({ snapshot: { issuer, iat }, signatures }, trustList, use) {
  return signatures.flatMap((signature) => validIssuerKeys(trustList, issuer, signature.kid, use, iat)
    .flatMap(({ key }) => (key.suite === signature.suite ? [{ signature, key }] : [])));
}

/** @param {ReturnType<typeof candidates>[number]} candidate */
function holds({ signature, key }) {
  return verifies(signature, AAD.snapshot, key);
}

/**
 * For SNAP-3: whether the trust list in force still gives a key under which a snapshot verifies that was accepted before.
 * @param {Parsed} parsed
 * @param {import('./trust_list.mjs').TrustList} trustList
 */
export function isByListedKey(parsed, trustList) {
  return candidates(parsed, trustList, 'status').some(holds);
}

/**
 * N5.
 * @param {Snapshot} snapshot
 * @param {Newest} newest
 */
function isRolledBack({ sequence, iat, digest: own }, newest) {
  if (iat < newest.iat) return true;
  // SNAP-3: otherwise the sequence begins anew.
  if (!newest.isByListedKey) return false;
  return sequence < newest.sequence || (sequence === newest.sequence && !equal(own, newest.digest));
}

/**
 * @param {NamedList} named
 * @param {Uint8Array | undefined} inflated
 * @returns {boolean} whether these are the bytes of the list that a snapshot names
 */
export function isList({ size, digest: named }, inflated) {
  return inflated !== undefined && inflated.length === size && equal(sha256(inflated), named);
}
