// One function for each layer of the vectors: from the `input` of a case to its `ok`, or a Refusal.
import { fromHex, toHex } from './bytes.mjs';
import { beginTry, checkChoice, deriveCodeKey, softwarePrf } from './code.mjs';
import { acceptCredential, issueCredential, parseCredential } from './credential.mjs';
import { parseRequest, verifyOffer, verifyRequest } from './enrolment.mjs';
import { Refusal } from './errors.mjs';
import {
  BadCase, environmentNumber, readCredential, readKey, readPolicy, readRoots, userVerificationNumber, writeCredential, writeKey,
  writeResult,
} from './forms.mjs';
import { keyId, thumbprint } from './keys.mjs';
import { decodeItem, present } from './presentation.mjs';
import { MemoryReplayStore } from './replay.mjs';
import { verify } from './signatures.mjs';
import { entryAt, sizeOf, verifyStatusList } from './status_list.mjs';
import { readText, repairKeyboard, writeText } from './text.mjs';
import { verifyTrustList } from './trust_list.mjs';
import { verifyPresentation } from './verify.mjs';

/**
 * The inputs of a case are untyped JSON.
 * @typedef {Record<string, any>} Input
 * @typedef {(input: Input) => Record<string, unknown>} Layer
 */

const MOST_KEPT = 1000;

/**
 * Thousands of cases share a few lists, and verifying a list depends on nothing but the bytes named in `key`.
 * @template T
 * @param {Map<string, T>} kept
 * @param {string} key
 * @param {() => T} make
 * @returns {T}
 */
function once(kept, key, make) {
  let value = kept.get(key);
  if (value === undefined) {
    value = make();
    if (kept.size >= MOST_KEPT) kept.clear();
    kept.set(key, value);
  }
  return value;
}

/** @type {Map<string, { list: import('./trust_list.mjs').TrustList, statusLists: Map<string, import('./status_list.mjs').StatusList> }>} */
const keptTrustLists = new Map();

/**
 * A trust list that is an input to another layer. It always passes, so a refusal is the fault of the case.
 * @param {Input} input
 * @param {unknown} environment
 */
function trusted({ trust_list: hex, roots }, environment) {
  return once(keptTrustLists, JSON.stringify([hex, roots, environment]), () => ({
    list: passing(() => verifyTrustList(fromHex(hex), readRoots(roots), environmentNumber(environment), null)),
    statusLists: new Map(),
  }));
}

/**
 * @template T
 * @param {() => T} run
 */
function passing(run) {
  try {
    return run();
  } catch (error) {
    if (error instanceof Refusal) throw new BadCase(`an input that should pass: ${error.message}`);
    throw error;
  }
}

/**
 * @param {Input} input
 * @param {import('./replay.mjs').ReplayStore} replay
 */
function runVerify(input, replay) {
  const policy = readPolicy(input.policy);
  const { list, statusLists: kept } = trusted(input, input.policy.environment);
  const statusLists = input.status_lists.map(
    (/** @type {string} */ hex) => once(kept, hex, () => passing(() => verifyStatusList(fromHex(hex), list))),
  );
  const { text, session, now } = input;
  // The vectors give a verifier no terminal certificate and no challenge.
  const contexts = { audience: null, challenge: null };
  const verified = verifyPresentation({ text, session, now, trustList: list, statusLists, replay, policy, contexts });
  return writeResult(verified, policy);
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
    const bytes = readText(text);
    if (writeText(bytes) !== text) throw new BadCase('the writer makes another text');
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
    const ofKey = key.suite === 1 ? -19 : -9;
    if (alg !== ofKey || !verify(key, fromHex(message), fromHex(signature))) throw new Refusal('device-signature');
    return {};
  },
  code({ code, salt, profile, device_key: key, prf_secret: secret }) {
    const derived = deriveCodeKey(code, fromHex(salt), profile, readKey(key), softwarePrf(fromHex(secret)));
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
  'trust-list'({ bytes, roots, environment, newest_version: newest }) {
    const list = verifyTrustList(fromHex(bytes), readRoots(roots), environmentNumber(environment), newest ?? null);
    return { version: list.version, exp: list.exp, issuers: list.issuers.map(({ id }) => id) };
  },
  'status-list'(input) {
    const list = verifyStatusList(fromHex(input.bytes), trusted(input, input.environment).list);
    return { issuer: list.issuer, list: list.number, size: sizeOf(list), status: entryAt(list, input.idx) };
  },
  offer: (input) => ({ issuer: verifyOffer(fromHex(input.bytes), trusted(input, input.environment).list, input.now).iss }),
  request({ bytes, offer }) {
    const { deviceKey, codeKey } = verifyRequest(fromHex(bytes), fromHex(offer), false);
    return { device_key: writeKey(deviceKey), code_key: toHex(codeKey) };
  },
  accept(input) {
    const request = passing(() => parseRequest(fromHex(input.request)));
    const own = {
      requestDigest: request.digest,
      deviceKey: request.claims.cnf.deviceKey,
      codeKey: request.claims.request.codeKey,
    };
    const { list } = trusted(input, input.environment);
    return { claims: writeCredential(acceptCredential(fromHex(input.credential), own, list, input.now).claims) };
  },
  verify: (input) => runVerify(input, new MemoryReplayStore(null)),
  scenario({ steps, replay_capacity: capacity }) {
    const replay = new MemoryReplayStore(capacity);
    const results = steps.map((/** @type {Input} */ step) => resultOf((input) => runVerify(input, replay), step.verify));
    return { results };
  },
  issue: (input) => ({ bytes: toHex(issueCredential(readCredential(input), fromHex(input.issuer_seed))) }),
  present(input) {
    const bytes = present(
      fromHex(input.credential),
      {
        exp: input.exp,
        iat: input.iat,
        cti: fromHex(input.cti),
        visit: {
          userVerification: userVerificationNumber(input.user_verification),
          counter: input.counter,
          failedTries: input.failed_tries,
        },
      },
      fromHex(input.device_seed),
      input.code_seed === null ? null : fromHex(input.code_seed),
    );
    return { bytes: toHex(bytes), text: writeText(bytes) };
  },
};
