// The layers of the vectors between a phone and its issuer, and between two phones: enrolment, renewal, unlock, lending.
import { fromHex, toHex } from './bytes.mjs';
import { acceptBillingView, acceptCredential, enrolmentBinding, lendingBinding, parseCredential } from './credential.mjs';
import { parseRequest, verifyOffer, verifyRequest } from './enrolment.mjs';
import { bytesOrNull, writeCredential, writeKey, writeScope } from './forms.mjs';
import { parseIntroduction, readIntroduction } from './introduction.mjs';
import { passing, trusted } from './layers_given.mjs';
import { verifyOrder } from './order.mjs';
import { parseRenewal, verifyRenewal } from './renewal.mjs';
import { checkUnlock } from './unlock.mjs';

/**
 * @typedef {import('./layers.mjs').Input} Input
 * @typedef {import('./layers.mjs').Layer} Layer
 */

/** A card that the case gives beside the message: it always is one. @param {string} hex */
const cardOf = (hex) => passing(() => parseCredential(fromHex(hex)));

/**
 * What the phone knows of itself. A renewal holds no device key: that is still the one of the request.
 * @param {Input} input
 * @returns {import('./credential.mjs').Own}
 */
function readOwn({ request: requestHex, renewal: renewalHex, introduction: introductionHex, nir, salt }) {
  if (introductionHex !== null) {
    const { claims: { cnf, introduction }, digest } = parseIntroduction(fromHex(introductionHex));
    return { deviceKey: cnf.deviceKey, codeKey: introduction.codeKey, binding: lendingBinding(digest), lent: true, nir: null };
  }
  const { claims: { cnf, request }, digest } = parseRequest(fromHex(requestHex));
  const renewal = renewalHex === null ? null : parseRenewal(fromHex(renewalHex));
  return {
    deviceKey: cnf.deviceKey,
    codeKey: renewal?.claims.renewal.newCodeKey ?? request.codeKey,
    binding: enrolmentBinding(renewal?.digest ?? digest, nir, fromHex(salt)),
    lent: false,
    nir,
  };
}

/** @type {Readonly<Record<string, Layer>>} */
export const PEOPLE = {
  offer: (input) => ({ issuer: verifyOffer(fromHex(input.bytes), trusted(input, input.environment).list, input.now).iss }),
  request({ bytes, offer, secret }) {
    const { deviceKey, codeKey, nir, salt } = verifyRequest(fromHex(bytes), fromHex(offer), false, fromHex(secret));
    return { device_key: writeKey(deviceKey), code_key: toHex(codeKey), nir, salt: toHex(salt) };
  },
  accept(input) {
    const own = passing(() => readOwn(input));
    const { list } = trusted(input, input.environment);
    const card = acceptCredential(fromHex(input.credential), own, list, input.now);
    const billing = bytesOrNull(input.billing);
    if (billing !== null) acceptBillingView(billing, card, own, list, input.now);
    return { claims: writeCredential(card.claims) };
  },
  renewal({ bytes, credential }) {
    const { newCodeKey } = verifyRenewal(fromHex(bytes), cardOf(credential));
    return { new_code_key: newCodeKey && toHex(newCodeKey) };
  },
  unlock(input) {
    const { list } = trusted(input, input.environment);
    checkUnlock(fromHex(input.bytes), cardOf(input.credential), fromHex(input.nonce), list, input.now);
    return {};
  },
  introduction({ text, now }) {
    const { cnf, introduction: { codeKey, name } } = readIntroduction(text, now).claims;
    return { device_key: writeKey(cnf.deviceKey), code_key: toHex(codeKey), name };
  },
  order({ bytes, credential, introduction, now }) {
    const order = verifyOrder(fromHex(bytes), cardOf(credential), fromHex(introduction), now);
    return { until: order.until, ...writeScope(order) };
  },
};
