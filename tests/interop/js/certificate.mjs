// The terminal certificate (section 13.1): its form (H2), its authority (H3 to H5), and its production.
import { sha256 } from '@noble/hashes/sha2.js';
import { normal } from './bytes.mjs';
import { decode, encode, mapOf } from './cbor.mjs';
import { AAD, kidHeader, makeSign1, readKidHeader, readSign1, verifies } from './cose.mjs';
import { NotInForm, Refusal, inForm } from './errors.mjs';
import { isSoundKey, keyId } from './keys.mjs';
import { bytesOf, category, issuerId, list, record, rising, text, time } from './shape.mjs';
import { ed25519KeyOfSeed } from './signatures.mjs';
import { authorityOf, validAuthorityKeys } from './trust_list.mjs';

const LONGEST = 384;
/** Of clocks that differ, in seconds. */
export const TOLERANCE = 300;
/** Doctor, pharmacy, hospital, paramedical, laboratory, transport. */
const LAST_CATEGORY_WITH_BILLING = 6;

const claimsForm = record({
  iss: [1, issuerId],
  exp: [4, time],
  iat: [6, time],
  terminal: [-65540, record({
    key: [1, bytesOf(32)],
    id: [2, bytesOf(8)],
    categories: [3, rising(list(1, 4, category))],
    establishment: [4, text(1, 20)],
    name: [5, text(1, 64)],
  })],
});

/**
 * @typedef {ReturnType<typeof claimsForm>} CertificateClaims
 * @typedef {import('./cose.mjs').Sign1 & { digest: Uint8Array, kid: Uint8Array, claims: CertificateClaims }} Certificate
 *   a parsed certificate: nothing in it may be believed before `checkCertificate`
 */

/**
 * H2.
 * @param {Uint8Array} bytes
 * @returns {Certificate}
 * @throws {Refusal} certificate-structure
 */
export function parseCertificate(bytes) {
  return inForm('certificate-structure', () => {
    const message = readSign1(decode(bytes, LONGEST));
    const kid = readKidHeader(message.header);
    const claims = claimsForm(decode(message.payload, LONGEST));
    if (claims.exp <= claims.iat) throw new NotInForm('CERT-1');
    return { ...message, digest: sha256(bytes), kid, claims };
  });
}

/**
 * H3 to H5.
 * @param {Certificate} certificate
 * @param {import('./trust_list.mjs').TrustList} trustList
 * @param {number} now
 * @returns {import('./trust_list.mjs').Authority} the authority
 * @throws {Refusal} certificate-authority, certificate-signature, certificate-key, certificate-not-valid
 */
export function checkCertificate(certificate, trustList, now) {
  const { iss, iat, exp, terminal } = certificate.claims;
  const authority = authorityOf(trustList, iss);
  if (now >= trustList.exp || authority === undefined) throw new Refusal('certificate-authority');
  const keys = validAuthorityKeys(authority, certificate.kid, iat);
  if (keys.length === 0) throw new Refusal('certificate-authority');
  // CERT-2.
  if (!terminal.categories.every((each) => authority.categories.includes(each))) throw new Refusal('certificate-authority');
  if (!keys.some(({ key }) => verifies(certificate, AAD.certificate, key))) throw new Refusal('certificate-signature');
  if (!isSoundKey(terminalKey(certificate))) throw new Refusal('certificate-key');
  if (now < iat - TOLERANCE || now >= exp) throw new Refusal('certificate-not-valid');
  return authority;
}

/**
 * @param {Certificate} certificate
 * @returns {import('./keys.mjs').Ed25519Key}
 */
export function terminalKey({ claims }) {
  return { suite: 1, x: claims.terminal.key };
}

/**
 * Whether one of the categories has the right to the billing view (section 18).
 * @param {Certificate} certificate
 */
export function mayBill({ claims }) {
  return claims.terminal.categories.some((each) => each <= LAST_CATEGORY_WITH_BILLING);
}

/**
 * @param {CertificateClaims} claims
 * @param {Uint8Array} authoritySeed
 * @returns {Uint8Array} the certificate
 */
export function certify({ iss, exp, iat, terminal }, authoritySeed) {
  const terminalValue = mapOf([
    [1, terminal.key], [2, terminal.id], [3, terminal.categories],
    [4, normal(terminal.establishment)], [5, normal(terminal.name)],
  ]);
  const payload = encode(mapOf([[1, iss], [4, exp], [6, iat], [-65540, terminalValue]]));
  return makeSign1(kidHeader(keyId(ed25519KeyOfSeed(authoritySeed))), AAD.certificate, payload, 1, authoritySeed);
}
