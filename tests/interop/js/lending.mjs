// What every form of lending has in common (section 14): how the delegate is called, and for what they may act.
import { category, integer, list, optional, rising, text } from './shape.mjs';

/** Of the delegate, for people to read. */
export const delegateName = text(1, 64);
export const purposes = rising(list(1, 5, integer(1, 5)));
export const categories = optional(rising(list(1, 8, category)));

/**
 * @typedef {object} Scope what a grant, key 15 of a card or an order says of it
 * @property {readonly number[]} purposes
 * @property {readonly number[] | null} categories null where every establishment will do
 */

/**
 * GRANT-3.
 * @param {Scope} scope
 * @param {readonly number[]} asked the purposes for which the card is asked: every one must be in the scope
 * @param {readonly number[]} establishment the categories of the terminal
 * @returns {boolean}
 */
export function isInScope(scope, asked, establishment) {
  const inPlace = scope.categories === null || scope.categories.some((each) => establishment.includes(each));
  return inPlace && asked.every((purpose) => scope.purposes.includes(purpose));
}
