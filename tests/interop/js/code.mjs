// The personal code (section 9): form, choice, counter of failed tries, and the key made from it.
import { argon2id } from '@noble/hashes/argon2.js';
import { hkdf } from '@noble/hashes/hkdf.js';
import { hmac } from '@noble/hashes/hmac.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { concat, equal, utf8 } from './bytes.mjs';
import { Refusal } from './errors.mjs';
import { thumbprint } from './keys.mjs';
import { ed25519KeyOfSeed } from './signatures.mjs';

/** Argon2id: memory in KiB, passes, lanes. */
const PROFILES = {
  default: { m: 65_536, t: 3, p: 1 },
  'rfc9106-low-memory': { m: 65_536, t: 3, p: 4 },
  'small-phone': { m: 19_456, t: 2, p: 1 },
  cheapest: { m: 8, t: 1, p: 1 },
};

const MOST_FAILED = 10;
/** Seconds to wait, by the number of failed tries. */
const WAIT = [0, 0, 0, 60, 300, 900, 3_600, 14_400, 43_200, 86_400];

/**
 * C1.
 * @param {string} code
 * @throws {Refusal} code-form
 */
export function checkForm(code) {
  if (!/^[0-9]{6}$/.test(code)) throw new Refusal('code-form');
}

/**
 * C1 and C2: when a code is chosen.
 * @param {string} code
 * @param {string | null} birthDate YYYY-MM-DD
 * @throws {Refusal} code-form, code-weak
 */
export function checkChoice(code, birthDate) {
  checkForm(code);
  const steps = [...code].slice(1).map((digit, i) => (Number(digit) - Number(code[i]) + 10) % 10);
  // 0: one repeated digit; 1 and 9: up or down by one, through 9 to 0 too.
  if ([0, 1, 9].some((step) => steps.every((other) => other === step))) throw new Refusal('code-weak');
  if (birthDate === null) return;
  const [year, month, day] = birthDate.split('-');
  const yy = year.slice(-2);
  if ([day + month + yy, month + day + yy, yy + month + day].includes(code)) throw new Refusal('code-weak');
}

/**
 * C3: the state to record durably before the try is made (CODE-2).
 * @param {number} failed
 * @param {number} lastTry the latest time at which a try was counted; 0 if none was
 * @param {number} now
 * @returns {{ failed: number, lastTry: number }}
 * @throws {Refusal} code-locked, code-delayed
 */
export function beginTry(failed, lastTry, now) {
  if (failed >= MOST_FAILED) throw new Refusal('code-locked');
  // Where no wait is due, a clock that runs backwards delays nothing.
  if (WAIT[failed] > 0 && now < lastTry + WAIT[failed]) throw new Refusal('code-delayed');
  return { failed: failed + 1, lastTry: Math.max(lastTry, now) };
}

/**
 * The PRF of a software device.
 * @param {Uint8Array} secret
 * @returns {(input: Uint8Array) => Uint8Array}
 */
export function softwarePrf(secret) {
  return (input) => hmac(sha256, secret, input);
}

/**
 * @param {string} code
 * @param {Uint8Array} salt
 * @param {string} profile
 * @param {import('./keys.mjs').PublicKey} deviceKey
 * @param {(input: Uint8Array) => Uint8Array} prf
 * @throws {Refusal} code-form
 */
export function deriveCodeKey(code, salt, profile, deviceKey, prf) {
  checkForm(code);
  if (!Object.hasOwn(PROFILES, profile)) throw new TypeError(`no such profile: ${profile}`);
  const cost = PROFILES[/** @type {keyof typeof PROFILES} */ (profile)];
  const s = argon2id(utf8(code), salt, { ...cost, version: 0x13, dkLen: 32 });
  const h = prf(concat(utf8('vitaletoken/1 code-prf'), s));
  const info = concat(utf8('vitaletoken/1 code-key'), thumbprint(deviceKey));
  const seed = hkdf(sha256, concat(s, h), salt, info, 32);
  return { s, h, seed, public: ed25519KeyOfSeed(seed).x };
}

/**
 * C4.
 * @param {Uint8Array} derived
 * @param {Uint8Array} certified
 * @throws {Refusal} code-wrong
 */
export function checkDerived(derived, certified) {
  if (!equal(derived, certified)) throw new Refusal('code-wrong');
}
