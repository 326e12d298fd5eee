// One function for each layer of the vectors: from the `input` of a case to its `ok`, or a Refusal.
import { sha256 } from '@noble/hashes/sha2.js';
import { fromHex, toHex } from './bytes.mjs';
import { checkCareSheet } from './care_sheet.mjs';
import { certify, parseCertificate } from './certificate.mjs';
import { makeChallenge, parseChallenge, unseal } from './challenge.mjs';
import { beginTry, checkChoice, deriveCodeKey, softwarePrf } from './code.mjs';
import { issueCredential, parseCredential } from './credential.mjs';
import { Refusal } from './errors.mjs';
import {
  BadCase, bindingNumber, bytesOrNull, categoryNumber, environmentNumber, purposeNumber, readCredential, readDeviceKey, readKey, readPolicy,
  userVerificationNumber, writeCredential, writeGrant, writeResult,
} from './forms.mjs';
import { readCertificate, readChallenge, writeCareSheet, writeReview } from './forms_terminal.mjs';
import { readAnchor, readHeld, readNewestSnapshot, writeSnapshot, writeSync, writeTrustList } from './forms_trust.mjs';
import { acceptGrant } from './grant.mjs';
import { ALGORITHM, keyId, thumbprint } from './keys.mjs';
import { MOST_KEPT, passing, trusted } from './layers_given.mjs';
import { PEOPLE } from './layers_people.mjs';
import { once } from './memo.mjs';
import { decodeItem, present } from './presentation.mjs';
import { MemoryAnswerStore, MemoryReplayStore } from './replay.mjs';
import { review } from './review.mjs';
import { verify } from './signatures.mjs';
import { verifySnapshot } from './snapshot.mjs';
import { entryAt, sizeOf, verifyStatusList } from './status_list.mjs';
import { sync } from './status_sync.mjs';
import { readText, repairKeyboard, writeText } from './text.mjs';
import { anchorOf, verifyTrustList } from './trust_list.mjs';
import { verifyPresentation } from './verify.mjs';

/**
 * The inputs of a case are untyped JSON.
 * @typedef {Record<string, any>} Input
 * @typedef {(input: Input) => Record<string, unknown>} Layer
 */

/** @type {Map<string, import('./certificate.mjs').Certificate>} */
const keptCertificates = new Map();
/** @type {Map<string, Pick<import('./terminal.mjs').Open, 'challenge' | 'certificate'>>} */
const keptChallenges = new Map();

/**
 * What the terminal has always passes, so only its form is read.
 * @param {Input} terminal
 * @returns {import('./terminal.mjs').Terminal}
 */
function readTerminal({ categories, certificates, challenge: open }) {
  return passing(() => ({
    categories: categories.map(categoryNumber),
    certificates: certificates.map(
      (/** @type {string} */ hex) => once(keptCertificates, MOST_KEPT, hex, () => parseCertificate(fromHex(hex))),
    ),
    open: open && {
      ...once(keptChallenges, MOST_KEPT, open.bytes, () => {
        const challenge = parseChallenge(fromHex(open.bytes));
        return { challenge, certificate: parseCertificate(challenge.claims.request.certificate) };
      }),
      secret: bytesOrNull(open.secret),
      elapsed: open.elapsed,
    },
  }));
}

/** What the steps of a scenario share. @param {number | null} capacity */
const freshStores = (capacity) => ({ replay: new MemoryReplayStore(capacity), answers: new MemoryAnswerStore() });

/**
 * @param {Input} input
 * @param {ReturnType<typeof freshStores>} stores
 */
function runVerify(input, stores) {
  const { list, statusLists: kept } = trusted(input, input.policy.environment);
  const given = {
    text: input.text,
    session: input.session,
    purpose: purposeNumber(input.purpose),
    terminal: readTerminal(input.terminal),
    now: input.now,
    timeFloor: input.time_floor,
    trustList: list,
    statusLists: input.status_lists.map(
      (/** @type {string} */ hex) => once(kept, MOST_KEPT, hex, () => passing(() => verifyStatusList(fromHex(hex), list))),
    ),
    policy: readPolicy(input.policy),
    ...stores,
  };
  return writeResult(verifyPresentation(given), given);
}

/**
 * @param {Layer} layer
 * @param {Input} input
 * @returns {{ ok: Record<string, unknown> } | { error: string }}
 */
export function resultOf(layer, input) {
  try {
    return { ok: layer(input) };
  } catch (error) {
    if (error instanceof Refusal) return { error: error.code };
    throw error;
  }
}

/** @type {Readonly<Record<string, Layer>>} */
export const LAYERS = {
  text({ text }) {
    const { bytes } = readText(text, ['presentation']);
    if (writeText('presentation', bytes) !== text) throw new BadCase('the writer makes another text');
    return { bytes: toHex(bytes) };
  },
  keyboard: ({ text }) => ({ text: repairKeyboard(text) }),
  cbor({ bytes }) {
    decodeItem(fromHex(bytes));
    return {};
  },
  thumbprint({ key: hex }) {
    const key = readKey(hex);
    return { thumbprint: toHex(thumbprint(key)), kid: toHex(keyId(key)) };
  },
  signature({ alg, key: hex, message, signature }) {
    const key = readKey(hex);
    if (alg !== ALGORITHM[key.suite] || !verify(key, fromHex(message), fromHex(signature))) throw new Refusal('device-signature');
    return {};
  },
  code({ code, salt, profile, device_key: key, prf_secret: secret }) {
    const derived = deriveCodeKey(code, fromHex(salt), profile, readDeviceKey(key), softwarePrf(fromHex(secret)));
    return { s: toHex(derived.s), h: toHex(derived.h), seed: toHex(derived.seed), public: toHex(derived.public) };
  },
  'code-choice'({ code, birth_date: birthDate }) {
    checkChoice(code, birthDate);
    return {};
  },
  'code-counter'({ failed, last_try: lastTry, now }) {
    const next = beginTry(failed, lastTry, now);
    return { failed: next.failed, last_try: next.lastTry };
  },
  credential: ({ bytes }) => ({ claims: writeCredential(parseCredential(fromHex(bytes)).claims) }),
  'trust-list'({ bytes, roots, environment, newest, post_quantum: postQuantum }) {
    const anchor = readAnchor(roots, newest);
    return writeTrustList(verifyTrustList(fromHex(bytes), anchor, environmentNumber(environment), postQuantum));
  },
  'trust-chain'({ roots, environment, post_quantum: postQuantum, lists }) {
    let anchor = readAnchor(roots, null);
    const results = lists.map((/** @type {string} */ hex) => resultOf(() => {
      const list = verifyTrustList(fromHex(hex), anchor, environmentNumber(environment), postQuantum);
      anchor = anchorOf(list);
      return writeTrustList(list);
    }, {}));
    return { results };
  },
  snapshot(input) {
    const { list } = trusted(input, input.environment);
    const newest = readNewestSnapshot(input.newest);
    return writeSnapshot(verifySnapshot(fromHex(input.bytes), list, newest, input.post_quantum, input.now));
  },
  'status-sync'(input) {
    const { list } = trusted(input, input.environment);
    const found = { snapshot: fromHex(input.snapshot), deltas: input.deltas.map(fromHex), lists: input.lists.map(fromHex) };
    const held = passing(() => readHeld(input.held));
    return writeSync(sync(held, found, list, input.post_quantum, input.now), input.look_up);
  },
  'status-list'(input) {
    const list = verifyStatusList(fromHex(input.bytes), trusted(input, input.environment).list);
    return { issuer: list.issuer, list: list.number, size: sizeOf(list), status: entryAt(list, input.idx) };
  },
  ...PEOPLE,
  verify: (input) => runVerify(input, freshStores(null)),
  scenario({ steps, replay_capacity: capacity }) {
    const stores = freshStores(capacity);
    const results = steps.map((/** @type {Input} */ step) => resultOf((input) => runVerify(input, stores), step.verify));
    return { results };
  },
  issue: (input) => ({ bytes: toHex(issueCredential(readCredential(input), fromHex(input.issuer_seed))) }),
  review: (input) => writeReview(review(input.text, trusted(input, input.environment).list, input.now)),
  grant(input) {
    const own = { deviceKey: readDeviceKey(input.device_key), codeKey: fromHex(input.code_key) };
    return writeGrant(acceptGrant(input.text, own, trusted(input, input.environment).list, input.now));
  },
  unseal({ sealed, secret, challenge }) {
    return { bytes: toHex(unseal(fromHex(sealed), fromHex(secret), sha256(fromHex(challenge)))) };
  },
  'care-sheet'(input) {
    const { presentation, challenge, sheet } = input;
    const { list } = trusted(input, input.environment);
    return writeCareSheet(checkCareSheet(fromHex(presentation), fromHex(challenge), fromHex(sheet), list));
  },
  certify(input) {
    const bytes = certify(readCertificate(input), fromHex(input.authority_seed));
    return { bytes: toHex(bytes), text: writeText('certificate', bytes) };
  },
  challenge(input) {
    const bytes = makeChallenge(readChallenge(input), fromHex(input.terminal_seed));
    return { bytes: toHex(bytes), text: writeText('challenge', bytes) };
  },
  present(input) {
    const claims = {
      exp: input.exp,
      iat: input.iat,
      cti: fromHex(input.cti),
      visit: {
        userVerification: userVerificationNumber(input.user_verification),
        binding: bindingNumber(input.binding),
        counter: input.counter,
        failedTries: input.failed_tries,
        grant: bytesOrNull(input.grant),
      },
    };
    const [credential, device] = [fromHex(input.credential), fromHex(input.device_seed)];
    const bytes = present(credential, claims, bytesOrNull(input.context), device, bytesOrNull(input.code_seed));
    return { bytes: toHex(bytes), text: writeText('presentation', bytes) };
  },
};
