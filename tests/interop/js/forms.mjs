// The JSON forms of the test vectors: what comes in, what goes out. Names here are those of vectors/README.md.
import { decode, encode } from './cbor.mjs';
import { fromHex, toHex } from './bytes.mjs';
import { NotInForm } from './errors.mjs';
import { deviceKey, keyValue, mlDsaKey } from './keys.mjs';
import { either } from './shape.mjs';

const ENVIRONMENTS = ['production', 'test'];
const BINDINGS = ['open', 'audience', 'challenge'];
export const USER_VERIFICATIONS = ['none', 'device-unlock', 'biometric', 'code'];
const QUALITIES = ['', 'policyholder', 'spouse', 'child', 'other-dependant'];
export const CATEGORIES = ['', 'doctor', 'pharmacy', 'hospital', 'paramedical', 'laboratory', 'transport', 'public-desk', 'other'];
export const PURPOSES = ['', 'identification', 'billing', 'dispensing', 'admission', 'records'];
/** Room for any COSE_Key. */
const LONGEST_KEY = 2048;

/** A case that does not follow vectors/README.md: no verdict on any message. */
export class BadCase extends Error {}

/**
 * @param {readonly string[]} names
 * @param {unknown} name
 */
function numberOf(names, name) {
  const number = typeof name === 'string' && name !== '' ? names.indexOf(name) : -1;
  if (number < 0) throw new BadCase(`no such name: ${String(name)}`);
  return number;
}

/** @param {unknown} name */
export const environmentNumber = (name) => numberOf(ENVIRONMENTS, name);

/** @param {unknown} name */
export const categoryNumber = (name) => numberOf(CATEGORIES, name);

/** @param {unknown} name */
export const purposeNumber = (name) => numberOf(PURPOSES, name);

/**
 * A user verification or a binding level is a number in the message and a name in a result; both are understood.
 * @param {unknown} value
 */
export const userVerificationNumber = (value) => (typeof value === 'number' ? value : numberOf(USER_VERIFICATIONS, value));
/** @param {unknown} value */
export const bindingNumber = (value) => (typeof value === 'number' ? value : numberOf(BINDINGS, value));

/**
 * @param {string} hex a COSE_Key
 */
export function readKey(hex) {
  return keyIn(hex, either(deviceKey, mlDsaKey));
}

/**
 * @param {string} hex a COSE_Key
 */
export function readDeviceKey(hex) {
  return keyIn(hex, deviceKey);
}

/**
 * @template T
 * @param {string} hex
 * @param {import('./shape.mjs').Reader<T>} form
 * @returns {T}
 */
export function keyIn(hex, form) {
  try {
    return form(decode(fromHex(hex), LONGEST_KEY));
  } catch (error) {
    if (error instanceof NotInForm) throw new BadCase(`a key: ${error.message}`);
    throw error;
  }
}

/** @param {import('./keys.mjs').PublicKey} key */
export const writeKey = (key) => toHex(encode(keyValue(key)));

/**
 * @param {any} policy
 * @returns {import('./verify.mjs').Policy}
 */
export function readPolicy(policy) {
  return {
    environment: environmentNumber(policy.environment),
    ...readLeast(policy),
    skewLimit: policy.skew_limit,
    statusGrace: policy.status_grace,
    trustNotice: policy.trust_notice,
    rightsAge: policy.rights_age,
    delegates: policy.delegates,
    purposes: new Map(Object.entries(policy.purposes).map(([name, least]) => [purposeNumber(name), readLeast(least)])),
  };
}

/**
 * @param {any} least
 * @returns {import('./verify.mjs').Least}
 */
function readLeast({ least_binding: binding, least_user_verification: userVerification }) {
  return { leastBinding: numberOf(BINDINGS, binding), leastUserVerification: numberOf(USER_VERIFICATIONS, userVerification) };
}

/** @param {Uint8Array | null} bytes */
const hexOrNull = (bytes) => (bytes === null ? null : toHex(bytes));
/** @param {string | null | undefined} hex */
export const bytesOrNull = (hex) => (hex === null || hex === undefined ? null : fromHex(hex));

/** @param {import('./credential.mjs').CredentialClaims['card']['person']} person */
function writePerson(person) {
  return {
    family_name: person.familyName,
    given_names: person.givenNames,
    sex: person.sex,
    name_in_use: person.nameInUse,
    birth_rank: person.birthRank,
  };
}

/**
 * CREDENTIAL.
 * @param {import('./credential.mjs').CredentialClaims} claims
 */
export function writeCredential({ iss, exp, iat, cti, cnf, card }) {
  return {
    iss,
    exp,
    iat,
    cti: toHex(cti),
    device_key: writeKey(cnf.deviceKey),
    card: {
      code_key: toHex(card.codeKey),
      alias: toHex(card.alias),
      person: writePerson(card.person),
      quality: card.quality,
      scheme: card.scheme,
      status: card.status,
      rights_as_of: card.rightsAsOf,
      rights_until: card.rightsUntil,
      enrolment: [card.enrolment[0], toHex(card.enrolment[1])],
      test: card.test !== null,
      policyholder: hexOrNull(card.policyholder),
      portrait: hexOrNull(card.portrait),
      nir: card.nir,
      policyholder_nir: card.policyholderNir,
      acting: card.acting && { name: card.acting.name, ...writeScope(card.acting) },
    },
  };
}

/**
 * For what a delegate may act.
 * @param {import('./lending.mjs').Scope} scope
 */
export function writeScope({ purposes, categories }) {
  return {
    purposes: purposes.map((purpose) => PURPOSES[purpose]),
    categories: categories && categories.map((category) => CATEGORIES[category]),
  };
}

/** @param {import('./grant.mjs').Delegate | null} delegate */
export function writeDelegate(delegate) {
  return delegate && { name: delegate.name, way: delegate.way, until: delegate.until };
}

/** @param {import('./grant.mjs').GrantClaims} claims */
export function writeGrant({ iat, exp, cti, grant }) {
  return { name: grant.name, iat, exp, id: toHex(cti), ...writeScope(grant) };
}

/**
 * @param {any} input
 * @returns {import('./credential.mjs').CredentialClaims}
 */
export function readCredential({ iss, exp, iat, cti, device_key: key, card }) {
  const { person } = card;
  return {
    iss,
    exp,
    iat,
    cti: fromHex(cti),
    cnf: { deviceKey: readDeviceKey(key) },
    card: {
      codeKey: fromHex(card.code_key),
      alias: fromHex(card.alias),
      person: {
        familyName: person.family_name,
        givenNames: person.given_names,
        sex: person.sex,
        nameInUse: person.name_in_use ?? null,
        birthRank: person.birth_rank ?? null,
      },
      quality: card.quality,
      scheme: card.scheme,
      status: card.status,
      rightsAsOf: card.rights_as_of,
      rightsUntil: card.rights_until ?? null,
      enrolment: [card.enrolment[0], fromHex(card.enrolment[1])],
      test: card.test ? 1 : null,
      policyholder: bytesOrNull(card.policyholder),
      portrait: bytesOrNull(card.portrait),
      nir: card.nir ?? null,
      policyholderNir: card.policyholder_nir ?? null,
      acting: readActing(card.acting ?? null),
    },
  };
}

/**
 * @param {{ name: string, purposes: string[], categories: string[] | null } | null} acting
 * @returns {import('./credential.mjs').CredentialClaims['card']['acting']}
 */
function readActing(acting) {
  return acting && {
    name: acting.name,
    purposes: acting.purposes.map(purposeNumber),
    categories: acting.categories && acting.categories.map(categoryNumber),
  };
}

/**
 * RESULT.
 * @param {import('./verify.mjs').Verified} verified
 * @param {import('./verify.mjs').Given} given
 */
export function writeResult(verified, { policy, purpose }) {
  const { visit } = verified.claims;
  const { iss, card } = verified.credential.claims;
  return {
    issuer: iss,
    environment: ENVIRONMENTS[policy.environment],
    alias: toHex(card.alias),
    person: writePerson(card.person),
    quality: QUALITIES[card.quality],
    policyholder: hexOrNull(card.policyholder),
    scheme: card.scheme,
    proofs: verified.proofs,
    user_verification: USER_VERIFICATIONS[visit.userVerification],
    binding: BINDINGS[visit.binding],
    counter: visit.counter,
    failed_tries: visit.failedTries,
    grade: verified.reasons.length === 0 ? 'full' : 'degraded',
    reasons: verified.reasons,
    skew: verified.skew,
    rights_as_of: card.rightsAsOf,
    status_as_of: verified.statusList.iat,
    repeated: verified.repeated,
    purpose: PURPOSES[purpose],
    view: card.nir === null ? 'minimal' : 'billing',
    sealed: verified.sealed,
    nir: card.nir,
    policyholder_nir: card.policyholderNir,
    transaction: hexOrNull(verified.transaction),
    delegate: writeDelegate(verified.delegate),
  };
}
