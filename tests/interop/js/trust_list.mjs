// The trust list (section 10): the same bytes signed by k of n root key holders, and the anchor against which it is held.
import { sha256 } from '@noble/hashes/sha2.js';
import { equal, toHex } from './bytes.mjs';
import { decode } from './cbor.mjs';
import { AAD } from './cose.mjs';
import { countSigners, signedForm } from './detached.mjs';
import { NotInForm, Refusal, inForm } from './errors.mjs';
import { ed25519Key, isSoundKey, keyId, mlDsaKey } from './keys.mjs';
import {
  bool, bytesOf, category, either, environment, integer, issuerId, list, name, optional, record, rising, text, time, tuple,
} from './shape.mjs';

const LONGEST = 262_144;

/** Key uses of an issuer, as in section 18. */
const USE = { credential: 1, status: 2, offer: 3, secondSignature: 5 };
const USE_CERTIFICATE = 4;

/** Shorter than a uri, so that every list number fits into one. */
const statusBase = text(1, 190);

/**
 * @template {import('./keys.mjs').PublicKey} K
 * @param {import('./shape.mjs').Reader<K>} key
 * @param {import('./shape.mjs').Reader<number[]>} uses
 */
const keyForm = (key, uses) => record({
  key: [1, key], uses: [2, uses], nbf: [3, time], exp: [4, time], withdrawn: [5, optional(tuple(time, bool))],
});
/** @param {number} use the only one */
const only = (use) => list(1, 1, integer(use, use));
const issuerKeyForm = either(
  keyForm(ed25519Key, rising(list(1, 3, integer(1, 3)))),
  keyForm(mlDsaKey, only(USE.secondSignature)),
);
const authorityKeyForm = keyForm(ed25519Key, only(USE_CERTIFICATE));
const issuerForm = record({
  id: [1, issuerId],
  name: [2, name],
  keys: [3, list(1, 32, issuerKeyForm)],
  statusBase: [4, statusBase],
  // For numbers sealed to it. X25519, so that KEY-2 has nothing to say of it.
  hpkeKey: [5, optional(bytesOf(32))],
});
const authorityForm = record({
  id: [1, issuerId],
  name: [2, name],
  keys: [3, list(1, 32, authorityKeyForm)],
  categories: [4, rising(list(1, 8, category))],
});
const rootsForm = record({
  threshold: [1, integer(1, 16)],
  keys: [2, list(1, 16, ed25519Key)],
  postQuantumKeys: [3, optional(list(1, 16, mlDsaKey))],
});
const claimsForm = record({
  version: [1, integer(1, 4294967295)],
  iat: [2, time],
  exp: [3, time],
  environment: [4, environment],
  roots: [5, rootsForm],
  issuers: [6, list(1, 256, issuerForm)],
  authorities: [7, optional(list(1, 256, authorityForm))],
});
const outerForm = signedForm(64);

/**
 * @typedef {ReturnType<typeof claimsForm>} Claims
 * @typedef {ReturnType<typeof rootsForm>} RootSet
 * @typedef {{ version: number, digest: Uint8Array }} Newest the newest list accepted; `digest` is that of its payload
 * @typedef {{ roots: RootSet, newest: Newest | null }} Anchor
 * @typedef {ReturnType<typeof issuerKeyForm> | ReturnType<typeof authorityKeyForm>} KeyEntry
 * @typedef {KeyEntry & { kid: Uint8Array }} ListedKey
 * @typedef {Omit<ReturnType<typeof issuerForm>, 'keys'> & { keys: ListedKey[] }} Issuer
 * @typedef {Omit<ReturnType<typeof authorityForm>, 'keys'> & { keys: ListedKey[] }} Authority
 * @typedef {Omit<Claims, 'issuers' | 'authorities'> & { digest: Uint8Array, issuers: Issuer[], authorities: Authority[] }}
 *   TrustList an authentic list; `digest` is that of its payload; whether it has expired is asked at each use (TRUST-3)
 */

/**
 * T1.
 * @param {Uint8Array} listBytes
 */
export function parseTrustList(listBytes) {
  return inForm('trust-list-structure', () => {
    const { payload, signatures } = outerForm(decode(listBytes, LONGEST));
    const claims = claimsForm(decode(payload, LONGEST));
    checkContent(claims);
    return { signatures, claims, digest: sha256(payload) };
  });
}

/**
 * TRUST-2.
 * @param {Claims} claims
 */
function checkContent(claims) {
  const { roots, issuers } = claims;
  const authorities = claims.authorities ?? [];
  if (claims.exp <= claims.iat) throw new NotInForm('exp is not after iat');
  if (!isReachable(roots)) throw new NotInForm('a threshold that cannot be reached, or a root key twice');
  const twice = hasRepeats(issuers.map(({ id }) => id))
    || hasRepeats(issuers.map(({ statusBase: base }) => base))
    || hasRepeats(authorities.map(({ id }) => id));
  if (twice) throw new NotInForm('an issuer, a status base URI or a terminal authority twice');
  const keys = [...issuers, ...authorities].flatMap((party) => /** @type {KeyEntry[]} */ (party.keys));
  if (keys.some(({ nbf, exp }) => exp <= nbf)) throw new NotInForm('exp of a key is not after nbf');
}

/**
 * Whether a root set names no key twice and has at least as many keys of each kind that is there as it asks for.
 * @param {RootSet} roots
 */
function isReachable({ threshold, keys, postQuantumKeys }) {
  return threshold >= 1 && [keys, postQuantumKeys ?? keys].every(
    (kind) => threshold <= kind.length && !hasRepeats(kind.map(({ x }) => toHex(x))),
  );
}

/** @param {string[]} values */
function hasRepeats(values) {
  return new Set(values).size !== values.length;
}

/**
 * TRUST-4.
 * @param {RootSet} roots pinned by the operator
 * @returns {Anchor} of whom nothing was accepted yet
 * @throws {RangeError} the operator's error, no verdict
 */
export function pin(roots) {
  if (!isReachable(roots) || !roots.keys.every(isSoundKey)) throw new RangeError('TRUST-4: a root set that must not be used');
  return { roots, newest: null };
}

/**
 * T1 to T7.
 * @param {Uint8Array} listBytes
 * @param {Anchor} anchor
 * @param {number} expectedEnvironment
 * @param {boolean} postQuantum whether post-quantum signatures are required
 * @returns {TrustList}
 * @throws {Refusal}
 */
export function verifyTrustList(listBytes, anchor, expectedEnvironment, postQuantum) {
  const { signatures, claims, digest } = parseTrustList(listBytes);
  /**
   * T2 and T6, for keys of one kind.
   * @param {RootSet} roots
   * @param {readonly import('./keys.mjs').PublicKey[]} keys
   */
  const agree = (roots, keys) => countSigners(signatures, AAD.trustList, keys) >= roots.threshold;

  if (!agree(anchor.roots, anchor.roots.keys)) throw new Refusal('trust-list-signature');
  const issuers = claims.issuers.map(withKeyIds);
  const authorities = (claims.authorities ?? []).map(withKeyIds);
  const keys = [...claims.roots.keys, ...[...issuers, ...authorities].flatMap((party) => party.keys.map(({ key }) => key))];
  if (!keys.every(isSoundKey)) throw new Refusal('trust-list-key');
  if (claims.environment !== expectedEnvironment) throw new Refusal('trust-list-environment');
  if (anchor.newest !== null && isOlder(claims.version, digest, anchor.newest)) throw new Refusal('trust-list-rollback');
  if (!agree(claims.roots, claims.roots.keys)) throw new Refusal('trust-list-new-roots');
  const both = [anchor.roots, claims.roots];
  const agreed = !postQuantum || both.every((roots) => agree(roots, roots.postQuantumKeys ?? []));
  if (!agreed) throw new Refusal('trust-list-post-quantum');
  return { ...claims, digest, issuers, authorities };
}

/**
 * T5.
 * @param {number} version
 * @param {Uint8Array} digest
 * @param {Newest} newest
 */
function isOlder(version, digest, newest) {
  return version < newest.version || (version === newest.version && !equal(digest, newest.digest));
}

/**
 * @param {TrustList} accepted
 * @returns {Anchor} against which the next list is held
 */
export function anchorOf({ roots, version, digest }) {
  return { roots, newest: { version, digest } };
}

/**
 * @template {{ keys: KeyEntry[] }} P
 * @param {P} party
 * @returns {Omit<P, 'keys'> & { keys: ListedKey[] }}
 */
function withKeyIds(party) {
  return { ...party, keys: party.keys.map((key) => ({ ...key, kid: keyId(key.key) })) };
}

/**
 * @param {KeyEntry} key
 * @param {number} iat
 */
export function isInWindow({ nbf, exp }, iat) {
  return nbf <= iat && iat < exp;
}

/**
 * TRUST-6.
 * @param {KeyEntry} key
 * @param {number} iat
 */
export function isWithdrawn({ withdrawn }, iat) {
  if (withdrawn === null) return false;
  const [from, keep] = withdrawn;
  return iat >= from || !keep;
}

/**
 * @param {KeyEntry} key
 * @param {number} iat
 */
function isValidAt(key, iat) {
  return isInWindow(key, iat) && !isWithdrawn(key, iat);
}

/**
 * KEY-1: every key of an issuer that has this key id and this use.
 * @param {TrustList} trustList
 * @param {string} id
 * @param {Uint8Array} kid
 * @param {keyof typeof USE} use
 * @returns {ListedKey[]}
 */
export function issuerKeys(trustList, id, kid, use) {
  const issuer = trustList.issuers.find((candidate) => candidate.id === id);
  return issuer === undefined ? [] : issuer.keys.filter((key) => equal(key.kid, kid) && key.uses.includes(USE[use]));
}

/**
 * Those of them that are valid at iat.
 * @param {TrustList} trustList
 * @param {string} id
 * @param {Uint8Array} kid
 * @param {keyof typeof USE} use
 * @param {number} iat
 */
export function validIssuerKeys(trustList, id, kid, use, iat) {
  return issuerKeys(trustList, id, kid, use).filter((key) => isValidAt(key, iat));
}

/**
 * @param {TrustList} trustList
 * @param {string} id of an issuer
 * @returns {Uint8Array | null} the key to which numbers are sealed
 */
export function hpkeKeyOf(trustList, id) {
  return trustList.issuers.find((candidate) => candidate.id === id)?.hpkeKey ?? null;
}

/**
 * @param {TrustList} trustList
 * @param {string} id
 * @returns {Authority | undefined}
 */
export function authorityOf(trustList, id) {
  return trustList.authorities.find((candidate) => candidate.id === id);
}

/**
 * KEY-1: every key of a terminal authority that has this key id and is valid at iat. Their only use is the certificate.
 * @param {Authority} authority
 * @param {Uint8Array} kid
 * @param {number} iat
 * @returns {ListedKey[]}
 */
export function validAuthorityKeys(authority, kid, iat) {
  return authority.keys.filter((key) => equal(key.kid, kid) && isValidAt(key, iat));
}
