import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeBase45, encodeBase45 } from '../base45.mjs';
import { utf8 } from '../bytes.mjs';
import { NotInForm, Refusal } from '../errors.mjs';
import { PREFIX, READ_BY_PHONE, READ_BY_TERMINAL, readPhoneText, readText, removeLineEnd, repairKeyboard, writeText } from '../text.mjs';

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

/** @param {string} code */
const refused = (code) => (/** @type {unknown} */ error) => error instanceof Refusal && error.code === code;
/** @param {string} text */
const read = (text) => readText(text, READ_BY_TERMINAL);

test('the text', () => {
  assert.equal(writeText('presentation', utf8('AB')), 'VT1:BB8');
  assert.deepEqual(read('VT1:BB8'), { kind: 'presentation', bytes: utf8('AB') });
  assert.deepEqual(read('VTS1:BB8'), { kind: 'sealed', bytes: utf8('AB') });
  assert.equal(read(`VT1:${'0'.repeat(1596)}`).bytes.length, 1064);
  assert.throws(() => read(`VT1:${'0'.repeat(1597)}`), refused('text-too-long'));
  assert.throws(() => read('x'.repeat(1601)), refused('text-too-long'));
  // Characters are code points, so this one is not too long.
  assert.throws(() => read('\u{1f600}'.repeat(1600)), refused('text-prefix'));
  for (const text of ['', 'VT1', 'VTS:', 'vt1:BB8', 'VT2:BB8', ' VT1:BB8', '\ufeffVT1:BB8', 'VTT1:BB8', 'VTC1:BB8']) {
    assert.throws(() => read(text), refused('text-prefix'), text);
  }
  assert.throws(() => read('VT1:BB8\n'), refused('text-encoding'));
  assert.throws(() => readText('VTS1:BB8', ['presentation']), refused('text-prefix'));
});

test('the text on a phone', () => {
  /** @param {string} text */
  const readTerminalText = (text) => readPhoneText(text, READ_BY_PHONE, 'terminal-text');
  assert.deepEqual(readTerminalText('VTT1:BB8'), { kind: 'certificate', bytes: utf8('AB') });
  assert.deepEqual(readTerminalText('VTC1:BB8'), { kind: 'challenge', bytes: utf8('AB') });
  for (const text of ['VT1:BB8', 'VTS1:BB8', 'VTC1:BB', 'VTT1:BB8\n', `VTT1:${'0'.repeat(1596)}`, '']) {
    assert.throws(() => readTerminalText(text), refused('terminal-text'), text);
  }
  assert.deepEqual(readPhoneText('VTD1:BB8', ['lent-card'], 'grant-text').bytes, utf8('AB'));
  assert.throws(() => readPhoneText('VTI1:BB8', ['lent-card'], 'grant-text'), refused('grant-text'));
  assert.equal(new Set(Object.values(PREFIX)).size, 6);
});

test('the keyboard', () => {
  const alphabet = 'VT1:0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:';
  // Typed on US keys, read on French ones: the other direction, written out by hand.
  const arrived = 'VT&Mà&é"\'(-è_çQBCDEFGHIJKL?NOPARSTUVZXYW 458+):!M';
  assert.equal(repairKeyboard(arrived), alphabet);
  assert.equal(repairKeyboard('VTS&MBB('), 'VTS1:BB5');
  for (const text of ['VT1:BB8', 'VTS1:BB8', 'VTT&MBB(', 'VTS&MBB0', 'VT&MBB0', 'VT&MBB$', 'VT&MBB.', 'VT&MBBb', 'VT&MBB_\r', 'VT&MBB\u20ac', '']) {
    assert.equal(repairKeyboard(text), text);
  }
  assert.equal(removeLineEnd('A\r\n'), 'A');
  assert.equal(removeLineEnd('A\n\r'), 'A\n');
  assert.equal(removeLineEnd('A'), 'A');
});
