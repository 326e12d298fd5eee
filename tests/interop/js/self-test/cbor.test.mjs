import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromHex, toHex } from '../bytes.mjs';
import { decode, encode } from '../cbor.mjs';
import { NotInForm } from '../errors.mjs';

/** @param {string} hex */
const read = (hex) => decode(fromHex(hex), 1064);

test('what is in the profile comes back byte for byte', () => {
  for (const hex of [
    '00', '17', '1818', '18ff', '190100', '19ffff', '1a00010000', '1affffffff', '1b0000000100000000',
    '1b001fffffffffffff', '1b0020000000000000', '1bffffffffffffffff',
    '20', '37', '3818', '390100', '3a00010000', '3b0000000100000000',
    '3b001ffffffffffffe', '3b001fffffffffffff', '3b0020000000000000', '3bffffffffffffffff',
    '40', '4100', '60', '6161', '62c3a9', '63efbbbf', '64f09f9880', '80', 'a0', '8101', 'f4', 'f5', 'f6',
    'a201022003', 'a2006161616100', 'a1616100', 'a2616100626161f6', '8181818181818180', 'a100a100a100a100a100a100a100a0',
    'a1695f5f70726f746f5f5f01', '8281018102', 'a201a10102028101',
  ]) {
    assert.equal(toHex(encode(read(hex))), hex);
  }
});

test('integers are exact', () => {
  assert.equal(read('1bffffffffffffffff'), 2n ** 64n - 1n);
  assert.equal(read('3bffffffffffffffff'), -(2n ** 64n));
  assert.equal(read('1b001fffffffffffff'), Number.MAX_SAFE_INTEGER);
  assert.equal(read('3b001fffffffffffff'), -(2n ** 53n));
});

/** @type {Record<string, string[]>} */
const REFUSED = {
  'nothing, and items cut short': ['', '18', '19ff', '41', '6261', '81', 'a1', 'a101', '9bffffffffffffffff', '5bffffffffffffffff', 'bbffffffffffffffff'],
  'bytes after the item': ['0000', 'f600', '8000', 'a000', '810000'],
  'longer heads': ['1817', '1900ff', '1a0000ffff', '1b00000000ffffffff', '3817', '580100', '780161', '9800', '980100', 'b800', 'b9000100', 'f814', 'f815', 'f816'],
  'indefinite lengths': ['5fff', '5f4100ff', '7fff', '7f6161ff', '9fff', 'bfff', '9f00ff', 'ff', '81ff', 'a1ff', 'a100ff'],
  'reserved heads': ['1c', '1d', '1e', '1f', '3f', '5c', '7d', '9e', 'bc', 'dc', 'df', 'fc', 'fd', 'fe'],
  tags: ['c000', 'c100', 'c24101', 'c249010000000000000000', 'c349ffffffffffffffffff', 'd81c80', 'd81d00', '81d81c80', 'd9d9f700', 'd8184100', 'a1c10000'],
  floats: ['f90000', 'f93c00', 'f97e00', 'f97c00', 'fa3f800000', 'fb3ff0000000000000', '81f90000', 'a1f9000000'],
  'simple values': ['f7', 'e0', 'f3', 'f800', 'f818', 'f820', 'f8ff', '81f7'],
  'a key twice': ['a201000100', 'a2616100616100', 'a20000180000'],
  'keys out of order': ['a202000100', 'a220000100', 'a2616200616100', 'a262616100616200', 'a2616100190100f6', 'a218180017f6'],
  'other keys': ['a1400000', 'a1410000', 'a18000', 'a1a000', 'a1f400', 'a1f600', 'a1f700'],
  'invalid UTF-8': ['61ff', '62c328', '61c3', '62c080', '63eda080', '66eda080edb080', '64f4908080', '64f8888080', '63e08080', '65f888808080'],
  'forbidden characters': ['6100', '610a', '611f', '617f', '62c280', '62c29f', '63e280a8', '63e280ae', '63e281a6', '63e281a9', 'a1610a00', '816100'],
  'nine levels': ['818181818181818180', '8181818181818181a0', 'a100a100a100a100a100a100a100a10080', `${'81'.repeat(400)}00`, 'd81c'.repeat(400)],
};

for (const [what, encodings] of Object.entries(REFUSED)) {
  test(`refused: ${what}`, () => {
    for (const hex of encodings) assert.throws(() => read(hex), NotInForm, hex);
  });
}

test('the neighbours of what is forbidden', () => {
  for (const text of [' ', '~', '\u00a0', '\u2027', '\u202f', '\u2065', '\u206a', '\ufeff', '\u{10ffff}', '\u200b']) {
    assert.equal(decode(encode(text), 8), text);
  }
});

test('the limit', () => {
  assert.throws(() => decode(fromHex('820000'), 2), NotInForm);
  assert.deepEqual(decode(fromHex('820000'), 3), [0, 0]);
});

test('writing', () => {
  assert.equal(toHex(encode(new Map([[-1, 0], [10, 0], [100, 0], [1, 0]]))), 'a401000a001864002000');
  assert.equal(toHex(encode(new Map(/** @type {[any, any][]} */ ([['aa', 0], ['b', 0], [1000, 0]])))), 'a31903e80061620062616100');
  assert.throws(() => encode(1.5));
  assert.throws(() => encode(2n ** 64n));
});

test('random bytes cause no other exception', () => {
  // A small generator with a fixed start, so that a failure can be repeated.
  let state = 1;
  const next = () => (state = (Math.imul(state, 1103515245) + 12345) >>> 0) >>> 16 & 0xff;
  for (let round = 0; round < 20_000; round++) {
    const bytes = Uint8Array.from({ length: 1 + (next() % 24) }, next);
    let value;
    try {
      value = decode(bytes, 64);
    } catch (error) {
      assert.ok(error instanceof NotInForm, toHex(bytes));
      continue;
    }
    assert.equal(toHex(encode(value)), toHex(bytes));
  }
});
