// The trust list (section 10): the same bytes signed by k of n root key holders.
import { equal, toHex } from './bytes.mjs';
import { decode } from './cbor.mjs';
import { AAD, readKidHeader, verifies } from './cose.mjs';
import { NotInForm, Refusal, inForm } from './errors.mjs';
import { ed25519Key, isSoundKey, keyId } from './keys.mjs';
import { bytes, environment, integer, issuerId, list, map, name, nil, oneOf, record, signature, text, time, tuple } from './shape.mjs';

const LONGEST = 262_144;

/** Key uses, as in section 16. */
const USE = { credential: 1, statusList: 2, offer: 3 };

/** Shorter than a uri, so that every list number fits into one. */
const statusBase = text(1, 190);
const issuerKeyForm = record({ key: [1, ed25519Key], uses: [2, list(1, 3, oneOf(1, 2, 3))], nbf: [3, time], exp: [4, time] });
const issuerForm = record({ id: [1, issuerId], name: [2, name], keys: [3, list(1, 32, issuerKeyForm)], statusBase: [4, statusBase] });
const claimsForm = record({
  version: [1, integer(1, 4294967295)],
  iat: [2, time],
  exp: [3, time],
  environment: [4, environment],
  roots: [5, record({ threshold: [1, integer(1, 16)], keys: [2, list(1, 16, ed25519Key)] })],
  issuers: [6, list(1, 256, issuerForm)],
});
const detachedForm = tuple(bytes, map, nil, signature);
const outerForm = tuple(bytes, list(1, 16, detachedForm));

/**
 * @typedef {ReturnType<typeof claimsForm>} Claims
 * @typedef {{ threshold: number, keys: import('./keys.mjs').Ed25519Key[] }} RootSet
 * @typedef {ReturnType<typeof issuerKeyForm> & { kid: Uint8Array }} IssuerKey
 * @typedef {Omit<ReturnType<typeof issuerForm>, 'keys'> & { keys: IssuerKey[] }} Issuer
 * @typedef {Omit<Claims, 'issuers'> & { issuers: Issuer[] }} TrustList an authentic list; whether it has expired is asked at
 *   each use (TRUST-3)
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
  if (claims.exp <= claims.iat) throw new NotInForm('exp is not after iat');
  if (roots.threshold > roots.keys.length) throw new NotInForm('a threshold that cannot be reached');
  const twice = hasRepeats(roots.keys.map(({ x }) => toHex(x)))
    || hasRepeats(issuers.map(({ id }) => id))
    || hasRepeats(issuers.map(({ statusBase }) => statusBase));
  if (twice) throw new NotInForm('a root key, an issuer or a status base URI twice');
  for (const { uses, nbf, exp } of issuers.flatMap(({ keys }) => keys)) {
    if (exp <= nbf) throw new NotInForm('exp of a key is not after nbf');
    if (uses.some((use, i) => i > 0 && use <= uses[i - 1])) throw new NotInForm('uses that are not rising');
  }
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
  const keys = [...claims.roots.keys, ...claims.issuers.flatMap((issuer) => issuer.keys.map(({ key }) => key))];
  if (!keys.every(isSoundKey)) throw new Refusal('trust-list-key');
  if (claims.environment !== expectedEnvironment) throw new Refusal('trust-list-environment');
  if (newestVersion !== null && claims.version < newestVersion) throw new Refusal('trust-list-rollback');
  const issuers = claims.issuers.map((issuer) => ({
    ...issuer,
    keys: issuer.keys.map((key) => ({ ...key, kid: keyId(key.key) })),
  }));
  return { ...claims, issuers };
}

/**
 * KEY-1: every key of an issuer that has this key id and this use.
 * @param {TrustList} trustList
 * @param {string} id
 * @param {Uint8Array} kid
 * @param {keyof typeof USE} use
 * @returns {IssuerKey[]}
 */
export function issuerKeys(trustList, id, kid, use) {
  const wanted = /** @type {1 | 2 | 3} */ (USE[use]);
  const issuer = trustList.issuers.find((candidate) => candidate.id === id);
  return issuer === undefined ? [] : issuer.keys.filter((key) => equal(key.kid, kid) && key.uses.includes(wanted));
}
