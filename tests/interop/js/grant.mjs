// The grant (section 14.3): a card lent from phone to phone. V8 against the card, G1 to G4 on the delegate's phone.
import { equal } from './bytes.mjs';
import { decode } from './cbor.mjs';
import { cardAad, verifies } from './cose.mjs';
import { checkIssuer, checkLifetime, checkRights, environmentOf, isBillingView, parseCredential } from './credential.mjs';
import { NotInForm, Refusal, inForm } from './errors.mjs';
import { deviceKey, sameKey } from './keys.mjs';
import { categories, delegateName, purposes } from './lending.mjs';
import { bytes as byteString, bytesOf, record, time, tuple } from './shape.mjs';
import { readPhoneText } from './text.mjs';
import { checkSuite, codePublicKey, readTwoLayers } from './two_layers.mjs';

const LONGEST = 512;
const LONGEST_LENT_CARD = 800;
/** GRANT-1: 72 hours, in seconds. */
const LONGEST_LIFE = 259_200;

const lentCardForm = tuple(byteString, byteString);
const claimsForm = record({
  exp: [4, time],
  iat: [6, time],
  cti: [7, bytesOf(8)],
  cnf: [8, record({ deviceKey: [1, deviceKey] })],
  grant: [-65547, record({
    codeKey: [1, bytesOf(32)], name: [2, delegateName], purposes: [3, purposes], categories: [4, categories],
  })],
});

/**
 * @typedef {ReturnType<typeof claimsForm>} GrantClaims
 * @typedef {import('./credential.mjs').Credential} Credential
 * @typedef {import('./trust_list.mjs').TrustList} TrustList
 * @typedef {{ deviceKey: import('./keys.mjs').DeviceKey, codeKey: Uint8Array }} Keys of one phone
 * @typedef {import('./lending.mjs').Scope & { name: string, way: 'issuer' | 'grant', until: number }} Delegate
 */

/**
 * The form alone: whose header the device layer must have is for the card to say.
 * @param {Uint8Array} bytes
 * @throws {Refusal} grant-structure
 */
export function parseGrant(bytes) {
  return inForm('grant-structure', () => {
    const grant = readTwoLayers(bytes, LONGEST, claimsForm);
    const life = grant.claims.exp - grant.claims.iat;
    if (life < 1 || life > LONGEST_LIFE) throw new NotInForm('GRANT-1');
    return grant;
  });
}

/**
 * G1 after the text.
 * @param {Uint8Array} bytes
 * @throws {Refusal} grant-text
 */
export function parseLentCard(bytes) {
  const [credential, grant] = inForm('grant-text', () => lentCardForm(decode(bytes, LONGEST_LENT_CARD)));
  return { credential, grant };
}

/**
 * V8, but for the code layer of the presentation; and G2 after V7.
 * @param {Uint8Array} bytes
 * @param {Credential} credential
 * @param {1 | 2 | null} suite that the presentation's header names; null where a phone is given the grant without one
 * @returns {GrantClaims}
 * @throws {Refusal} grant-structure, grant-signature, grant-hop
 */
export function checkGrant(bytes, credential, suite) {
  const grant = parseGrant(bytes);
  const { device, code, claims } = grant;
  const grantor = keysOf(credential);
  inForm('grant-structure', () => {
    checkSuite(grant, grantor.deviceKey);
    if (suite !== null) checkSuite({ suite }, claims.cnf.deviceKey); // CRED-4
  });
  const signed = verifies(device, cardAad('grant-device', credential.digest), grantor.deviceKey)
    && verifies(code, cardAad('grant-code', credential.digest), codePublicKey(grantor.codeKey));
  if (!signed) throw new Refusal('grant-signature');
  if (isHop(credential, keysOfDelegate(claims))) throw new Refusal('grant-hop');
  return claims;
}

/**
 * GRANT-2.
 * @param {Credential} credential
 * @param {Keys} delegate
 */
function isHop(credential, delegate) {
  if (credential.claims.card.acting !== null || isBillingView(credential)) return true;
  if (sameKey(delegate.deviceKey, codePublicKey(delegate.codeKey))) return true;
  // Either key of one in either place of the other: a card's own code key as the delegate's device key is its own key too.
  return listed(delegate).some((key) => listed(keysOf(credential)).some((own) => sameKey(key, own)));
}

/** @param {Keys} keys */
const listed = (keys) => [keys.deviceKey, codePublicKey(keys.codeKey)];

/** @param {Credential} credential @returns {Keys} */
const keysOf = ({ claims: { cnf, card } }) => ({ deviceKey: cnf.deviceKey, codeKey: card.codeKey });

/** @param {GrantClaims} claims @returns {Keys} */
const keysOfDelegate = ({ cnf, grant }) => ({ deviceKey: cnf.deviceKey, codeKey: grant.codeKey });

/**
 * The acting keys (section 8): those under which a presentation must verify.
 * @param {Credential} credential
 * @param {GrantClaims | null} grant
 * @returns {Keys}
 */
export function actingKeys(credential, grant) {
  return grant === null ? keysOf(credential) : keysOfDelegate(grant);
}

/**
 * Who acts for the beneficiary, where that is somebody else: there is a grant, or the card has key 15.
 * @param {Credential} credential
 * @param {GrantClaims | null} grant
 * @returns {Delegate | null}
 */
export function delegateOf({ claims: { exp, card: { acting } } }, grant) {
  if (grant !== null) return { ...grant.grant, way: 'grant', until: grant.exp };
  return acting && { ...acting, way: 'issuer', until: exp };
}

/**
 * V12, the rows of the card and of the grant, in the order of the table.
 * @param {Credential} credential
 * @param {GrantClaims | null} grant
 * @param {number} now
 * @param {number} skewLimit seconds
 * @throws {Refusal} credential-not-yet-valid, credential-expired, grant-not-yet-valid, grant-expired, rights-ended
 */
export function checkTime(credential, grant, now, skewLimit) {
  checkLifetime(credential, now, skewLimit);
  if (grant !== null) {
    if (now < grant.iat - skewLimit) throw new Refusal('grant-not-yet-valid');
    if (now >= grant.exp) throw new Refusal('grant-expired');
  }
  checkRights(credential, now);
}

/**
 * GRANT-5: what the delegate's phone does before it keeps a grant.
 * @param {string} text
 * @param {Keys} own of this phone
 * @param {TrustList} trustList
 * @param {number} now
 * @returns {GrantClaims}
 * @throws {Refusal} of G1 to G4
 */
export function acceptGrant(text, own, trustList, now) {
  const { bytes } = readPhoneText(text, ['lent-card'], 'grant-text');
  const lent = parseLentCard(bytes);
  const credential = parseCredential(lent.credential);
  checkIssuer(credential, trustList, now);
  const claims = checkGrant(lent.grant, credential, null);
  const { deviceKey: mine, codeKey } = keysOfDelegate(claims);
  // A card in the billing view, the other part of G3, has been refused by GRANT-2.
  const isMine = sameKey(mine, own.deviceKey) && equal(codeKey, own.codeKey)
    && environmentOf(credential) === trustList.environment;
  if (!isMine) throw new Refusal('grant-not-mine');
  if (now >= claims.exp || now >= credential.claims.exp) throw new Refusal('grant-over');
  return claims;
}
