// What is said of a presentation that is accepted (section 8): the skew of the clocks, and the reasons for a lower grade.
import { CHALLENGE, WITH_CODE } from './presentation.mjs';
import { dayOf } from './shape.mjs';

const MOST_UNMARKED_SKEW = 60;

/**
 * TIME-2.
 * @param {{ iat: number, exp: number }} presented
 * @param {number} now
 */
export function skewOf({ iat, exp }, now) {
  if (now < iat) return iat - now;
  return now >= exp ? exp - 1 - now : 0;
}

/**
 * @param {import('./presentation.mjs').Presentation} presentation
 * @param {import('./status_list.mjs').StatusList} statusList
 * @param {number} skew
 * @param {import('./verify.mjs').Given} given
 */
export function reasonsOf({ claims: { visit: shown }, credential }, statusList, skew, { now, trustList, policy }) {
  const { card } = credential.claims;
  const reasons = [];
  if (shown.binding !== CHALLENGE && Math.abs(skew) > MOST_UNMARKED_SKEW) reasons.push('clock-skew');
  if (now >= statusList.iat + statusList.ttl) reasons.push('status-list-old');
  if (now >= trustList.exp - policy.trustNotice) reasons.push('trust-list-ending');
  if (policy.rightsAge !== null && dayOf(now) - card.rightsAsOf > policy.rightsAge) reasons.push('rights-old');
  if (shown.userVerification < WITH_CODE) reasons.push('no-code');
  return reasons;
}
