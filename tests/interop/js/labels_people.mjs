// Names of the fields of what a phone sends or is sent by other ways than a terminal's: enrolment, renewal, lending.
import { CATEGORIES, CNF, PURPOSES, keys, sign1, time } from './label_parts.mjs';

/** @typedef {import('./label_parts.mjs').Label} Label */

/**
 * @param {string} name
 * @param {Label} claims
 */
const twoLayers = (name, claims) => sign1(name, sign1('code layer', claims));
/** @param {Record<string, Label | string>} entries @returns {Label} */
const claimsOf = (entries) => ({ name: 'claims', keys: keys(entries) });

const RENEWAL_CLAIMS = claimsOf({
  6: time('iat'), 7: 'nonce', '-65544': { name: 'renewal', keys: keys({ 1: 'card digest', 2: 'new code key' }) },
});
/** @param {string} name @param {Label} content @returns {Label} a map or a further layer */
const claimsOrLayer = (name, content) => ({ ...content, items: sign1(name, content).items });

export const GRANT = twoLayers('grant', claimsOf({
  4: time('exp'),
  6: time('iat'),
  7: 'id',
  8: CNF,
  '-65547': { name: 'grant', keys: keys({ 1: 'code key', 2: 'name', 3: PURPOSES, 4: CATEGORIES }) },
}));

/**
 * @param {Label} credential
 * @returns {Readonly<Record<string, Label>>}
 */
export const peopleOf = (credential) => ({
  offer: sign1('enrolment offer', claimsOf({ 1: 'iss', 4: time('exp'), 6: time('iat'), 7: 'cti' })),
  request: twoLayers('enrolment request', claimsOf({
    6: time('iat'),
    8: CNF,
    '-65539': {
      name: 'request',
      keys: keys({
        1: 'code key',
        2: 'offer digest',
        3: 'commitment',
        4: 'sealed number',
        5: { name: 'evidence', items: [{ name: 'method' }, { name: 'digest' }] },
      }),
    },
  })),
  renewal: sign1('renewal', sign1('code layer', claimsOrLayer('new code layer', RENEWAL_CLAIMS))),
  unlock: sign1('unlock', claimsOf({
    1: 'iss', 4: time('exp'), 6: time('iat'), 7: 'nonce', '-65545': { name: 'card digest' },
  })),
  introduction: twoLayers('introduction', claimsOf({
    6: time('iat'), 8: CNF, '-65546': { name: 'introduction', keys: keys({ 1: 'code key', 2: 'name' }) },
  })),
  grant: GRANT,
  'lent-card': { name: 'card and grant', items: [{ name: 'card', content: credential }, { name: 'grant', content: GRANT }] },
  order: twoLayers('lending order', claimsOf({
    6: time('iat'),
    7: 'nonce',
    '-65548': {
      name: 'order',
      keys: keys({ 1: 'card digest', 2: 'introduction digest', 3: time('until'), 4: PURPOSES, 5: CATEGORIES }),
    },
  })),
});
