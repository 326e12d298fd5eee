// The trust list (section 10): the same bytes signed by k of n root key holders.
import { equal, toHex } from './bytes.mjs';
import { decode } from './cbor.mjs';
import { AAD, readKidHeader, verifies } from './cose.mjs';
import { NotInForm, Refusal, inForm } from './errors.mjs';
import { ed25519Key, isSoundKey, keyId } from './keys.mjs';
import {
  bytes, category, environment, integer, issuerId, list, map, name, nil, optional, record, rising, signature, text, time, tuple,
} from './shape.mjs';

const LONGEST = 262_144;

/** Key uses of an issuer, as in section 17. */
const USE = { credential: 1, statusList: 2, offer: 3 };
const USE_CERTIFICATE = 4;

/** Shorter than a uri, so that every list number fits into one. */
const statusBase = text(1, 190);

/** @param {import('./shape.mjs').Reader<number[]>} uses */
const keyForm = (uses) => record({ key: [1, ed25519Key], uses: [2, uses], nbf: [3, time], exp: [4, time] });
const issuerKeyForm = keyForm(rising(list(1, 3, integer(1, 3))));
const authorityKeyForm = keyForm(list(1, 1, integer(USE_CERTIFICATE, USE_CERTIFICATE)));
const issuerForm = record({ id: [1, issuerId], name: [2, name], keys: [3, list(1, 32, issuerKeyForm)], statusBase: [4, statusBase] });
const authorityForm = record({
  id: [1, issuerId],
  name: [2, name],
  keys: [3, list(1, 32, authorityKeyForm)],
  categories: [4, rising(list(1, 8, category))],
});
const claimsForm = record({
  version: [1, integer(1, 4294967295)],
  iat: [2, time],
  exp: [3, time],
  environment: [4, environment],
  roots: [5, record({ threshold: [1, integer(1, 16)], keys: [2, list(1, 16, ed25519Key)] })],
  issuers: [6, list(1, 256, issuerForm)],
  authorities: [7, optional(list(1, 256, authorityForm))],
});
const detachedForm = tuple(bytes, map, nil, signature);
const outerForm = tuple(bytes, list(1, 16, detachedForm));

/**
 * @typedef {ReturnType<typeof claimsForm>} Claims
 * @typedef {{ threshold: number, keys: import('./keys.mjs').Ed25519Key[] }} RootSet
 * @typedef {ReturnType<ReturnType<typeof keyForm>> & { kid: Uint8Array }} ListedKey
 * @typedef {Omit<ReturnType<typeof issuerForm>, 'keys'> & { keys: ListedKey[] }} Issuer
 * @typedef {Omit<ReturnType<typeof authorityForm>, 'keys'> & { keys: ListedKey[] }} Authority
 * @typedef {Omit<Claims, 'issuers' | 'authorities'> & { issuers: Issuer[], authorities: Authority[] }} TrustList an authentic
 *   list; whether it has expired is asked at each use (TRUST-3)
 */

/**
 * T1.
 * @param {Uint8Array} listBytes
 */
export function parseTrustList(listBytes) {
  return inForm('trust-list-structure', () => {
    const [payload, detached] = outerForm(decode(listBytes, LONGEST));
    const signatures = detached.map(([header, unprotected, , signatureBytes]) => {
      if (unprotected.size !== 0) throw new NotInForm('COSE-1');
      return { header, payload, signature: signatureBytes, kid: readKidHeader(header) };
    });
    const claims = claimsForm(decode(payload, LONGEST));
    checkContent(claims);
    return { signatures, claims };
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
  if (roots.threshold > roots.keys.length) throw new NotInForm('a threshold that cannot be reached');
  const twice = hasRepeats(roots.keys.map(({ x }) => toHex(x)))
    || hasRepeats(issuers.map(({ id }) => id))
    || hasRepeats(issuers.map(({ statusBase }) => statusBase))
    || hasRepeats(authorities.map(({ id }) => id));
  if (twice) throw new NotInForm('a root key, an issuer, a status base URI or a terminal authority twice');
  const keys = [...issuers, ...authorities].flatMap((party) => party.keys);
  if (keys.some(({ nbf, exp }) => exp <= nbf)) throw new NotInForm('exp of a key is not after nbf');
}

/** @param {string[]} values */
function hasRepeats(values) {
  return new Set(values).size !== values.length;
}

/**
 * T1 to T5.
 * @param {Uint8Array} listBytes
 * @param {RootSet} roots the pinned root set
 * @param {number} expectedEnvironment
 * @param {number | null} newestVersion the newest accepted before; null for none
 * @returns {TrustList}
 * @throws {Refusal}
 */
export function verifyTrustList(listBytes, roots, expectedEnvironment, newestVersion) {
  const { signatures, claims } = parseTrustList(listBytes);
  // TRUST-1: keys are counted, not signatures; a key pinned twice is one key.
  const signers = new Set();
  for (const key of roots.keys) {
    const kid = keyId(key);
    if (signatures.some((s) => equal(s.kid, kid) && verifies(s, AAD.trustList, key))) signers.add(toHex(key.x));
  }
  if (signers.size < roots.threshold) throw new Refusal('trust-list-signature');
  const parties = [...claims.issuers, ...(claims.authorities ?? [])];
  const keys = [...claims.roots.keys, ...parties.flatMap((party) => party.keys.map(({ key }) => key))];
  if (!keys.every(isSoundKey)) throw new Refusal('trust-list-key');
  if (claims.environment !== expectedEnvironment) throw new Refusal('trust-list-environment');
  if (newestVersion !== null && claims.version < newestVersion) throw new Refusal('trust-list-rollback');
  return { ...claims, issuers: claims.issuers.map(withKeyIds), authorities: (claims.authorities ?? []).map(withKeyIds) };
}

/**
 * @template {{ keys: ReturnType<ReturnType<typeof keyForm>>[] }} P
 * @param {P} party
 * @returns {Omit<P, 'keys'> & { keys: ListedKey[] }}
 */
function withKeyIds(party) {
  return { ...party, keys: party.keys.map((key) => ({ ...key, kid: keyId(key.key) })) };
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
 * @param {TrustList} trustList
 * @param {string} id
 * @returns {Authority | undefined}
 */
export function authorityOf(trustList, id) {
  return trustList.authorities.find((candidate) => candidate.id === id);
}

/**
 * KEY-1: every key of a terminal authority that has this key id. Their only use is the certificate.
 * @param {Authority} authority
 * @param {Uint8Array} kid
 * @returns {ListedKey[]}
 */
export function authorityKeys(authority, kid) {
  return authority.keys.filter((key) => equal(key.kid, kid));
}
