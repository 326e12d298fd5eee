// The verification of a presentation: V1 to V15 as a table, gone through in order (VERIFY-1).
import { unseal } from './challenge.mjs';
import { checkIssuer, environmentOf } from './credential.mjs';
import { Refusal } from './errors.mjs';
import { reasonsOf, skewOf } from './grade.mjs';
import { checkTime, delegateOf } from './grant.mjs';
import { isInScope } from './lending.mjs';
import { CHALLENGE, checkLent, checkPhone, parsePresentation } from './presentation.mjs';
import { replayKey } from './replay.mjs';
import { AHEAD, entryAt, isBelievable } from './status_list.mjs';
import { contextsOf, isFor, isLessThanAsked, isTooLate, isViewPermitted } from './terminal.mjs';
import { READ_BY_TERMINAL, readText } from './text.mjs';

const GREATEST_SKEW_LIMIT = 300;

/**
 * @typedef {{ leastBinding: number, leastUserVerification: number }} Least
 * @typedef {object} OwnPolicy
 * @property {number} environment 0 production, 1 test
 * @property {number} skewLimit seconds
 * @property {ReadonlyMap<number, Least>} purposes what is asked for a purpose takes the place of what is asked in general
 * @property {number | null} statusGrace seconds after its ttl in which a status list is believed; null: until its exp
 * @property {number} trustNotice seconds before its exp in which a trust list is reported as ending
 * @property {number | null} rightsAge days after which rightsAsOf is reported as old; null: never
 * @property {boolean} delegates whether a person may act for another
 * @typedef {Least & OwnPolicy} Policy
 */

/**
 * @typedef {import('./terminal.mjs').Open} Open
 * @typedef {object} Given
 * @property {string} text
 * @property {string} session
 * @property {number} purpose for which the card is asked for
 * @property {import('./terminal.mjs').Terminal} terminal
 * @property {number} now read once
 * @property {number} timeFloor TIME-3; 0 for none
 * @property {import('./trust_list.mjs').TrustList} trustList
 * @property {import('./status_list.mjs').StatusList[]} statusLists
 * @property {import('./replay.mjs').ReplayStore} replay
 * @property {import('./replay.mjs').AnswerStore} answers
 * @property {Policy} policy
 */

/**
 * What is known after V5, and filled in further by V8, V13 and V15.
 * @typedef {object} Parsed
 * @property {import('./presentation.mjs').Presentation} presentation
 * @property {boolean} sealed whether it arrived in a sealed answer
 * @property {import('./grant.mjs').GrantClaims | null} grant
 * @property {import('./status_list.mjs').StatusList | null} statusList
 * @property {boolean} repeated
 */

/**
 * @typedef {object} Verified
 * @property {import('./presentation.mjs').PresentationClaims} claims
 * @property {import('./credential.mjs').Credential} credential
 * @property {import('./status_list.mjs').StatusList} statusList
 * @property {boolean} sealed
 * @property {import('./grant.mjs').Delegate | null} delegate who acts, where that is not the beneficiary
 * @property {Uint8Array | null} transaction the digest of the care sheet that it co-signs
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
  // V6 begins with the time by which these go: see `timeOf`.
  { step: 'V6-V7', run: ({ presentation }, { trustList, now }) => checkIssuer(presentation.credential, trustList, now) },
  { step: 'V8', run: (parsed) => void (parsed.grant = checkLent(parsed.presentation)) },
  { step: 'V9-V10', run: ({ presentation, grant }, { terminal }) => checkPhone(presentation, contextsOf(terminal), grant) },
  { step: 'V11', code: 'binding-too-weak', when: (p, g) => visit(p).binding < least(g).leastBinding || isLess(p, g) },
  { step: 'V11', code: 'challenge-expired', when: (p, g) => isTooLate(answered(p, g)) },
  { step: 'V11', code: 'purpose-mismatch', when: (p, g) => !isFor(answered(p, g), g.purpose) },
  {
    step: 'V11',
    code: 'billing-not-permitted',
    when: (p, g) => !isViewPermitted(p.presentation.credential, answered(p, g), p.sealed),
  },
  { step: 'V11', code: 'delegation-scope', when: isBeyondScope },
  { step: 'V12', code: 'presentation-not-yet-valid', when: (p, g) => !isAnswer(p) && g.now < claims(p).iat - g.policy.skewLimit },
  { step: 'V12', code: 'presentation-expired', when: (p, g) => !isAnswer(p) && g.now >= claims(p).exp + g.policy.skewLimit },
  {
    step: 'V12',
    run: ({ presentation, grant }, { now, policy }) => checkTime(presentation.credential, grant, now, policy.skewLimit),
  },
  { step: 'V13', code: 'status-unavailable', when: (p, g) => (p.statusList = findStatusList(p, g)) === null || entry(p) === null },
  { step: 'V13', code: 'status-expired', when: (p, g) => p.statusList === null || g.now >= p.statusList.exp },
  { step: 'V13', code: 'status-too-old', when: (p, g) => p.statusList === null || isTooOld(p.statusList, g) },
  { step: 'V13', code: 'card-revoked', when: (p) => entry(p) === 1 },
  { step: 'V13', code: 'card-suspended', when: (p) => entry(p) === 2 },
  { step: 'V13', code: 'delegations-withdrawn', when: isWithdrawn },
  { step: 'V14', code: 'wrong-environment', when: (p, g) => environmentOf(p.presentation.credential) !== g.policy.environment },
  {
    step: 'V14',
    code: 'user-verification-too-weak',
    when: (p, g) => visit(p).userVerification < least(g).leastUserVerification,
  },
  { step: 'V14', code: 'delegation-not-allowed', when: (p, g) => delegate(p) !== null && !g.policy.delegates },
  { step: 'V15', run: (parsed, given) => (isAnswer(parsed) ? recordAnswer : insertIntoReplayStore)(parsed, given) },
];

/** @param {Parsed} parsed */
const claims = (parsed) => parsed.presentation.claims;
/** @param {Parsed} parsed */
const visit = (parsed) => parsed.presentation.claims.visit;
/** @param {Parsed} parsed */
const credential = (parsed) => parsed.presentation.credential.claims;
/** @param {Parsed} parsed */
const isAnswer = (parsed) => visit(parsed).binding === CHALLENGE;
/** @param {Parsed} parsed */
const delegate = ({ presentation, grant }) => delegateOf(presentation.credential, grant);
/** @param {Given} given @returns {Least} */
const least = ({ policy, purpose }) => policy.purposes.get(purpose) ?? policy;

/**
 * The challenge that the presentation answers: after V9 there is one if its level is challenge.
 * @param {Parsed} parsed
 * @param {Given} given
 */
function answered(parsed, { terminal }) {
  return isAnswer(parsed) ? terminal.open : null;
}

/**
 * ASK-1.
 * @param {Parsed} parsed
 * @param {Given} given
 */
function isLess(parsed, { terminal: { open }, purpose }) {
  return !isAnswer(parsed) && isLessThanAsked(parsed.sealed, open, purpose);
}

/**
 * GRANT-3: where something is co-signed, for all that the challenge names.
 * @param {Parsed} parsed
 * @param {Given} given
 */
function isBeyondScope(parsed, given) {
  const acting = delegate(parsed);
  const request = answered(parsed, given)?.challenge.claims.request;
  const asked = request && request.transaction !== null ? request.purposes : [given.purpose];
  return acting !== null && !isInScope(acting, asked, given.terminal.categories);
}

/**
 * The newest, where several with the same number are held; none where that one is not to be believed, and not an older one.
 * @param {Parsed} parsed
 * @param {Given} given
 */
function findStatusList(parsed, given) {
  const { iss, card } = credential(parsed);
  const held = given.statusLists.filter((list) => list.issuer === iss && list.number === card.status[0]);
  if (held.length === 0) return null;
  const answers = held.reduce((newest, list) => (list.iat >= newest.iat ? list : newest));
  return isBelievable(answers, given.trustList, given.now) ? answers : null;
}

/**
 * @param {import('./status_list.mjs').StatusList} list
 * @param {Given} given
 */
function isTooOld({ iat, ttl }, { now, policy: { statusGrace } }) {
  return statusGrace !== null && now >= iat + ttl + statusGrace;
}

/** @param {Parsed} parsed */
function entry(parsed) {
  return parsed.statusList === null ? null : entryAt(parsed.statusList, credential(parsed).card.status[1]);
}

/**
 * STATUS-1: what was granted at the list's own iat, or later, stands.
 * @param {Parsed} parsed
 */
function isWithdrawn({ presentation, grant, statusList }) {
  if (grant === null || statusList === null) return false;
  return entryAt(statusList, presentation.credential.claims.card.status[1]) === 3 && grant.iat < statusList.iat;
}

/** @param {Parsed} parsed */
const keyOf = ({ presentation }) => replayKey(presentation.credential.digest, presentation.claims.cti);

/**
 * V15: the last step, since a refused scan must not use up a QR code.
 * @param {Parsed} parsed
 * @param {Given} given
 */
function insertIntoReplayStore(parsed, given) {
  const until = claims(parsed).exp + GREATEST_SKEW_LIMIT;
  const outcome = given.replay.insertIfAbsent(keyOf(parsed), given.session, until, given.now);
  if (outcome === 'replayed') throw new Refusal('replayed');
  if (outcome === 'full') throw new Refusal('replay-store-full');
  parsed.repeated = outcome === 'repeated';
}

/**
 * V15 at level challenge, in place of the replay store: CHAL-2.
 * @param {Parsed} parsed
 * @param {Given} given
 */
function recordAnswer(parsed, given) {
  const open = answered(parsed, given);
  if (open === null) throw new TypeError('V9 has been passed without a challenge');
  const outcome = given.answers.record(given.session, open.challenge.digest, keyOf(parsed));
  if (outcome === 'answered') throw new Refusal('challenge-answered');
  parsed.repeated = outcome === 'repeated';
}

/**
 * V1 to V5.
 * @param {Given} given
 * @returns {Parsed}
 */
function parse({ text, terminal }) {
  const { kind, bytes } = readText(text, READ_BY_TERMINAL);
  const sealed = kind === 'sealed';
  const presentation = parsePresentation(sealed ? openAnswer(bytes, terminal.open) : bytes);
  return { presentation, sealed, grant: null, statusList: null, repeated: false };
}

/**
 * @param {Uint8Array} sealed
 * @param {Open | null} open
 */
function openAnswer(sealed, open) {
  if (open === null || open.secret === null) throw new Refusal('seal-unknown');
  return unseal(sealed, open.secret, open.challenge.digest);
}

/**
 * TIME-4: the time by which all after V5 goes.
 * @param {Given} given
 */
function timeOf({ now, timeFloor }) {
  if (now < timeFloor - AHEAD) throw new Refusal('clock-behind');
  return Math.max(now, timeFloor);
}

/**
 * V1 to V15. A failure of the replay store is no verdict (VERIFY-2): its exception passes through, and nothing is accepted.
 * @param {Given} read
 * @returns {Verified}
 * @throws {Refusal}
 */
export function verifyPresentation(read) {
  const parsed = parse(read);
  const given = { ...read, now: timeOf(read) };
  for (const row of STEPS) {
    if ('run' in row) row.run(parsed, given);
    else if (row.when(parsed, given)) throw new Refusal(row.code);
  }
  const { presentation, sealed, statusList, repeated } = parsed;
  if (statusList === null) throw new TypeError('V13 has been passed without a status list');
  const { claims: presented, code } = presentation;
  const skew = skewOf(presented, given.now);
  return {
    claims: presented,
    credential: presentation.credential,
    statusList,
    sealed,
    delegate: delegate(parsed),
    transaction: answered(parsed, given)?.challenge.claims.request.transaction?.digest ?? null,
    proofs: code === null ? ['issuer', 'device'] : ['issuer', 'device', 'code'],
    reasons: reasonsOf(presentation, statusList, skew, given),
    skew,
    repeated,
  };
}
