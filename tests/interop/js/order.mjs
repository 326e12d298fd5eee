// The lending order (section 14.2), with which a card is lent through the issuer: L1 to L5.
import { equal } from './bytes.mjs';
import { cardAad, verifies } from './cose.mjs';
import { Refusal, inForm } from './errors.mjs';
import { verifyIntroduction } from './introduction.mjs';
import { sameKey } from './keys.mjs';
import { categories, purposes } from './lending.mjs';
import { bytesOf, digest, record, time } from './shape.mjs';
import { checkSuite, codePublicKey, readTwoLayers } from './two_layers.mjs';

const LONGEST = 768;
/** Seconds: how far the clocks may differ, and 30 days. */
const TOLERANCE = 300;
const LONGEST_LENT = 2_592_000;

const claimsForm = record({
  iat: [6, time],
  cti: [7, bytesOf(16)],
  order: [-65548, record({
    card: [1, digest], introduction: [2, digest], until: [3, time], purposes: [4, purposes], categories: [5, categories],
  })],
});

/** @typedef {import('./credential.mjs').Credential} Credential */

/**
 * L1, but for whether the device layer's header is that of its key, which the order does not hold.
 * @param {Uint8Array} bytes
 * @throws {Refusal} order-structure
 */
export function parseOrder(bytes) {
  return inForm('order-structure', () => readTwoLayers(bytes, LONGEST, claimsForm));
}

/**
 * L1 to L5, for an issuer that has this card and no other, which is neither revoked nor suspended.
 * @param {Uint8Array} bytes
 * @param {Credential} card
 * @param {Uint8Array} introduction that came with it
 * @param {number} now
 * @throws {Refusal}
 */
export function verifyOrder(bytes, card, introduction, now) {
  const message = parseOrder(bytes);
  const { claims: { iat, order }, device, code } = message;
  // As with a renewal: the key is known once the card has been found.
  if (!equal(order.card, card.digest)) throw new Refusal('order-card');
  const { cnf, card: content } = card.claims;
  inForm('order-structure', () => checkSuite(message, cnf.deviceKey));
  if (content.acting !== null) throw new Refusal('order-card');
  const signed = verifies(device, cardAad('order-device', card.digest), cnf.deviceKey)
    && verifies(code, cardAad('order-code', card.digest), codePublicKey(content.codeKey));
  if (!signed) throw new Refusal('order-signature');
  checkIntroduction(order.introduction, introduction, card);
  const { until } = order;
  const late = Math.abs(iat - now) > TOLERANCE;
  if (late || until <= iat || until <= now || until - iat > LONGEST_LENT) throw new Refusal('order-time');
  return order;
}

/**
 * L4.
 * @param {Uint8Array} named the digest in the order
 * @param {Uint8Array} bytes
 * @param {Credential} card
 */
function checkIntroduction(named, bytes, card) {
  const { digest: found, claims } = introductionOf(bytes);
  if (!equal(found, named)) throw new Refusal('order-introduction');
  const theirs = [claims.cnf.deviceKey, codePublicKey(claims.introduction.codeKey)];
  const own = [card.claims.cnf.deviceKey, codePublicKey(card.claims.card.codeKey)];
  // Either key in either place: nobody lends to themselves.
  if (theirs.some((key) => own.some((other) => sameKey(key, other)))) throw new Refusal('order-introduction');
}

/** @param {Uint8Array} bytes */
function introductionOf(bytes) {
  try {
    return verifyIntroduction(bytes);
  } catch (error) {
    // The issuer has one code for I2 to I4.
    if (error instanceof Refusal) throw new Refusal('order-introduction', error.message);
    throw error;
  }
}
