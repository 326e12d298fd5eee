// The introduction (section 14.1): the delegate's phone shows its keys and its owner's name. I1 to I5.
import { AAD, verifies } from './cose.mjs';
import { Refusal, inForm } from './errors.mjs';
import { deviceKey } from './keys.mjs';
import { delegateName } from './lending.mjs';
import { bytesOf, record, time } from './shape.mjs';
import { readPhoneText } from './text.mjs';
import { areTwoSoundKeys, checkSuite, codePublicKey, readTwoLayers } from './two_layers.mjs';

const LONGEST = 512;
/** Seconds. */
const EARLIEST = 300;
const LIFE = 600;

const claimsForm = record({
  iat: [6, time],
  cnf: [8, record({ deviceKey: [1, deviceKey] })],
  introduction: [-65546, record({ codeKey: [1, bytesOf(32)], name: [2, delegateName] })],
});

/** @typedef {ReturnType<typeof parseIntroduction>} Introduction */

/**
 * I2.
 * @param {Uint8Array} bytes
 * @throws {Refusal} introduction-structure
 */
export function parseIntroduction(bytes) {
  return inForm('introduction-structure', () => {
    const introduction = readTwoLayers(bytes, LONGEST, claimsForm);
    checkSuite(introduction, introduction.claims.cnf.deviceKey);
    return introduction;
  });
}

/**
 * I2 to I4: for the issuer, to whom it comes with an order, whenever it was made.
 * @param {Uint8Array} bytes
 * @returns {Introduction}
 * @throws {Refusal} introduction-structure, introduction-key, introduction-signature
 */
export function verifyIntroduction(bytes) {
  const parsed = parseIntroduction(bytes);
  const { cnf, introduction: { codeKey } } = parsed.claims;
  if (!areTwoSoundKeys(cnf.deviceKey, codeKey)) throw new Refusal('introduction-key');
  const signed = verifies(parsed.device, AAD.introductionDevice, cnf.deviceKey)
    && verifies(parsed.code, AAD.introductionCode, codePublicKey(codeKey));
  if (!signed) throw new Refusal('introduction-signature');
  return parsed;
}

/**
 * I1 to I5: for the grantor's phone.
 * @param {string} text
 * @param {number} now
 * @returns {Introduction} the name in it proves nothing: the person says whether they know who that is
 * @throws {Refusal}
 */
export function readIntroduction(text, now) {
  const { bytes } = readPhoneText(text, ['introduction'], 'introduction-text');
  const introduction = verifyIntroduction(bytes);
  const { iat } = introduction.claims;
  if (now < iat - EARLIEST || now >= iat + LIFE) throw new Refusal('introduction-time');
  return introduction;
}
