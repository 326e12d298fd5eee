// Messages between a phone and its issuer, and between two phones, in the world of fixture.mjs.
import { p256 } from '@noble/curves/nist.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { encode, mapOf } from '../cbor.mjs';
import { AAD, HEADER_DEVICE, HEADER_ED25519, cardAad, kidHeader, makeSign1 } from '../cose.mjs';
import { keyId, keyValue } from '../keys.mjs';
import { commitmentTo, numberInfo } from '../number.mjs';
import { ed25519KeyOfSeed } from '../signatures.mjs';
import { DAY, NOW, code, devices, issuer, issuerHpke, map, sealBase, seed } from './fixture.mjs';

/**
 * @typedef {import('../cbor.mjs').CborValue} CborValue
 * @typedef {{ seed: Uint8Array, key: import('../keys.mjs').DeviceKey }} Device
 * @typedef {{ seed: Uint8Array, key: import('../keys.mjs').Ed25519Key }} Code
 */

export const NIR = '2850375123456';
export const salt = seed(22).slice(0, 16);
export const nonce = seed(23).slice(0, 16);
/** The delegate, whose device key is of suite 2. */
const compressed = p256.getPublicKey(seed(30));
export const delegate = {
  device: /** @type {Device} */ ({ seed: seed(30), key: { suite: 2, x: compressed.slice(1), odd: compressed[0] === 3 } }),
  code: /** @type {Code} */ ({ seed: seed(31), key: ed25519KeyOfSeed(seed(31)) }),
};
export const newCode = { seed: seed(32), key: ed25519KeyOfSeed(seed(32)) };
/** A point of small order. */
export const NO_KEY = new Uint8Array(32);

/**
 * @param {CborValue} claims
 * @param {Uint8Array} deviceAad
 * @param {Uint8Array} codeAad
 * @param {{ device: Device, code: Code }} by
 */
function twice(claims, deviceAad, codeAad, by) {
  return outer(makeSign1(HEADER_ED25519, codeAad, encode(claims), 1, by.code.seed), deviceAad, by.device);
}

/** @param {Uint8Array} payload @param {Uint8Array} aad @param {Device} device */
const outer = (payload, aad, { seed: secret, key: { suite } }) => makeSign1(HEADER_DEVICE[suite], aad, payload, suite, secret);

/** @param {import('../keys.mjs').DeviceKey} key */
const cnf = (key) => map([[1, keyValue(key)]]);

/** @param {{ iat?: number, exp?: number }} [changes] */
export function offerBytes({ iat = NOW, exp = NOW + DAY } = {}) {
  const claims = encode(map([[1, 'insurer'], [4, exp], [6, iat], [7, nonce]]));
  return makeSign1(kidHeader(keyId(issuer.key)), AAD.offer, claims, 1, issuer.secret);
}

/**
 * @param {Uint8Array} offer
 * @param {{ device?: Device, signer?: Device, number?: CborValue, commitment?: Uint8Array, sealed?: Uint8Array, codeKey?: Uint8Array,
 *   evidence?: CborValue }} [changes]
 */
export function requestBytes(offer, {
  device = devices[1], signer = device, number = [NIR, salt], commitment = commitmentTo(NIR, salt), sealed, codeKey = code.key.x,
  evidence = null,
} = {}) {
  const offerDigest = sha256(offer);
  const made = sealed ?? sealBase(seed(33), issuerHpke.key, numberInfo(offerDigest), new Uint8Array(0), encode(number));
  const claims = mapOf([
    [6, NOW], [8, cnf(device.key)],
    [-65539, mapOf([[1, codeKey], [2, offerDigest], [3, commitment], [4, made], [5, evidence]])],
  ]);
  return twice(claims, AAD.requestDevice, AAD.requestCode, { device: signer, code });
}

/**
 * @param {Uint8Array} card
 * @param {{ device?: Device, code?: Code, changed?: Uint8Array | null, inner?: Code | null, about?: Uint8Array }} [changes] `changed`
 *   is the new code key that the claims name, `inner` whose layer is there
 */
export function renewalBytes(card, { device = devices[1], code: old = code, changed = null, inner = null, about = card } = {}) {
  const digest = sha256(card);
  const claims = encode(mapOf([[6, NOW], [7, nonce], [-65544, mapOf([[1, sha256(about)], [2, changed]])]]));
  const newLayer = inner && makeSign1(HEADER_ED25519, cardAad('renewal-new-code', digest), claims, 1, inner.seed);
  const codeLayer = makeSign1(HEADER_ED25519, cardAad('renewal-code', digest), newLayer ?? claims, 1, old.seed);
  return outer(codeLayer, cardAad('renewal-device', digest), device);
}

/**
 * @param {Uint8Array} card
 * @param {{ iss?: string, about?: Uint8Array, exp?: number }} [changes]
 */
export function unlockBytes(card, { iss = 'insurer', about = card, exp = NOW + 60 } = {}) {
  const claims = encode(map([[1, iss], [4, exp], [6, NOW], [7, nonce], [-65545, sha256(about)]]));
  return makeSign1(kidHeader(keyId(issuer.key)), cardAad('unlock', sha256(card)), claims, 1, issuer.secret);
}

/** @param {{ by?: { device: Device, code: Code }, codeKey?: Uint8Array, name?: string, signer?: Code }} [changes] */
export function introductionBytes({ by = delegate, codeKey = by.code.key.x, name = 'Léa Petit', signer = by.code } = {}) {
  const claims = map([[6, NOW], [8, cnf(by.device.key)], [-65546, map([[1, codeKey], [2, name]])]]);
  return twice(claims, AAD.introductionDevice, AAD.introductionCode, { device: by.device, code: signer });
}

/**
 * @param {Uint8Array} card
 * @param {Uint8Array} introduction
 * @param {{ device?: Device, iat?: number, until?: number, purposes?: number[], categories?: number[] | null, about?: Uint8Array,
 *   signer?: Code }} [changes]
 */
export function orderBytes(card, introduction, {
  device = devices[1], iat = NOW, until = NOW + DAY, purposes = [1, 3], categories = [2], about = card, signer = code,
} = {}) {
  const content = mapOf([[1, sha256(about)], [2, sha256(introduction)], [3, until], [4, purposes], [5, categories]]);
  const claims = map([[6, iat], [7, nonce], [-65548, content]]);
  const digest = sha256(card);
  return twice(claims, cardAad('order-device', digest), cardAad('order-code', digest), { device, code: signer });
}
