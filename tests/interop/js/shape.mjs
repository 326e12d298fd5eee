// Readers for the CDDL: each takes a decoded CBOR value and gives a typed one, or throws NotInForm (CBOR-6).
import { NotInForm } from './errors.mjs';
import { utf8 } from './bytes.mjs';

const SECONDS_OF_A_DAY = 86_400;

/**
 * @template T
 * @typedef {(value: unknown) => T} Reader
 */

/**
 * @param {number} least
 * @param {number} most at most 2^53 - 1, so that a bigint is always out of range
 * @returns {Reader<number>}
 */
export function integer(least, most) {
  return (value) => {
    if (typeof value !== 'number' || value < least || value > most) throw new NotInForm(`no integer from ${least} to ${most}`);
    return value;
  };
}

/**
 * @template {number | string} T
 * @param {...T} allowed
 * @returns {Reader<T>}
 */
export function oneOf(...allowed) {
  return (value) => {
    const found = allowed.find((candidate) => candidate === value);
    if (found === undefined) throw new NotInForm(`none of ${allowed.join(', ')}`);
    return found;
  };
}

/** @type {Reader<boolean>} */
export function bool(value) {
  if (typeof value !== 'boolean') throw new NotInForm('neither true nor false');
  return value;
}

/** @type {Reader<null>} */
export function nil(value) {
  if (value !== null) throw new NotInForm('not null');
  return null;
}

/** @type {Reader<Uint8Array>} */
export function bytes(value) {
  if (!(value instanceof Uint8Array)) throw new NotInForm('no byte string');
  return value;
}

/**
 * @param {number} size
 * @returns {Reader<Uint8Array>}
 */
export function bytesOf(size) {
  return (value) => {
    if (!(value instanceof Uint8Array) || value.length !== size) throw new NotInForm(`no byte string of ${size} bytes`);
    return value;
  };
}

/**
 * @param {number} least
 * @param {number} most
 * @returns {Reader<Uint8Array>}
 */
export function bytesFrom(least, most) {
  return (value) => {
    if (!(value instanceof Uint8Array) || value.length < least || value.length > most) {
      throw new NotInForm(`no byte string of ${least} to ${most} bytes`);
    }
    return value;
  };
}

/**
 * The size of a text string counts bytes of UTF-8, as `.size` in CDDL does.
 * @param {number} least
 * @param {number} most
 * @returns {Reader<string>}
 */
export function text(least, most) {
  return (value) => {
    if (typeof value !== 'string') throw new NotInForm('no text');
    const size = utf8(value).length;
    if (size < least || size > most) throw new NotInForm(`no text of ${least} to ${most} bytes`);
    return value;
  };
}

/**
 * @param {RegExp} pattern anchored at both ends, as `.regexp` in CDDL is
 * @returns {Reader<string>}
 */
export function matching(pattern) {
  return (value) => {
    if (typeof value !== 'string' || !pattern.test(value)) throw new NotInForm(`no text of the form ${pattern.source}`);
    return value;
  };
}

/**
 * @template T
 * @param {number} least
 * @param {number} most
 * @param {Reader<T>} item
 * @returns {Reader<T[]>}
 */
export function list(least, most, item) {
  return (value) => {
    if (!Array.isArray(value) || value.length < least || value.length > most) {
      throw new NotInForm(`no array of ${least} to ${most}`);
    }
    return value.map(item);
  };
}

/**
 * @param {Reader<number[]>} read
 * @returns {Reader<number[]>} each number greater than the one before
 */
export function rising(read) {
  return (value) => {
    const numbers = read(value);
    if (numbers.some((number, i) => i > 0 && number <= numbers[i - 1])) throw new NotInForm('numbers that are not rising');
    return numbers;
  };
}

/**
 * @template {readonly Reader<any>[]} T
 * @param {T} items
 * @returns {Reader<{ -readonly [K in keyof T]: T[K] extends Reader<infer V> ? V : never }>}
 */
export function tuple(...items) {
  return (value) => {
    if (!Array.isArray(value) || value.length !== items.length) throw new NotInForm(`no array of ${items.length}`);
    return /** @type {any} */ (items.map((item, i) => item(value[i])));
  };
}

/** @type {Reader<Map<number | string, unknown>>} */
export function map(value) {
  if (!(value instanceof Map)) throw new NotInForm('no map');
  return value;
}

/**
 * A reader for a key that may be absent. Only absence gives null: a null in the message is a wrong type.
 * @template T
 * @param {Reader<T>} read
 * @returns {Reader<T | null>}
 */
export function optional(read) {
  return (value) => (value === undefined ? null : read(value));
}

/**
 * One form or the other.
 * @template A, B
 * @param {Reader<A>} first
 * @param {Reader<B>} second
 * @returns {Reader<A | B>}
 */
export function either(first, second) {
  return (value) => {
    try {
      return first(value);
    } catch (error) {
      if (error instanceof NotInForm) return second(value);
      throw error;
    }
  };
}

/**
 * A closed map. An absent key is read as `undefined`, which only `optional` accepts, since no CBOR of the profile gives it.
 * @template {Record<string, readonly [number | string, Reader<any>]>} F
 * @param {F} fields field name to key and reader
 * @returns {Reader<{ [K in keyof F]: F[K][1] extends Reader<infer V> ? V : never }>}
 */
export function record(fields) {
  const keys = new Set(Object.values(fields).map(([key]) => key));
  return (value) => {
    const given = map(value);
    for (const key of given.keys()) {
      if (!keys.has(key)) throw new NotInForm('a key that is not listed');
    }
    /** @type {Record<string, unknown>} */
    const found = {};
    for (const [name, [key, read]] of Object.entries(fields)) found[name] = read(given.get(key));
    return /** @type {any} */ (found);
  };
}

// ---------------------------------------------------------------- common types of the CDDL

export const time = integer(0, 253402300799);
export const day = integer(0, 2932896);
/** @param {number} moment a time @returns {number} its day (UTC) */
export const dayOf = (moment) => Math.floor(moment / SECONDS_OF_A_DAY);
export const digest = bytesOf(32);
export const signature = bytesOf(64);
export const alias = bytesOf(8);
export const name = text(1, 100);
export const uri = text(1, 200);
export const issuerId = matching(/^[a-z0-9][a-z0-9.-]{0,31}$/);
export const environment = integer(0, 1);
export const category = integer(1, 8);
