// Results already known, of functions that depend on nothing but what `key` is made of. This changes no result; it saves most of the
// time where thousands of cases share keys, lists and signatures.

/**
 * @template T
 * @param {Map<string, T>} kept
 * @param {number} most how many are kept
 * @param {string} key
 * @param {() => T} make
 * @returns {T}
 */
export function once(kept, most, key, make) {
  let value = kept.get(key);
  if (value === undefined) {
    value = make();
    if (kept.size >= most) kept.clear();
    kept.set(key, value);
  }
  return value;
}
