// The delta (section 11.3): what changed from one snapshot to the next.
import { equal } from './bytes.mjs';
import { decode } from './cbor.mjs';
import { AAD, readKidHeader, readSign1, verifies } from './cose.mjs';
import { NotInForm, Refusal, inForm } from './errors.mjs';
import { bytes, digest, integer, issuerId, list, record, tuple } from './shape.mjs';
import { isList } from './snapshot.mjs';
import { ENTRIES_IN_A_BYTE, setEntry } from './status_list.mjs';
import { validIssuerKeys } from './trust_list.mjs';

const LONGEST = 262_144;
/** As many as a snapshot names. */
const MOST_LISTS = 4096;
/** SYNC-1. */
const MOST_DELTAS = 64;
/** A number of more digits than this is greater than any index; below, a double holds it exactly. */
const MOST_DIGITS = 7;

const values = list(1, 4, tuple(integer(0, 3), gaps));
const claimsForm = record({
  iss: [1, issuerId],
  content: [-65543, record({
    from: [1, digest],
    to: [2, digest],
    changes: [3, list(0, MOST_LISTS, tuple(integer(0, 65535), values))],
  })],
});

/**
 * @typedef {import('./snapshot.mjs').VerifiedSnapshot} VerifiedSnapshot
 * @typedef {Map<number, Uint8Array>} Lists inflated, by number
 * @typedef {import('./snapshot.mjs').Parsed & { lists: Lists }} Held what a terminal holds of an issuer
 */

/**
 * Rising indices: the first, then differences, each an unsigned LEB128 in its shortest form.
 * @param {unknown} value
 * @returns {number[]} Infinity for what is beyond any list
 */
function gaps(value) {
  const encoded = bytes(value);
  if (encoded.length === 0) throw new NotInForm('no index');
  /** @type {number[]} */
  const indices = [];
  for (let at = 0; at < encoded.length;) {
    const start = at;
    while (encoded[at] >= 0x80) at += 1;
    if (at === encoded.length) throw new NotInForm('an unfinished number');
    const digits = encoded.subarray(start, (at += 1));
    if (digits.length > 1 && digits[digits.length - 1] === 0) throw new NotInForm('a number that is not in its shortest form');
    const number = digits.length > MOST_DIGITS ? Infinity : digits.reduceRight((sum, digit) => sum * 128 + (digit & 0x7f), 0);
    if (indices.length > 0 && number === 0) throw new NotInForm('indices that are not rising');
    indices.push((indices.at(-1) ?? 0) + number);
  }
  return indices;
}

/**
 * D1.
 * @param {Uint8Array} deltaBytes
 */
export function parseDelta(deltaBytes) {
  return inForm('delta-structure', () => {
    const message = readSign1(decode(deltaBytes, LONGEST));
    const kid = readKidHeader(message.header);
    const claims = claimsForm(decode(message.payload, LONGEST));
    checkRising(claims.content.changes);
    for (const [, ofList] of claims.content.changes) checkRising(ofList);
    return { ...message, kid, claims };
  });
}

/** @param {readonly (readonly [number, unknown])[]} entries */
function checkRising(entries) {
  if (entries.some(([number], i) => i > 0 && number <= entries[i - 1][0])) throw new NotInForm('lists or values not rising');
}

/**
 * D1 to D4 of a chain of deltas, each step for all of them before the next (VERIFY-1).
 * @param {readonly Uint8Array[]} found in order
 * @param {Held} held
 * @param {VerifiedSnapshot} snapshot the new one
 * @param {import('./trust_list.mjs').TrustList} trustList
 * @returns {Lists} those that the new snapshot names
 * @throws {Refusal}
 */
export function applyDeltas(found, held, snapshot, trustList) {
  // None at all, or more than a terminal takes.
  if (found.length === 0 || found.length > MOST_DELTAS) throw new Refusal('delta-chain');
  const parsed = found.map(parseDelta);
  for (const delta of parsed) checkSignature(delta, snapshot, trustList);
  const deltas = parsed.map(({ claims }) => claims.content);
  let at = held.snapshot.digest;
  for (const { from, to } of deltas) {
    if (!equal(from, at)) throw new Refusal('delta-chain');
    at = to;
  }
  if (!equal(at, snapshot.digest)) throw new Refusal('delta-chain');
  const lists = filledUp(held.lists, snapshot);
  for (const [number, ofList] of deltas.flatMap(({ changes }) => changes)) {
    const entries = lists.get(number);
    if (entries === undefined) throw new Refusal('delta-content', 'a list that the snapshot does not name');
    for (const [value, indices] of ofList) change(entries, indices, value);
  }
  const arrived = snapshot.lists.every((named) => isList(named, lists.get(named.number)));
  if (!arrived) throw new Refusal('delta-content', 'another list');
  return lists;
}

/**
 * D2.
 * @param {ReturnType<typeof parseDelta>} delta
 * @param {VerifiedSnapshot} snapshot
 * @param {import('./trust_list.mjs').TrustList} trustList
 */
function checkSignature(delta, { issuer, iat }, trustList) {
  if (delta.claims.iss !== issuer) throw new Refusal('delta-signature', 'of another issuer');
  const keys = validIssuerKeys(trustList, issuer, delta.kid, 'status', iat);
  if (!keys.some(({ key }) => verifies(delta, AAD.delta, key))) throw new Refusal('delta-signature');
}

/**
 * The lists that the new snapshot names, in the sizes that it gives: what is held of each, then zero bytes. A list that it does
 * not name is no more.
 * @param {Lists} held
 * @param {VerifiedSnapshot} snapshot
 * @returns {Lists}
 */
function filledUp(held, snapshot) {
  const lists = new Map(snapshot.lists.map(({ number, size }) => [number, new Uint8Array(size)]));
  for (const [number, entries] of held) {
    const list = lists.get(number);
    if (list !== undefined && list.length < entries.length) throw new Refusal('delta-content', 'a list now shorter');
    list?.set(entries);
  }
  return lists;
}

/**
 * @param {Uint8Array} entries
 * @param {number[]} indices rising
 * @param {number} value
 */
function change(entries, indices, value) {
  const last = indices[indices.length - 1];
  if (last >= entries.length * ENTRIES_IN_A_BYTE) throw new Refusal('delta-content', 'an index beyond its list');
  for (const index of indices) setEntry(entries, index, value);
}
