// The JSON forms of the test vectors, continued: trust anchors, snapshots and what a terminal holds.
import { fromHex, toHex } from './bytes.mjs';
import { BadCase, keyIn } from './forms.mjs';
import { ed25519Key, mlDsaKey } from './keys.mjs';
import { parseSnapshot } from './snapshot.mjs';
import { entryAt } from './status_list.mjs';
import { statusListsOf } from './status_sync.mjs';
import { pin } from './trust_list.mjs';

/**
 * @param {{ threshold: number, keys: string[], post_quantum_keys?: string[] }} roots
 * @param {{ version: number, digest: string } | null} newest
 * @returns {import('./trust_list.mjs').Anchor}
 */
export function readAnchor({ threshold, keys, post_quantum_keys: postQuantumKeys }, newest) {
  const roots = {
    threshold,
    keys: keys.map((hex) => keyIn(hex, ed25519Key)),
    postQuantumKeys: postQuantumKeys?.map((hex) => keyIn(hex, mlDsaKey)) ?? null,
  };
  try {
    return { ...pin(roots), newest: newest && { ...newest, digest: fromHex(newest.digest) } };
  } catch (error) {
    if (error instanceof RangeError) throw new BadCase(error.message);
    throw error;
  }
}

/**
 * @param {{ sequence: number, digest: string, iat: number } | null} newest of a key that the trust list gives
 * @returns {import('./snapshot.mjs').Newest | null}
 */
export const readNewestSnapshot = (newest) => newest && { ...newest, digest: fromHex(newest.digest), isByListedKey: true };

/**
 * What was accepted before: its form is read again, and nothing more.
 * @param {{ snapshot: string, lists: Record<string, string> } | null} held
 * @returns {import('./delta.mjs').Held | null}
 */
export function readHeld(held) {
  if (held === null) return null;
  const lists = new Map(Object.entries(held.lists).map(([number, hex]) => [Number(number), fromHex(hex)]));
  return { ...parseSnapshot(fromHex(held.snapshot)), lists };
}

/** @param {import('./trust_list.mjs').TrustList} list */
export function writeTrustList({ version, exp, issuers, digest }) {
  return { version, exp, issuers: issuers.map(({ id }) => id), digest: toHex(digest) };
}

/** @param {import('./snapshot.mjs').Snapshot} snapshot */
export function writeSnapshot({ issuer, sequence, iat, lists, digest }) {
  return { issuer, sequence, iat, lists: lists.map(({ number, size }) => [number, size]), digest: toHex(digest) };
}

/**
 * @param {ReturnType<typeof import('./status_sync.mjs').sync>} synced
 * @param {[number, number][]} lookUp number and index
 */
export function writeSync(synced, lookUp) {
  const lists = new Map(statusListsOf(synced).map((list) => [list.number, list]));
  const statuses = lookUp.map(([number, index]) => {
    const list = lists.get(number);
    return list === undefined ? null : entryAt(list, index);
  });
  return { by: synced.by, sequence: synced.snapshot.sequence, statuses, delta: synced.delta };
}
