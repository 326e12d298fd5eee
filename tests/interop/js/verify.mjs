// The verification of a presentation: V1 to V15 as a table, gone through in order (VERIFY-1).
import { Refusal } from './errors.mjs';
import { checkIssuer, environmentOf } from './credential.mjs';
import { WITH_CODE, checkPhone, parsePresentation } from './presentation.mjs';
import { replayKey } from './replay.mjs';
import { entryAt } from './status_list.mjs';
import { readText } from './text.mjs';

const SECONDS_OF_A_DAY = 86_400;
const MOST_UNMARKED_SKEW = 60;
const GREATEST_SKEW_LIMIT = 300;

/**
 * @typedef {object} Policy
 * @property {number} environment 0 production, 1 test
 * @property {number} leastBinding
 * @property {number} leastUserVerification
 * @property {number} skewLimit
 */

/**
 * @typedef {object} Given
 * @property {string} text
 * @property {string} session
 * @property {number} now read once
 * @property {import('./trust_list.mjs').TrustList} trustList
 * @property {import('./status_list.mjs').StatusList[]} statusLists
 * @property {import('./replay.mjs').ReplayStore} replay
 * @property {Policy} policy
 * @property {import('./presentation.mjs').Contexts} contexts
 */

/**
 * What is known after V5, and filled in further by V13 and V15.
 * @typedef {object} Parsed
 * @property {import('./presentation.mjs').Presentation} presentation
 * @property {import('./status_list.mjs').StatusList | null} statusList
 * @property {boolean} repeated
 */

/**
 * @typedef {object} Verified
 * @property {import('./presentation.mjs').PresentationClaims} claims
 * @property {import('./credential.mjs').Credential} credential
 * @property {import('./status_list.mjs').StatusList} statusList
 * @property {string[]} proofs
 * @property {string[]} reasons none: the grade is full
 * @property {number} skew
 * @property {boolean} repeated
 */

/**
 * A row refuses with its code. A row without a condition is a step that another module goes through row by row.
 * @typedef {{ step: string, code: string, when: (parsed: Parsed, given: Given) => boolean }} Row
 * @typedef {{ step: string, run: (parsed: Parsed, given: Given) => void }} Step
 */

/** @type {readonly (Row | Step)[]} */
export const STEPS = [
  // V1 to V5 make what the others work on: see `parse`.
  { step: 'V6-V7', run: ({ presentation }, { trustList, now }) => checkIssuer(presentation.credential, trustList, now) },
  { step: 'V9-V10', run: ({ presentation }, { contexts }) => checkPhone(presentation, contexts) },
  { step: 'V11', code: 'binding-too-weak', when: (p, g) => visit(p).binding < g.policy.leastBinding },
  { step: 'V12', code: 'presentation-not-yet-valid', when: (p, g) => g.now < claims(p).iat - g.policy.skewLimit },
  { step: 'V12', code: 'presentation-expired', when: (p, g) => g.now >= claims(p).exp + g.policy.skewLimit },
  { step: 'V12', code: 'credential-not-yet-valid', when: (p, g) => g.now < credential(p).iat - g.policy.skewLimit },
  { step: 'V12', code: 'credential-expired', when: (p, g) => g.now >= credential(p).exp },
  { step: 'V12', code: 'rights-ended', when: (p, g) => rightsEnded(credential(p).card.rightsUntil, g.now) },
  { step: 'V13', code: 'status-unavailable', when: (p, g) => (p.statusList = findStatusList(p, g)) === null || entry(p) === null || p.statusList.iat > g.now + GREATEST_SKEW_LIMIT },
  { step: 'V13', code: 'status-expired', when: (p, g) => p.statusList === null || g.now >= p.statusList.exp },
  { step: 'V13', code: 'card-revoked', when: (p) => entry(p) === 1 },
  { step: 'V13', code: 'card-suspended', when: (p) => entry(p) === 2 },
  { step: 'V14', code: 'wrong-environment', when: (p, g) => environmentOf(p.presentation.credential) !== g.policy.environment },
  {
    step: 'V14',
    code: 'user-verification-too-weak',
    when: (p, g) => visit(p).userVerification < g.policy.leastUserVerification,
  },
  { step: 'V15', run: insertIntoReplayStore },
];

/** @param {Parsed} parsed */
const claims = (parsed) => parsed.presentation.claims;
/** @param {Parsed} parsed */
const visit = (parsed) => parsed.presentation.claims.visit;
/** @param {Parsed} parsed */
const credential = (parsed) => parsed.presentation.credential.claims;

/**
 * @param {number | null} until a day
 * @param {number} now
 */
function rightsEnded(until, now) {
  return until !== null && Math.floor(now / SECONDS_OF_A_DAY) >= until;
}

/**
 * The newest, where several with the same number are held.
 * @param {Parsed} parsed
 * @param {Given} given
 */
function findStatusList(parsed, given) {
  const { iss, card } = credential(parsed);
  const held = given.statusLists.filter((list) => list.issuer === iss && list.number === card.status[0]);
  return held.length === 0 ? null : held.reduce((newest, list) => (list.iat >= newest.iat ? list : newest));
}

/** @param {Parsed} parsed */
function entry(parsed) {
  return parsed.statusList === null ? null : entryAt(parsed.statusList, credential(parsed).card.status[1]);
}

/**
 * V15: the last step, since a refused scan must not use up a QR code.
 * @param {Parsed} parsed
 * @param {Given} given
 */
function insertIntoReplayStore(parsed, given) {
  const { presentation } = parsed;
  const key = replayKey(presentation.credential.digest, presentation.claims.cti);
  const until = presentation.claims.exp + GREATEST_SKEW_LIMIT;
  const outcome = given.replay.insertIfAbsent(key, given.session, until, given.now);
  if (outcome === 'replayed') throw new Refusal('replayed');
  if (outcome === 'full') throw new Refusal('replay-store-full');
  parsed.repeated = outcome === 'repeated';
}

/**
 * V1 to V5.
 * @param {string} text
 * @returns {Parsed}
 */
function parse(text) {
  return { presentation: parsePresentation(readText(text)), statusList: null, repeated: false };
}

/**
 * V1 to V15. A failure of the replay store is no verdict (VERIFY-2): its exception passes through, and nothing is accepted.
 * @param {Given} given
 * @returns {Verified}
 * @throws {Refusal}
 */
export function verifyPresentation(given) {
  const parsed = parse(given.text);
  for (const row of STEPS) {
    if ('run' in row) row.run(parsed, given);
    else if (row.when(parsed, given)) throw new Refusal(row.code);
  }
  const { presentation, statusList, repeated } = parsed;
  if (statusList === null) throw new TypeError('V13 has been passed without a status list');
  const { claims: presented, code } = presentation;
  const skew = skewOf(presented, given.now);
  return {
    claims: presented,
    credential: presentation.credential,
    statusList,
    proofs: code === null ? ['issuer', 'device'] : ['issuer', 'device', 'code'],
    reasons: reasonsOf(presented, statusList, skew, given.now),
    skew,
    repeated,
  };
}

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
 * @param {import('./presentation.mjs').PresentationClaims} presented
 * @param {import('./status_list.mjs').StatusList} statusList
 * @param {number} skew
 * @param {number} now
 */
function reasonsOf(presented, statusList, skew, now) {
  const reasons = [];
  if (Math.abs(skew) > MOST_UNMARKED_SKEW) reasons.push('clock-skew');
  if (now >= statusList.iat + statusList.ttl) reasons.push('status-list-old');
  if (presented.visit.userVerification < WITH_CODE) reasons.push('no-code');
  return reasons;
}
