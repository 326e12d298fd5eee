// The CBOR profile of section 4, on the event reader of cbor2.
//
// The library's own decoder is not used: it would build tags, decode a text-keyed map to an object, and count depth
// differently for arrays and maps. Its event reader gives heads, lengths, strict UTF-8 and offsets; what may follow what is
// decided here, at each event, before anything is built from it (CBOR-2: tags are refused while decoding).
import { SequenceEvents, encode as encodeItem } from 'cbor2';
import { compare } from './bytes.mjs';
import { NotInForm } from './errors.mjs';

/**
 * @typedef {number | bigint} Integer a number where that is exact, else a bigint
 * @typedef {Integer | Uint8Array | string | boolean | null | CborArray | CborMap} CborValue
 * @typedef {CborValue[]} CborArray
 * @typedef {Map<Integer | string, CborValue>} CborMap
 */

/** CBOR-3. */
const DEEPEST = 8;
/** CBOR-4. */
const FORBIDDEN = /[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/;

const MAJOR = { UNSIGNED: 0, NEGATIVE: 1, BYTES: 2, TEXT: 3, ARRAY: 4, MAP: 5 };
/** Additional information 20 to 22 of major type 7. */
const SIMPLE = new Map([[20, false], [21, true], [22, null]]);
const INDEFINITE = 31;

/**
 * An item that still lacks `left` items: an array, a map, or for a moment one that lacks none.
 * @typedef {object} Open
 * @property {CborValue} value
 * @property {number} left items still to come; a key and its value are two
 * @property {Integer | string | undefined} key the key whose value comes next
 * @property {number} keyAt where that key begins
 * @property {Uint8Array | undefined} lastKey the encoding of the key before it
 */

/**
 * @param {Uint8Array} bytes
 * @param {number} limit CBOR-5
 * @returns {CborValue}
 * @throws {NotInForm}
 */
export function decode(bytes, limit) {
  if (bytes.length > limit) throw new NotInForm(`more than ${limit} bytes`);
  const events = new SequenceEvents(bytes, { requirePreferred: true });
  /** @type {Open[]} */
  const open = [];
  /** @type {CborValue} */
  let whole = null;
  for (;;) {
    const event = next(events);
    if (event === undefined) throw new NotInForm('the item ends too early');
    const [major, info, token, offset] = event;
    const parent = open.at(-1);
    if (parent?.key !== undefined) checkKeyOrder(parent, bytes.subarray(parent.keyAt, offset));
    const awaitsKey = parent?.value instanceof Map && parent.key === undefined;
    if (awaitsKey && major > MAJOR.NEGATIVE && major !== MAJOR.TEXT) throw new NotInForm('a key that is no integer or text');
    if (info === INDEFINITE) throw new NotInForm('an indefinite length');

    const value = major === MAJOR.ARRAY || major === MAJOR.MAP ? container(major, open.length) : scalar(major, info, token);
    if (parent === undefined) whole = value;
    else place(value, offset, parent);
    const left = value instanceof Map ? 2 * Number(token) : Array.isArray(value) ? Number(token) : 0;
    open.push({ value, left, key: undefined, keyAt: 0, lastKey: undefined });
    while (open.at(-1)?.left === 0) open.pop();
    if (open.length === 0) break;
  }
  if (next(events) !== undefined) throw new NotInForm('bytes after the item');
  return whole;
}

/**
 * The library reports bad input with several kinds of exception; none of them may leave this module.
 * @param {SequenceEvents} events
 */
function next(events) {
  try {
    return events.read();
  } catch (error) {
    throw new NotInForm(error instanceof Error ? error.message : 'not CBOR');
  }
}

/**
 * @param {number} major
 * @param {number} depth how many arrays and maps are open around it
 * @returns {CborArray | CborMap}
 */
function container(major, depth) {
  if (depth >= DEEPEST) throw new NotInForm(`more than ${DEEPEST} arrays and maps nested`);
  return major === MAJOR.ARRAY ? [] : new Map();
}

/**
 * @param {number} major
 * @param {number} info
 * @param {unknown} token
 * @returns {CborValue}
 */
function scalar(major, info, token) {
  switch (major) {
    case MAJOR.UNSIGNED:
    case MAJOR.NEGATIVE:
      // -2^53 comes as a number, although it is not a safe one.
      return typeof token === 'number' && !Number.isSafeInteger(token) ? BigInt(token) : /** @type {Integer} */ (token);
    case MAJOR.BYTES:
      return /** @type {Uint8Array} */ (token);
    case MAJOR.TEXT:
      if (FORBIDDEN.test(/** @type {string} */ (token))) throw new NotInForm('a control character');
      return /** @type {string} */ (token);
    default: {
      const value = SIMPLE.get(info);
      if (value === undefined) throw new NotInForm('a tag, a floating-point number or a simple value');
      return value;
    }
  }
}

/**
 * @param {Open} parent
 * @param {Uint8Array} encodedKey
 */
function checkKeyOrder(parent, encodedKey) {
  if (parent.lastKey !== undefined && compare(parent.lastKey, encodedKey) >= 0) {
    throw new NotInForm('a key twice or out of order');
  }
  parent.lastKey = encodedKey;
}

/**
 * @param {CborValue} value
 * @param {number} offset where it begins
 * @param {Open} parent
 */
function place(value, offset, parent) {
  parent.left -= 1;
  if (Array.isArray(parent.value)) {
    parent.value.push(value);
  } else if (parent.key === undefined) {
    parent.key = /** @type {Integer | string} */ (value);
    parent.keyAt = offset;
  } else {
    /** @type {CborMap} */ (parent.value).set(parent.key, value);
    parent.key = undefined;
  }
}

/**
 * The deterministic encoding, enc(x).
 * @param {CborValue} value
 * @returns {Uint8Array}
 */
export function encode(value) {
  return encodeItem(value, { cde: true, rejectFloats: true, rejectUndefined: true, rejectBigInts: true });
}

/**
 * A map of what is there: null stands for what is absent, and no claim has the value null.
 * @param {[number, CborValue][]} entries
 * @returns {CborMap}
 */
export function mapOf(entries) {
  return new Map(entries.filter(([, value]) => value !== null));
}
