// The unlock of a phone by the issuer (section 12.5): U1 to U4.
import { equal } from './bytes.mjs';
import { decode } from './cbor.mjs';
import { cardAad, readKidHeader, readSign1, verifies } from './cose.mjs';
import { NotInForm, Refusal, inForm } from './errors.mjs';
import { bytesOf, digest, issuerId, record, time } from './shape.mjs';
import { validIssuerKeys } from './trust_list.mjs';

const LONGEST = 512;

const claimsForm = record({
  iss: [1, issuerId], exp: [4, time], iat: [6, time], cti: [7, bytesOf(16)], card: [-65545, digest],
});

/**
 * U1.
 * @param {Uint8Array} bytes
 * @throws {Refusal} unlock-structure
 */
export function parseUnlock(bytes) {
  return inForm('unlock-structure', () => {
    const message = readSign1(decode(bytes, LONGEST));
    const kid = readKidHeader(message.header);
    const claims = claimsForm(decode(message.payload, LONGEST));
    if (claims.exp <= claims.iat) throw new NotInForm('exp is not after iat');
    return { ...message, kid, claims };
  });
}

/**
 * U1 to U4.
 * @param {Uint8Array} bytes
 * @param {import('./credential.mjs').Credential} card of this phone
 * @param {Uint8Array} nonce that the phone keeps; it forgets it when this returns
 * @param {import('./trust_list.mjs').TrustList} trustList
 * @param {number} now
 * @throws {Refusal}
 */
export function checkUnlock(bytes, card, nonce, trustList, now) {
  const unlock = parseUnlock(bytes);
  const { iss, iat, exp, cti, card: cardDigest } = unlock.claims;
  if (iss !== card.claims.iss || card.claims.card.acting !== null || now >= trustList.exp) throw new Refusal('unlock-issuer');
  const keys = validIssuerKeys(trustList, iss, unlock.kid, 'offer', iat);
  if (keys.length === 0) throw new Refusal('unlock-issuer');
  const aad = cardAad('unlock', card.digest);
  const signed = equal(cardDigest, card.digest) && keys.some(({ key }) => verifies(unlock, aad, key));
  if (!signed) throw new Refusal('unlock-signature');
  if (!equal(cti, nonce) || now >= exp) throw new Refusal('unlock-nonce');
}
