import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deflateSync } from 'node:zlib';
import { concat, fromHex } from '../bytes.mjs';
import { Refusal } from '../errors.mjs';
import { keyValue } from '../keys.mjs';
import { parseSnapshot, verifySnapshot } from '../snapshot.mjs';
import { entryAt } from '../status_list.mjs';
import { statusListsOf, sync } from '../status_sync.mjs';
import * as fixture from './fixture.mjs';

const { NOW, DAY, BASE, deltaBytes, issuer, mlDsaSigner, snapshotBytes, statusListBytes, trustList } = fixture;

/** @param {string} code */
const refused = (code) => (/** @type {unknown} */ error) => {
  assert.ok(error instanceof Refusal, String(error));
  assert.equal(error.code, code);
  return true;
};

/** @typedef {Record<number, Uint8Array>} Lists */

/** @param {...number} entries @returns {Uint8Array} */
const bytes = (...entries) => Uint8Array.from(entries);

const before = { 5: bytes(0, 0), 9: bytes(0xe4) };
const after = { 5: bytes(1, 0, 0, 0x80), 7: bytes(0), 9: bytes(0xe7) };
const old = snapshotBytes(before);
const fresh = snapshotBytes(after, { sequence: 3 });
/** Of `after`: entry 0 of list 5 revoked, its last suspended; entry 0 of list 9 from 0 to 3. */
const CHANGES = [[5, [[1, fromHex('00')], [2, fromHex('0f')]]], [9, [[3, fromHex('00')]]]];

/** @param {Uint8Array} snapshot @param {Lists} lists */
const holding = (snapshot, lists) => ({
  ...parseSnapshot(snapshot),
  lists: new Map(Object.entries(lists).map(([number, list]) => [Number(number), list])),
});
/** @param {Lists} lists */
const files = (lists) => Object.entries(lists).map(([number, entries]) => statusListBytes({ sub: `${BASE}/${number}`, entries }));

/**
 * @param {ReturnType<typeof holding> | null} held
 * @param {Partial<Parameters<typeof sync>[1]>} [found]
 */
const run = (held, found) => sync(held, { snapshot: fresh, deltas: [], lists: [], ...found }, trustList, false, NOW);

/** @param {ReturnType<typeof sync>} synced @param {[number, number][]} places */
const statuses = (synced, places) => places.map(([number, index]) => {
  const list = statusListsOf(synced).find((each) => each.number === number);
  return list === undefined ? null : entryAt(list, index);
});

test('snapshots', () => {
  /** @param {Parameters<typeof snapshotBytes>[1]} changes @param {import('../snapshot.mjs').Newest | null} [newest] */
  const read = (changes, newest = null) => verifySnapshot(snapshotBytes(before, changes), trustList, newest, false, NOW);
  const newest = { ...read({ sequence: 5 }), isByListedKey: true };
  assert.deepEqual([newest.issuer, newest.sequence, newest.lists.map(({ size }) => size)], ['insurer', 5, [2, 1]]);
  const listDigest = fixture.seed(1);
  for (const named of [[], [[9, 1, listDigest], [5, 1, listDigest]], [[5, 1, listDigest], [5, 1, listDigest]], [[5, 0, listDigest]]]) {
    assert.throws(() => read({ named }), refused('snapshot-structure'));
  }
  for (const exp of [NOW, NOW + 31 * DAY + 1]) assert.throws(() => read({ exp }), refused('snapshot-structure'));
  assert.ok(read({ exp: NOW + 31 * DAY }));
  assert.throws(() => read({ sequence: 0 }), refused('snapshot-structure'));
  assert.throws(() => read({ issuer: 'authority' }), refused('snapshot-issuer'));
  assert.throws(() => read({ signers: [fixture.root] }), refused('snapshot-issuer'));
  assert.throws(() => read({ iat: NOW - 101 * DAY }), refused('snapshot-issuer'));
  assert.throws(() => read({ signers: [{ key: issuer.key, secret: fixture.seed(8) }] }), refused('snapshot-signature'));
  assert.ok(read({ signers: [fixture.root, { key: issuer.key, secret: fixture.seed(8) }, issuer] }));
  assert.ok(read({ sequence: 5 }, newest));
  assert.ok(read({ sequence: 6 }, newest));
  assert.throws(() => read({ sequence: 4 }, newest), refused('snapshot-rollback'));
  assert.throws(() => read({ sequence: 5, iat: NOW + 1 }, newest), refused('snapshot-rollback'));
  // SNAP-3: the sequence begins anew, the iat does not.
  assert.ok(read({ sequence: 4 }, { ...newest, isByListedKey: false }));
  for (const isByListedKey of [true, false]) {
    assert.throws(() => read({ sequence: 6, iat: NOW - 1 }, { ...newest, isByListedKey }), refused('snapshot-rollback'));
  }
  assert.ok(read({ iat: NOW + 300 }));
  assert.throws(() => read({ iat: NOW + 301 }), refused('snapshot-not-yet-valid'));
});

test('the second signature of a snapshot', () => {
  const [pq, other] = [mlDsaSigner(60), mlDsaSigner(61)];
  const list = fixture.trustListWith({ more: [fixture.listedKey(keyValue(pq.key), [5])] });
  /** @param {fixture.Signer[]} signers @param {boolean} required */
  const read = (signers, required) => verifySnapshot(snapshotBytes(before, { signers }), list, null, required, NOW);
  assert.ok(read([issuer, pq], true));
  assert.ok(read([issuer], false));
  for (const signers of [[issuer], [issuer, other], [issuer, { ...pq, secret: other.secret }]]) {
    assert.throws(() => read(signers, true), refused('snapshot-post-quantum'));
  }
  assert.throws(() => read([pq], true), refused('snapshot-issuer'));
});

test('by the lists', () => {
  const synced = run(null, { deltas: [fromHex('00')], lists: files(after) });
  assert.deepEqual([synced.by, synced.delta], ['lists', null]);
  assert.deepEqual(statuses(synced, [[5, 0], [5, 15], [5, 16], [7, 3], [9, 0], [6, 0]]), [1, 2, null, 0, 3, null]);
  // What is not needed does no harm; what is needed and not there does.
  assert.ok(run(null, { lists: [fromHex('00'), ...files({ ...after, 6: bytes(1) }), ...files(before)] }));
  const { 5: five, ...others } = after;
  for (const lists of [[], files(others), files({ ...others, 5: before[5] }), files({ ...others, 6: five })]) {
    assert.throws(() => run(null, { lists }), refused('snapshot-list'));
  }
  const [last, ...rest] = files(after).reverse();
  last[last.length - 1] ^= 1;
  assert.throws(() => run(null, { lists: [...rest, last] }), refused('snapshot-list'));
});

test('what is held already', () => {
  const held = holding(fresh, after);
  assert.deepEqual([run(held).by, run(held).delta], ['held', null]);
  assert.throws(() => run(held, { snapshot: old }), refused('snapshot-rollback'));
});

test('of what is held, a list that has not changed need not be found', () => {
  const held = holding(old, { ...before, 7: after[7] });
  const { 7: _, ...others } = after;
  const synced = run(held, { lists: files(others) });
  assert.deepEqual([synced.by, synced.delta], ['lists', 'delta-chain']);
  assert.deepEqual([...synced.lists.values()], Object.values(after));
  assert.throws(() => run(held, { lists: files({ 7: after[7], 9: after[9] }) }), refused('snapshot-list'));
});

test('what is held by a key that is withdrawn', () => {
  const next = fixture.ed25519Signer(22);
  const snapshot = snapshotBytes(after, { sequence: 3, signers: [next] });
  /** @param {[number, boolean]} withdrawn @param {number} iat of what is held */
  const take = (withdrawn, iat) => {
    const list = fixture.trustListWith({ withdrawn, more: [fixture.listedKey(keyValue(next.key), [2])] });
    const held = holding(snapshotBytes(before, { sequence: 99, iat }), before);
    return sync(held, { snapshot, deltas: [], lists: files(after) }, list, false, NOW);
  };
  assert.equal(take([NOW - 30, true], NOW).by, 'lists');
  // Not for what it signed before.
  assert.throws(() => take([NOW - 30, true], NOW - 31), refused('snapshot-rollback'));
  assert.throws(() => take([NOW - 30, true], NOW + 1), refused('snapshot-rollback'));
});

test('by one delta, or several', () => {
  const held = holding(old, before);
  const synced = run(held, { deltas: [deltaBytes(old, fresh, CHANGES)] });
  assert.deepEqual([synced.by, synced.snapshot.sequence, synced.delta], ['deltas', 3, null]);
  assert.deepEqual([...synced.lists.values()], Object.values(after));
  assert.deepEqual([...held.lists.values()], Object.values(before), 'what is held stays');
  const between = snapshotBytes({ ...before, 9: bytes(0xe7) }, { sequence: 2 });
  const deltas = [deltaBytes(old, between, CHANGES.slice(1)), deltaBytes(between, fresh, CHANGES.slice(0, 1))];
  assert.equal(run(held, { deltas }).by, 'deltas');
  for (const chain of [[], deltas.slice(0, 1), deltas.slice(1), deltas.toReversed(), [...deltas, deltas[1]]]) {
    assert.equal(run(held, { deltas: chain, lists: files(after) }).delta, 'delta-chain');
    assert.throws(() => run(held, { deltas: chain }), refused('snapshot-list'));
  }
  // At most 64.
  const loop = deltaBytes(old, old, []);
  const filled = [...new Array(63).fill(loop), deltaBytes(old, fresh, CHANGES)];
  assert.equal(run(held, { deltas: filled }).by, 'deltas');
  assert.equal(run(held, { deltas: [loop, ...filled], lists: files(after) }).delta, 'delta-chain');
});

test('deltas that are refused', () => {
  const held = holding(old, before);
  /** @param {import('../cbor.mjs').CborValue} changes @param {Parameters<typeof deltaBytes>[3]} [by] */
  const code = (changes, by) => run(held, { deltas: [deltaBytes(old, fresh, changes, by)], lists: files(after) }).delta;
  assert.equal(code(CHANGES), null);
  for (const gaps of ['', '80', '8000', '0000', '0180', '018000', '0100']) {
    assert.equal(code([[5, [[1, fromHex(gaps)]]]]), 'delta-structure', gaps);
  }
  const one = [1, fromHex('00')];
  for (const changes of [[[5, []]], [[5, [one, one]]], [[5, [[2, one[1]], one]]], [[5, [one]], [5, [one]]], [[9, [one]], [5, [one]]], [[5, [[4, one[1]]]]]]) {
    assert.equal(code(changes), 'delta-structure');
  }
  assert.equal(code(CHANGES, { signer: fixture.root }), 'delta-signature');
  assert.equal(code(CHANGES, { signer: { key: issuer.key, secret: fixture.seed(8) } }), 'delta-signature');
  assert.equal(code(CHANGES, { issuer: 'another' }), 'delta-signature');
  const huge = concat(new Uint8Array(1000).fill(0x80), bytes(1));
  for (const changes of [[], [[5, [[1, fromHex('10')]]]], [[5, [[1, huge]]]], [[6, [one]]], [...CHANGES.slice(0, 1), [7, [one]], CHANGES[1]]]) {
    assert.equal(code(changes), 'delta-content');
  }
  // A list that is gone, with a change in it or without, and one that is shorter than it was.
  /** @param {Lists} lists @param {import('../cbor.mjs').CborValue} changes */
  const to = (lists, changes) => {
    const snapshot = snapshotBytes(lists, { sequence: 4 });
    return run(held, { snapshot, deltas: [deltaBytes(old, snapshot, changes)], lists: files(lists) }).delta;
  };
  assert.equal(to({ 9: after[9] }, CHANGES.slice(1)), null);
  assert.equal(to({ 9: after[9] }, CHANGES), 'delta-content');
  assert.equal(to({ ...after, 5: bytes(0) }, CHANGES.slice(1)), 'delta-content');
});

test('a list of the greatest size', () => {
  const most = new Uint8Array(262_144);
  most[262_143] = 0xc0;
  const snapshot = snapshotBytes({ 0: most }, { sequence: 2 });
  const held = holding(snapshotBytes({ 0: new Uint8Array(262_144) }), { 0: new Uint8Array(262_144) });
  const last = [[0, [[3, fromHex('ffff3f')]]]];
  assert.equal(run(held, { snapshot, deltas: [deltaBytes(snapshotBytes({ 0: new Uint8Array(262_144) }), snapshot, last)] }).by, 'deltas');
  const list = statusListBytes({ sub: `${BASE}/0`, lst: deflateSync(most) });
  assert.equal(run(null, { snapshot, lists: [list] }).by, 'lists');
});
