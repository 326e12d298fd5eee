import assert from 'node:assert/strict';
import { test } from 'node:test';
import { x25519 } from '@noble/curves/ed25519.js';
import { fromHex, toHex } from '../bytes.mjs';
import { NotInForm } from '../errors.mjs';
import { OVERHEAD, agree, openBase } from '../hpke.mjs';
import { sealBase } from './fixture.mjs';

// RFC 9180, A.2.1: DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, ChaCha20Poly1305, base mode; the first message.
const rfc = {
  info: fromHex('4f6465206f6e2061204772656369616e2055726e'),
  ephemeral: fromHex('f4ec9b33b792c372c1d2c2063507b684ef925b8c75a42dbcbf57d63ccd381600'),
  enc: '1afa08d3dec047a643885163f1180476fa7ddb54c6a8029ea33f95796bf2ac4a',
  secret: fromHex('8057991eef8f1f1af18f4a9491d16a1ce333f695d4db8e38da75975c4478e0fb'),
  public: fromHex('4310ee97d88cc1f088a5576c77ab0cf5c3ac797f3d95139c6c84b5429c59662a'),
  aad: fromHex('436f756e742d30'),
  plaintext: fromHex('4265617574792069732074727574682c20747275746820626561757479'),
  ct: '1c5250d8034ec2b784ba2cfd69dbdb8af406cfe3ff938e131f0def8c8b60b4db21993c62ce81883d2dd1b51a28',
};

test('RFC 9180, A.2.1', () => {
  assert.deepEqual(openBase(fromHex(rfc.enc + rfc.ct), rfc.secret, rfc.info, rfc.aad), rfc.plaintext);
  assert.equal(toHex(sealBase(rfc.ephemeral, rfc.public, rfc.info, rfc.aad, rfc.plaintext)), rfc.enc + rfc.ct);
});

test('one changed byte anywhere, another info or aad, too short', () => {
  const sealed = fromHex(rfc.enc + rfc.ct);
  for (let i = 0; i < sealed.length; i++) {
    const changed = sealed.slice();
    changed[i] ^= 1;
    assert.throws(() => openBase(changed, rfc.secret, rfc.info, rfc.aad), NotInForm, `byte ${i}`);
  }
  assert.throws(() => openBase(sealed, rfc.secret, rfc.aad, rfc.aad), NotInForm);
  assert.throws(() => openBase(sealed, rfc.secret, rfc.info, rfc.info), NotInForm);
  for (const length of [0, 31, 32, OVERHEAD - 1, OVERHEAD]) {
    assert.throws(() => openBase(sealed.slice(0, length), rfc.secret, rfc.info, rfc.aad), NotInForm);
  }
  const nothing = sealBase(rfc.ephemeral, rfc.public, rfc.info, rfc.aad, new Uint8Array(0));
  assert.equal(nothing.length, OVERHEAD);
  assert.deepEqual(openBase(nothing, rfc.secret, rfc.info, rfc.aad), new Uint8Array(0));
});

test('the bit of enc that X25519 does not look at is in the context all the same', () => {
  const sealed = fromHex(rfc.enc + rfc.ct);
  sealed[31] ^= 0x80;
  assert.deepEqual(agree(rfc.secret, sealed.slice(0, 32)), agree(rfc.secret, fromHex(rfc.enc)));
  assert.throws(() => openBase(sealed, rfc.secret, rfc.info, rfc.aad), NotInForm);
});

/** p = 2^255 - 19, little-endian, plus a small number. @param {number} more */
const p = (more) => Uint8Array.from({ length: 32 }, (_, i) => (i === 0 ? 0xed + more : i === 31 ? 0x7f : 0xff));

test('points of small order, canonically encoded or not, whatever the private key', () => {
  const small = [
    fromHex('00'.repeat(32)),
    fromHex(`01${'00'.repeat(31)}`),
    fromHex('e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800'),
    fromHex('5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157'),
    p(-1),
    p(0),
    p(1),
  ];
  for (const point of small) {
    const high = point.slice();
    high[31] |= 0x80;
    for (const encoding of [point, high]) {
      for (const secret of [rfc.secret, new Uint8Array(32).fill(1)]) assert.throws(() => agree(secret, encoding), NotInForm);
    }
    assert.throws(() => openBase(new Uint8Array([...point, ...fromHex(rfc.ct)]), rfc.secret, rfc.info, rfc.aad), NotInForm);
  }
  // u = 9 + p, which is 9 for X25519 (RFC 7748 section 5): neither small nor refused.
  assert.deepEqual(agree(rfc.secret, p(9)), x25519.getPublicKey(rfc.secret));
});
