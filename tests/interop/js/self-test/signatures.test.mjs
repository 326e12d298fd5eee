import assert from 'node:assert/strict';
import { createPublicKey, verify as opensslVerify } from 'node:crypto';
import { test } from 'node:test';
import { ed25519, ED25519_TORSION_SUBGROUP } from '@noble/curves/ed25519.js';
import { p256 } from '@noble/curves/nist.js';
import { sha256, sha512 } from '@noble/hashes/sha2.js';
import { ml_dsa65 } from '@noble/post-quantum/ml-dsa.js';
import { concat, fromHex, toHex, utf8 } from '../bytes.mjs';
import { encode } from '../cbor.mjs';
import { isSoundKey, keyId, keyValue, thumbprint } from '../keys.mjs';
import { sign, verify, verifyEd25519 } from '../signatures.mjs';

const { Point } = ed25519;
const L = Point.Fn.ORDER;
const P = Point.Fp.ORDER;
const message = utf8('message');

/** @param {bigint} value */
const littleEndian = (value) => fromHex(value.toString(16).padStart(64, '0')).reverse();
/** @param {Uint8Array} bytes */
const numberOf = (bytes) => BigInt(`0x${toHex(bytes.slice().reverse())}`);

/**
 * A signature with chosen parts: S = r + k·a, with R = r·B + (a point of small order), A = a·B + (a point of small order).
 * @param {bigint} r
 * @param {typeof Point.ZERO} torsionR
 * @param {bigint} a
 * @param {typeof Point.ZERO} torsionA
 * @param {Uint8Array} signed
 */
function crafted(r, torsionR, a, torsionA, signed) {
  const encodedR = Point.BASE.multiplyUnsafe(r).add(torsionR).toBytes();
  const key = Point.BASE.multiplyUnsafe(a).add(torsionA).toBytes();
  const k = numberOf(sha512(concat(encodedR, key, signed))) % L;
  return { key, k, signature: concat(encodedR, littleEndian((r + k * a) % L)) };
}

const torsion = ED25519_TORSION_SUBGROUP.map((hex) => Point.fromHex(hex, true));
const order8 = torsion.find((point) => !point.double().double().is0());
assert.ok(order8);

test('RFC 8032, 7.1', () => {
  const seed = fromHex('4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb');
  const key = fromHex('3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c');
  const signature = fromHex('92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00');
  assert.deepEqual(sign(1, seed, fromHex('72')), signature);
  assert.ok(verifyEd25519(key, fromHex('72'), signature));
  assert.ok(!verifyEd25519(key, fromHex('73'), signature));
});

test('S is below L', () => {
  const seed = new Uint8Array(32).fill(7);
  const key = ed25519.getPublicKey(seed);
  const signature = ed25519.sign(message, seed);
  assert.ok(verifyEd25519(key, message, signature));
  const greater = littleEndian(numberOf(signature.subarray(32)) + L);
  assert.ok(!verifyEd25519(key, message, concat(signature.subarray(0, 32), greater)));
  // S = 0 is in range: a nonce r = -k·a makes it, which takes the key holder; here only that nothing is thrown.
  assert.ok(!verifyEd25519(key, message, concat(signature.subarray(0, 32), new Uint8Array(32))));
});

test('no multiplication by the cofactor', () => {
  const { key, signature } = crafted(5n, order8, 9n, Point.ZERO, message);
  assert.ok(ed25519.verify(signature, message, key), 'a cofactored verifier accepts it');
  assert.ok(!verifyEd25519(key, message, signature));
});

test('a key of mixed order is judged by the equation alone, with k below L', () => {
  let accepted = 0;
  for (let i = 0; i < 40; i++) {
    const signed = Uint8Array.of(i);
    const { key, k, signature } = crafted(5n, Point.ZERO, 9n, order8, signed);
    // k·A has the torsion part (k mod 8)·T, so the equation holds exactly when 8 divides k.
    assert.equal(verifyEd25519(key, signed, signature), k % 8n === 0n);
    accepted += Number(k % 8n === 0n);
    assert.ok(!isSoundKey({ suite: 1, x: key }));
  }
  assert.ok(accepted > 0);
});

test('small order, canonically or not', () => {
  assert.equal(torsion.length, 8);
  const encodings = torsion.map((point) => point.toBytes());
  for (const encoding of encodings.slice()) {
    const flipped = encoding.slice();
    flipped[31] ^= 0x80; // for x = 0, the encoding with the wrong sign
    encodings.push(flipped);
  }
  for (const y of [P, P + 1n]) {
    encodings.push(littleEndian(y), littleEndian(y + 2n ** 255n));
  }
  const zero = new Uint8Array(32);
  const { key } = crafted(5n, Point.ZERO, 9n, Point.ZERO, message);
  for (const encoding of encodings) {
    assert.ok(!isSoundKey({ suite: 1, x: encoding }), toHex(encoding));
    for (let i = 0; i < 16; i++) {
      // With such a key a signature of zeros verifies for one message in eight, or for every one, unless it is refused.
      assert.ok(!verifyEd25519(encoding, Uint8Array.of(i), concat(Point.ZERO.toBytes(), zero)));
    }
    assert.ok(!verifyEd25519(key, message, concat(encoding, zero)));
  }
  // R of small order with S = k·a: the equation holds for R = identity, and only the rule about R refuses it.
  const identity = crafted(0n, Point.ZERO, 9n, Point.ZERO, message);
  assert.ok(!verifyEd25519(identity.key, message, identity.signature));
});

test('keys', () => {
  assert.ok(isSoundKey({ suite: 1, x: Point.BASE.toBytes() }));
  assert.ok(!isSoundKey({ suite: 1, x: littleEndian(2n) }), 'no point has this y');
  for (let y = P; y < 2n ** 255n; y++) assert.ok(!isSoundKey({ suite: 1, x: littleEndian(y) }), 'y is not below p');
  const point = p256.Point.BASE.toBytes();
  assert.ok(isSoundKey({ suite: 2, x: point.slice(1), odd: point[0] === 3 }));
  assert.ok(!isSoundKey({ suite: 2, x: new Uint8Array(32).fill(255), odd: true }));
});

test('ESP256', () => {
  const secret = new Uint8Array(32).fill(3);
  const compressed = p256.getPublicKey(secret);
  const key = /** @type {const} */ ({ suite: 2, x: compressed.slice(1), odd: compressed[0] === 3 });
  const signature = sign(2, secret, message);
  assert.deepEqual(sign(2, secret, message), signature);
  assert.ok(verify(key, message, signature));
  assert.ok(!verify({ ...key, odd: !key.odd }, message, signature));
  const { r, s } = p256.Signature.fromBytes(signature, 'compact');
  const n = p256.Point.Fn.ORDER;
  /** @param {bigint} value */
  const bigEndian = (value) => littleEndian(value).reverse();
  assert.ok(s <= n / 2n);
  for (const [badR, badS] of [[r, n - s], [r, 0n], [0n, s], [n, s], [r + n < 2n ** 256n ? r + n : n, s], [r, n]]) {
    assert.ok(!verify(key, message, concat(bigEndian(badR), bigEndian(badS))));
  }
  assert.ok(!verify({ suite: 2, x: new Uint8Array(32).fill(255), odd: true }, message, signature));
});

test('ML-DSA-65, pure and without a context', () => {
  const { publicKey, secretKey } = ml_dsa65.keygen(new Uint8Array(32).fill(5));
  const key = /** @type {const} */ ({ suite: 'pq', x: publicKey });
  /** @param {{ context?: Uint8Array }} [options] */
  const made = (options) => ml_dsa65.sign(message, secretKey, { extraEntropy: false, ...options });
  assert.ok(verify(key, message, made()));
  assert.ok(!verify(key, utf8('another'), made()));
  assert.ok(!verify(key, message, made({ context: utf8('context') })));
  assert.ok(!verify(key, message, made().subarray(0, 64)));
  assert.ok(!verify(key, message, concat(made(), Uint8Array.of(0))));
  const encoded = concat(fromHex('a30107033830205907a0'), publicKey);
  assert.deepEqual(encode(keyValue(key)), encoded);
  assert.deepEqual(thumbprint(key), sha256(encoded));
});

test('ordinary signatures verify elsewhere too', () => {
  const seed = new Uint8Array(32).fill(9);
  const x = Buffer.from(ed25519.getPublicKey(seed)).toString('base64url');
  const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
  assert.ok(opensslVerify(null, message, key, sign(1, seed, message)));
  const [, ...point] = p256.getPublicKey(seed, false);
  const [px, py] = [point.slice(0, 32), point.slice(32)].map((part) => Buffer.from(part).toString('base64url'));
  const ecKey = createPublicKey({ key: { kty: 'EC', crv: 'P-256', x: px, y: py }, format: 'jwk' });
  assert.ok(opensslVerify('sha256', message, { key: ecKey, dsaEncoding: 'ieee-p1363' }, sign(2, seed, message)));
});

test('thumbprints', () => {
  const x = ed25519.getPublicKey(new Uint8Array(32).fill(1));
  assert.equal(thumbprint({ suite: 1, x }).length, 32);
  assert.deepEqual(keyId({ suite: 1, x }), thumbprint({ suite: 1, x }).slice(0, 8));
  // RFC 9679, section 6: the example key, whose thumbprint is over the uncompressed point.
  const key = /** @type {const} */ ({
    suite: 2,
    x: fromHex('65eda5a12577c2bae829437fe338701a10aaa375e1bb5b5de108de439c08551d'),
    odd: false, // y ends in 9c
  });
  assert.equal(toHex(thumbprint(key)), '496bd8afadf307e5b08c64b0421bf9dc01528a344a43bda88fadd1669da253ec');
});
