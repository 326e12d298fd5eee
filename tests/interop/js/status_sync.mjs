// What a terminal does with what a mirror hands out of one issuer (section 11.4): all of it, or nothing (SNAP-2).
import { equal } from './bytes.mjs';
import { applyDeltas } from './delta.mjs';
import { Refusal } from './errors.mjs';
import { isByListedKey, isList, verifySnapshot } from './snapshot.mjs';
import { verifyStatusList } from './status_list.mjs';

/**
 * @typedef {import('./delta.mjs').Held} Held
 * @typedef {import('./delta.mjs').Lists} Lists
 * @typedef {import('./snapshot.mjs').VerifiedSnapshot} VerifiedSnapshot
 * @typedef {import('./trust_list.mjs').TrustList} TrustList
 * @typedef {{ snapshot: Uint8Array, deltas: Uint8Array[], lists: Uint8Array[] }} Found as they arrived: the deltas in order
 */

/**
 * N1 to N7.
 * @param {Held | null} held what was accepted before of this issuer, if anything; nothing in it is changed
 * @param {Found} found
 * @param {TrustList} trustList
 * @param {boolean} postQuantum whether post-quantum signatures are required
 * @param {number} now
 * @returns {{ by: 'held' | 'deltas' | 'lists', snapshot: VerifiedSnapshot, lists: Lists, delta: string | null }} `delta`: why the
 *   deltas were not taken, where something is held
 * @throws {Refusal} all that is held stays
 */
export function sync(held, found, trustList, postQuantum, now) {
  const newest = held && { ...held.snapshot, isByListedKey: isByListedKey(held, trustList) };
  const snapshot = verifySnapshot(found.snapshot, trustList, newest, postQuantum, now);
  let delta = null;
  if (held !== null) {
    if (equal(held.snapshot.digest, snapshot.digest)) return { by: 'held', snapshot, lists: held.lists, delta };
    try {
      return { by: 'deltas', snapshot, lists: applyDeltas(found.deltas, held, snapshot, trustList), delta };
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      delta = error.code; // DELTA-2: the full lists
    }
  }
  return { by: 'lists', snapshot, lists: listsFor(snapshot, held, found.lists, trustList), delta };
}

/**
 * N7. A list that is held and that the snapshot names unchanged need not be found (SYNC-3).
 * @param {VerifiedSnapshot} snapshot
 * @param {Held | null} held
 * @param {Uint8Array[]} files
 * @param {TrustList} trustList
 * @returns {Lists}
 */
function listsFor(snapshot, held, files, trustList) {
  const read = files.map((file) => listOrNull(file, trustList)).filter((each) => each?.issuer === snapshot.issuer);
  return new Map(snapshot.lists.map((named) => {
    const candidates = read.flatMap((each) => (each?.number === named.number ? [each.entries] : []));
    const entries = [held?.lists.get(named.number), ...candidates].find((each) => isList(named, each));
    if (entries === undefined) throw new Refusal('snapshot-list');
    return [named.number, entries];
  }));
}

/**
 * A file that fails S1 to S4 is no list: it does harm only where it was needed.
 * @param {Uint8Array} file
 * @param {TrustList} trustList
 */
function listOrNull(file, trustList) {
  try {
    return verifyStatusList(file, trustList);
  } catch (error) {
    if (error instanceof Refusal) return null;
    throw error;
  }
}

/**
 * For V13: the lists with the snapshot's times and key.
 * @param {{ snapshot: VerifiedSnapshot, lists: Lists }} kept
 * @returns {import('./status_list.mjs').StatusList[]}
 */
export function statusListsOf({ snapshot: { issuer, iat, exp, ttl, key }, lists }) {
  return [...lists].map(([number, entries]) => ({ issuer, number, iat, exp, ttl, key, entries }));
}
