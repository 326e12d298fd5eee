// What a phone does with what it has scanned at a terminal, before its owner is asked (section 13.2): H1 to H7.
import { TOLERANCE, checkCertificate, mayBill, parseCertificate } from './certificate.mjs';
import { asksForBilling, checkChallenge, parseChallenge } from './challenge.mjs';
import { Refusal } from './errors.mjs';
import { READ_BY_PHONE, readPhoneText } from './text.mjs';

/**
 * @typedef {import('./certificate.mjs').Certificate} Certificate
 * @typedef {import('./challenge.mjs').Challenge} Challenge
 * @typedef {import('./trust_list.mjs').Authority} Authority
 * @typedef {import('./trust_list.mjs').TrustList} TrustList
 */

/**
 * H1 to H7; for a sticker H1 to H5.
 * @param {string} text
 * @param {TrustList} trustList
 * @param {number} now
 * @returns {{ certificate: Certificate, authority: Authority, challenge: Challenge | null, warnings: string[] }} warnings are
 *   for a person, in the order of the specification
 * @throws {Refusal}
 */
export function review(text, trustList, now) {
  const { kind, bytes } = readPhoneText(text, READ_BY_PHONE, 'terminal-text');
  if (kind === 'certificate') {
    const certificate = parseCertificate(bytes);
    return { certificate, authority: checkCertificate(certificate, trustList, now), challenge: null, warnings: [] };
  }
  const challenge = parseChallenge(bytes);
  const { certificate, authority } = authenticate(challenge, trustList, now);
  const unsealed = challenge.claims.request.sessionKey === null;
  if (asksForBilling(challenge) && (unsealed || !mayBill(certificate))) throw new Refusal('billing-refused');
  return { certificate, authority, challenge, warnings: warningsOf(challenge, now) };
}

/**
 * H2, second row, to H6.
 * @param {Challenge} challenge
 * @param {TrustList} trustList
 * @param {number} now
 * @returns {{ certificate: Certificate, authority: Authority }}
 * @throws {Refusal}
 */
export function authenticate(challenge, trustList, now) {
  const certificate = parseCertificate(challenge.claims.request.certificate);
  const authority = checkCertificate(certificate, trustList, now);
  checkChallenge(challenge, certificate);
  return { certificate, authority };
}

/**
 * @param {Challenge} challenge
 * @param {number} now
 */
function warningsOf(challenge, now) {
  const { iat, request } = challenge.claims;
  const warnings = [];
  if (Math.abs(iat - now) > TOLERANCE) warnings.push('clock-differs');
  if (request.sessionKey === null) warnings.push('not-sealed');
  if (asksForBilling(challenge)) warnings.push('billing-view');
  return warnings;
}
