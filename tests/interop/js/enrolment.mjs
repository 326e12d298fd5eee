// Enrolment in its simple form (section 12): the issuer's offer and the phone's request.
import { sha256 } from '@noble/hashes/sha2.js';
import { equal } from './bytes.mjs';
import { decode } from './cbor.mjs';
import { AAD, HEADER_DEVICE, HEADER_ED25519, checkHeader, readKidHeader, readSign1, verifies } from './cose.mjs';
import { NotInForm, Refusal, inForm } from './errors.mjs';
import { deviceKey, isSoundKey, sameKey } from './keys.mjs';
import { bytesOf, digest, issuerId, record, time } from './shape.mjs';
import { validIssuerKeys } from './trust_list.mjs';

const LONGEST_OFFER = 1024;
const LONGEST_REQUEST = 1536;

const offerForm = record({ iss: [1, issuerId], exp: [4, time], iat: [6, time], cti: [7, bytesOf(16)] });
const requestForm = record({
  iat: [6, time],
  cnf: [8, record({ deviceKey: [1, deviceKey] })],
  request: [-65539, record({ codeKey: [1, bytesOf(32)], offer: [2, digest] })],
});

/**
 * O1.
 * @param {Uint8Array} bytes
 */
export function parseOffer(bytes) {
  return inForm('offer-structure', () => {
    const message = readSign1(decode(bytes, LONGEST_OFFER));
    const kid = readKidHeader(message.header);
    const claims = offerForm(decode(message.payload, LONGEST_OFFER));
    if (claims.exp <= claims.iat) throw new NotInForm('exp is not after iat');
    return { ...message, kid, claims };
  });
}

/**
 * O1 to O4.
 * @param {Uint8Array} bytes
 * @param {import('./trust_list.mjs').TrustList} trustList
 * @param {number} now
 * @throws {Refusal}
 */
export function verifyOffer(bytes, trustList, now) {
  const offer = parseOffer(bytes);
  const { iss, iat, exp } = offer.claims;
  if (now >= trustList.exp) throw new Refusal('offer-issuer');
  const keys = validIssuerKeys(trustList, iss, offer.kid, 'offer', iat);
  if (keys.length === 0) throw new Refusal('offer-issuer');
  if (!keys.some(({ key }) => verifies(offer, AAD.offer, key))) throw new Refusal('offer-signature');
  if (now >= exp) throw new Refusal('offer-expired');
  return offer.claims;
}

/**
 * R1.
 * @param {Uint8Array} bytes
 */
export function parseRequest(bytes) {
  return inForm('request-structure', () => {
    const device = readSign1(decode(bytes, LONGEST_REQUEST));
    const code = readSign1(decode(device.payload, LONGEST_REQUEST));
    const claims = requestForm(decode(code.payload, LONGEST_REQUEST));
    checkHeader(code.header, HEADER_ED25519);
    checkHeader(device.header, HEADER_DEVICE[claims.cnf.deviceKey.suite]);
    return { device, code, claims, digest: sha256(bytes) };
  });
}

/**
 * R1 to R4.
 * @param {Uint8Array} bytes
 * @param {Uint8Array} offer the exact offer that it is held against
 * @param {boolean} answered whether the issuer has answered that offer before (ENROL-1)
 * @throws {Refusal}
 */
export function verifyRequest(bytes, offer, answered) {
  const { device, code, claims } = parseRequest(bytes);
  const key = claims.cnf.deviceKey;
  const { codeKey, offer: offerDigest } = claims.request;
  const codePublicKey = /** @type {const} */ ({ suite: 1, x: codeKey });
  if (!isSoundKey(key) || !isSoundKey(codePublicKey) || sameKey(key, codePublicKey)) throw new Refusal('request-key');
  if (!verifies(device, AAD.requestDevice, key)) throw new Refusal('request-signature');
  if (!verifies(code, AAD.requestCode, codePublicKey)) throw new Refusal('request-signature');
  if (answered || !equal(offerDigest, sha256(offer))) throw new Refusal('request-offer');
  return { deviceKey: key, codeKey };
}
