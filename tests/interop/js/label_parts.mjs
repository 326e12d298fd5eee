// What the names of fields are made of, for the inspector.

/**
 * What a value is called and what stands inside it.
 * @typedef {object} Label
 * @property {string} name
 * @property {'time' | 'day'} [as] how the value is shown in addition
 * @property {Label[]} [items] of an array, by position
 * @property {Label} [each] of an array, every item
 * @property {ReadonlyMap<number | string, Label>} [keys] of a map
 * @property {Label} [content] of a byte string that holds CBOR
 * @property {readonly string[]} [meanings] of a small integer
 */

/**
 * @param {Record<string, Label | string>} entries key to label; a key that is a number stands for the integer
 * @returns {ReadonlyMap<number | string, Label>}
 */
export function keys(entries) {
  return new Map(Object.entries(entries).map(([key, label]) => [
    /^-?[0-9]+$/.test(key) ? Number(key) : key,
    typeof label === 'string' ? { name: label } : label,
  ]));
}

/** @param {string} name @returns {Label} */
export const time = (name) => ({ name, as: 'time' });
/** @param {string} name @returns {Label} */
export const day = (name) => ({ name, as: 'day' });

export const KEY = keys({ 1: 'kty', 3: 'alg', '-1': 'crv or pub', '-2': 'x', '-3': 'sign of y' });
/** @type {Label} */
export const CNF = { name: 'cnf', keys: keys({ 1: { name: 'device key', keys: KEY } }) };
/** @type {Label} */
const HEADER = { name: 'protected', content: { name: 'header', keys: keys({ 1: 'alg', 4: 'kid', 16: 'typ' }) } };

/**
 * @param {string} name
 * @param {Label} content
 * @param {Label} [header]
 * @returns {Label}
 */
export function sign1(name, content, header = HEADER) {
  return { name, items: [header, { name: 'unprotected' }, { name: 'payload', content }, { name: 'signature' }] };
}

/** @type {Label} */
export const CATEGORIES = {
  name: 'categories',
  each: {
    name: 'category',
    meanings: ['', 'doctor', 'pharmacy', 'hospital', 'paramedical', 'laboratory', 'transport', 'public desk', 'other'],
  },
};
/** @type {Label} */
export const PURPOSES = {
  name: 'purposes',
  each: { name: 'purpose', meanings: ['', 'identification', 'billing', 'dispensing', 'admission', 'records'] },
};
