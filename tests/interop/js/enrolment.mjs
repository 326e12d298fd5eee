// Enrolment (section 12.1): the issuer's offer and the phone's request.
import { sha256 } from '@noble/hashes/sha2.js';
import { equal } from './bytes.mjs';
import { decode } from './cbor.mjs';
import { AAD, readKidHeader, readSign1, verifies } from './cose.mjs';
import { NotInForm, Refusal, inForm } from './errors.mjs';
import { requireSound } from './hpke.mjs';
import { deviceKey } from './keys.mjs';
import { commitmentTo, openNumber } from './number.mjs';
import { bytesFrom, bytesOf, digest, issuerId, oneOf, optional, record, time, tuple } from './shape.mjs';
import { hpkeKeyOf, validIssuerKeys } from './trust_list.mjs';
import { areTwoSoundKeys, checkSuite, codePublicKey, readTwoLayers } from './two_layers.mjs';

const LONGEST_OFFER = 1024;
const LONGEST_REQUEST = 1536;

const offerForm = record({ iss: [1, issuerId], exp: [4, time], iat: [6, time], cti: [7, bytesOf(16)] });
const requestForm = record({
  iat: [6, time],
  cnf: [8, record({ deviceKey: [1, deviceKey] })],
  request: [-65539, record({
    codeKey: [1, bytesOf(32)],
    offer: [2, digest],
    commitment: [3, digest],
    sealed: [4, bytesFrom(49, 128)],
    evidence: [5, optional(tuple(oneOf(1, 2, 3), digest))],
  })],
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
  // Without its HPKE key there would be nothing to seal the number to.
  const sealedTo = hpkeKeyOf(trustList, iss);
  if (keys.length === 0 || sealedTo === null) throw new Refusal('offer-issuer');
  inForm('offer-issuer', () => requireSound(sealedTo)); // SEAL-3
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
    const request = readTwoLayers(bytes, LONGEST_REQUEST, requestForm);
    checkSuite(request, request.claims.cnf.deviceKey);
    return request;
  });
}

/**
 * R1 to R5.
 * @param {Uint8Array} bytes
 * @param {Uint8Array} offer the exact offer that it is held against
 * @param {boolean} answered whether the issuer has had another request for that offer (ENROL-1)
 * @param {Uint8Array} secret the issuer's HPKE private key
 * @throws {Refusal}
 */
export function verifyRequest(bytes, offer, answered, secret) {
  const { device, code, claims: { cnf, request } } = parseRequest(bytes);
  const { codeKey, commitment, sealed } = request;
  if (!areTwoSoundKeys(cnf.deviceKey, codeKey)) throw new Refusal('request-key');
  if (!verifies(device, AAD.requestDevice, cnf.deviceKey)) throw new Refusal('request-signature');
  if (!verifies(code, AAD.requestCode, codePublicKey(codeKey))) throw new Refusal('request-signature');
  const offerDigest = sha256(offer);
  if (answered || !equal(request.offer, offerDigest)) throw new Refusal('request-offer');
  const { nir, salt } = inForm('request-number', () => openNumber(sealed, secret, offerDigest));
  if (!equal(commitmentTo(nir, salt), commitment)) throw new Refusal('request-number');
  return { deviceKey: cnf.deviceKey, codeKey, nir, salt };
}
