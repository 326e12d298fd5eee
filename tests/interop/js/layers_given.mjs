// Inputs of the vectors that always pass, for the layers that share them.
import { fromHex } from './bytes.mjs';
import { Refusal } from './errors.mjs';
import { BadCase, environmentNumber } from './forms.mjs';
import { readAnchor } from './forms_trust.mjs';
import { once } from './memo.mjs';
import { verifyTrustList } from './trust_list.mjs';

/** Thousands of cases share a few lists. */
export const MOST_KEPT = 1000;

/** @type {Map<string, { list: import('./trust_list.mjs').TrustList, statusLists: Map<string, import('./status_list.mjs').StatusList> }>} */
const keptTrustLists = new Map();

/**
 * A trust list that is an input to another layer. It always passes, so a refusal is the fault of the case.
 * @param {import('./layers.mjs').Input} input
 * @param {unknown} environment
 */
export function trusted({ trust_list: hex, roots }, environment) {
  return once(keptTrustLists, MOST_KEPT, JSON.stringify([hex, roots, environment]), () => ({
    list: passing(() => verifyTrustList(fromHex(hex), readAnchor(roots, null), environmentNumber(environment), false)),
    statusLists: new Map(),
  }));
}

/**
 * @template T
 * @param {() => T} run
 */
export function passing(run) {
  try {
    return run();
  } catch (error) {
    if (error instanceof Refusal) throw new BadCase(`an input that should pass: ${error.message}`);
    throw error;
  }
}
