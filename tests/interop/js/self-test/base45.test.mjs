import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeBase45, encodeBase45 } from '../base45.mjs';
import { utf8 } from '../bytes.mjs';
import { NotInForm, Refusal } from '../errors.mjs';
import { readText, removeLineEnd, repairKeyboard, writeText } from '../text.mjs';

test('the examples of RFC 9285', () => {
  for (const [plain, text] of [['AB', 'BB8'], ['Hello!!', '%69 VD92EX0'], ['base-45', 'UJCLQE7W581'], ['ietf!', 'QED8WEX0']]) {
    assert.equal(encodeBase45(utf8(plain)), text);
    assert.deepEqual(decodeBase45(text), utf8(plain));
  }
  assert.deepEqual(decodeBase45(''), new Uint8Array(0));
});

test('every pair of bytes comes back', () => {
  for (let value = 0; value <= 0xffff; value++) {
    const bytes = Uint8Array.of(value >> 8, value & 0xff);
    assert.deepEqual(decodeBase45(encodeBase45(bytes)), bytes);
  }
});

test('what is not Base45', () => {
  assert.deepEqual(decodeBase45('FGW'), Uint8Array.of(0xff, 0xff));
  assert.deepEqual(decodeBase45('U5'), Uint8Array.of(0xff));
  for (const text of ['A', 'AAAA', 'GGW', ':::', 'V5', '::', 'bb8', 'BB\n', 'BB8\n', 'B_8', 'Bé8', '\u{1f600}A']) {
    assert.throws(() => decodeBase45(text), NotInForm, JSON.stringify(text));
  }
});

test('the text', () => {
  /** @param {string} code */
  const refused = (code) => (/** @type {unknown} */ error) => error instanceof Refusal && error.code === code;
  assert.equal(writeText(utf8('AB')), 'VT1:BB8');
  assert.deepEqual(readText('VT1:BB8'), utf8('AB'));
  assert.equal(readText(`VT1:${'0'.repeat(1596)}`).length, 1064);
  assert.throws(() => readText(`VT1:${'0'.repeat(1597)}`), refused('text-too-long'));
  assert.throws(() => readText('x'.repeat(1601)), refused('text-too-long'));
  // Characters are code points, so this one is not too long.
  assert.throws(() => readText('\u{1f600}'.repeat(1600)), refused('text-prefix'));
  for (const text of ['', 'VT1', 'vt1:BB8', 'VT2:BB8', ' VT1:BB8', '\ufeffVT1:BB8']) {
    assert.throws(() => readText(text), refused('text-prefix'), text);
  }
  assert.throws(() => readText('VT1:BB8\n'), refused('text-encoding'));
});

test('the keyboard', () => {
  const alphabet = 'VT1:0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:';
  // Typed on US keys, read on French ones: the other direction, written out by hand.
  const arrived = 'VT&Mà&é"\'(-è_çQBCDEFGHIJKL?NOPARSTUVZXYW 458+):!M';
  assert.equal(repairKeyboard(arrived), alphabet);
  for (const text of ['VT1:BB8', 'VT&MBB0', 'VT&MBB$', 'VT&MBB.', 'VT&MBBb', 'VT&MBB_\r', 'VT&MBB\u20ac', '']) {
    assert.equal(repairKeyboard(text), text);
  }
  assert.equal(removeLineEnd('A\r\n'), 'A');
  assert.equal(removeLineEnd('A\n\r'), 'A\n');
  assert.equal(removeLineEnd('A'), 'A');
});
