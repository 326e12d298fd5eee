// The co-signed care sheet (section 13.4): what anyone can check later who has the presentation, the challenge and the sheet.
import { sha256 } from '@noble/hashes/sha2.js';
import { equal } from './bytes.mjs';
import { asksForBilling, parseChallenge } from './challenge.mjs';
import { checkIssuer, environmentOf, isBillingView } from './credential.mjs';
import { Refusal } from './errors.mjs';
import { checkTime, delegateOf } from './grant.mjs';
import { isInScope } from './lending.mjs';
import { CHALLENGE, checkLent, checkPhone, parsePresentation } from './presentation.mjs';
import { authenticate } from './review.mjs';

/** In place of a policy's skew_limit, in seconds. */
const SKEW_LIMIT = 300;

/**
 * @param {Uint8Array} presentationBytes
 * @param {Uint8Array} challengeBytes
 * @param {Uint8Array} sheet
 * @param {import('./trust_list.mjs').TrustList} trustList
 * @throws {Refusal} of V2 to V10, H2 to H6, and the card and the grant in V12; sheet-not-signed, billing-not-permitted,
 *   delegation-scope, wrong-environment, sheet-mismatch
 */
export function checkCareSheet(presentationBytes, challengeBytes, sheet, trustList) {
  const presentation = parsePresentation(presentationBytes);
  const { credential } = presentation;
  // V6 needs the time that is written in the challenge, so its form comes before.
  const challenge = parseChallenge(challengeBytes);
  const now = challenge.claims.iat;
  checkIssuer(credential, trustList, now);
  const { certificate } = authenticate(challenge, trustList, now);
  const { transaction, purposes } = challenge.claims.request;
  if (presentation.claims.visit.binding !== CHALLENGE || transaction === null) throw new Refusal('sheet-not-signed');
  const grant = checkLent(presentation);
  checkPhone(presentation, { audience: [], challenge: [challenge.digest] }, grant);
  if (isBillingView(credential) && !asksForBilling(challenge)) throw new Refusal('billing-not-permitted');
  const delegate = delegateOf(credential, grant);
  // What is signed does not say for which of its purposes the terminal asked: the delegate may act for all of them.
  const { categories } = certificate.claims.terminal;
  if (delegate !== null && !isInScope(delegate, purposes, categories)) {
    throw new Refusal('delegation-scope');
  }
  checkTime(credential, grant, now, SKEW_LIMIT);
  if (environmentOf(credential) !== trustList.environment) throw new Refusal('wrong-environment');
  if (!equal(sha256(sheet), transaction.digest)) throw new Refusal('sheet-mismatch');
  return { presentation, certificate, delegate, at: now, line: transaction.line, amount: transaction.amount };
}
