// What the terminal has, and what it asks of a presentation because of that: CHAL-3, ASK-1 and BILL-1.
import { mayBill } from './certificate.mjs';
import { asksForBilling } from './challenge.mjs';
import { isBillingView } from './credential.mjs';

/**
 * A challenge that is open for the session.
 * @typedef {object} Open
 * @property {import('./challenge.mjs').Challenge} challenge
 * @property {import('./certificate.mjs').Certificate} certificate the one in it
 * @property {Uint8Array | null} secret of its session key; null where it has none
 * @property {number | null} elapsed seconds since it was made; null where the clock has started anew since
 */

/**
 * As CERT-3 lets it: its certificates and challenges hold under the trust list in force, so they are not verified again. The
 * categories are those of its establishment, which it knows also where it has no certificate.
 * @typedef {{ categories: number[], certificates: import('./certificate.mjs').Certificate[], open: Open | null }} Terminal
 */

/**
 * @param {Terminal} terminal
 * @returns {import('./presentation.mjs').Contexts}
 */
export function contextsOf({ certificates, open }) {
  return { audience: certificates.map(({ digest }) => digest), challenge: open === null ? [] : [open.challenge.digest] };
}

/**
 * ASK-1: less than the answer for which the terminal has asked, of a presentation that is none.
 * @param {boolean} sealed whether it arrived in a sealed answer
 * @param {Open | null} open
 * @param {number} purpose
 */
export function isLessThanAsked(sealed, open, purpose) {
  return sealed || (open !== null && isFor(open, purpose) && !isTooLate(open));
}

/**
 * CHAL-3.
 * @param {Open | null} open
 */
export function isTooLate(open) {
  return open !== null && (open.elapsed === null || open.elapsed >= open.challenge.claims.request.lifetime);
}

/**
 * @param {Open | null} open
 * @param {number} purpose
 */
export function isFor(open, purpose) {
  return open === null || open.challenge.claims.request.purposes.includes(purpose);
}

/**
 * BILL-1.
 * @param {import('./credential.mjs').Credential} credential
 * @param {Open | null} answered the challenge that the presentation answers
 * @param {boolean} sealed
 */
export function isViewPermitted(credential, answered, sealed) {
  if (!isBillingView(credential)) return true;
  return answered !== null && asksForBilling(answered.challenge) && mayBill(answered.certificate) && sealed;
}
