// Names of the fields of each message, for the inspector. The structure is that of the CDDL; nothing is checked here.
import { CATEGORIES, CNF, KEY, PURPOSES, day, keys, sign1, time } from './label_parts.mjs';
import { GRANT, peopleOf } from './labels_people.mjs';

/** @typedef {import('./label_parts.mjs').Label} Label */

const STATUSES = ['valid', 'revoked', 'suspended', 'valid with delegations withdrawn'];
const CARD = keys({
  1: 'code key',
  2: 'alias',
  3: {
    name: 'person',
    keys: keys({
      1: 'family name',
      2: 'given names',
      3: 'sex',
      4: 'name in use',
      5: 'birth rank',
    }),
  },
  4: { name: 'quality', meanings: ['', 'policyholder', 'spouse or partner', 'child', 'other dependant'] },
  5: { name: 'scheme', items: [{ name: 'regime' }, { name: 'fund' }, { name: 'centre' }] },
  6: { name: 'status', items: [{ name: 'list' }, { name: 'index' }] },
  7: day('rights as of'),
  8: day('rights until'),
  9: { name: 'enrolment', items: [{ name: 'method' }, { name: 'binding' }] },
  10: 'test card',
  11: 'policyholder',
  12: 'portrait',
  13: 'nir',
  14: 'policyholder nir',
  15: { name: 'acting', keys: keys({ 1: 'name', 2: PURPOSES, 3: CATEGORIES }) },
});

const CREDENTIAL = sign1('credential', {
  name: 'claims',
  keys: keys({ 1: 'iss', 4: time('exp'), 6: time('iat'), 7: 'cti', 8: CNF, '-65537': { name: 'card', keys: CARD } }),
});

/** @type {Label} */
const PRESENTATION_CLAIMS = {
  name: 'claims',
  keys: keys({
    4: time('exp'),
    6: time('iat'),
    7: 'cti',
    '-65538': {
      name: 'presentation',
      keys: keys({
        1: { name: 'user verification', meanings: ['none', 'device unlock', 'biometric', 'personal code'] },
        2: { name: 'binding level', meanings: ['open', 'audience', 'challenge'] },
        3: 'counter',
        4: 'failed tries',
        5: { name: 'grant', content: GRANT },
      }),
    },
  }),
};
/** The payload is the claims or a code layer: a map shows the keys, an array the items. @type {Label} */
const CODE_LAYER_OR_CLAIMS = { ...PRESENTATION_CLAIMS, items: sign1('code layer', PRESENTATION_CLAIMS).items };

/** @type {Label} */
const ROOT_KEYS = { name: 'keys', each: { name: 'key', keys: KEY } };
/** @type {Label} */
const ROOT_SET = { name: 'root set', keys: keys({ 1: 'threshold', 2: ROOT_KEYS, 3: { ...ROOT_KEYS, name: 'post-quantum keys' } }) };
/** @type {Label} */
const LISTED_KEY = {
  name: 'listed key',
  keys: keys({
    1: { name: 'key', keys: KEY },
    2: 'uses',
    3: time('nbf'),
    4: time('exp'),
    5: { name: 'withdrawn', items: [time('from'), { name: 'keep' }] },
  }),
};
/** @type {Label} */
const TRUST_LIST_CLAIMS = {
  name: 'claims',
  keys: keys({
    1: 'version',
    2: time('iat'),
    3: time('exp'),
    4: { name: 'environment', meanings: ['production', 'test'] },
    5: ROOT_SET,
    6: {
      name: 'issuers',
      each: {
        name: 'issuer',
        keys: keys({ 1: 'id', 2: 'name', 3: { name: 'keys', each: LISTED_KEY }, 4: 'status list base URI', 5: 'HPKE key' }),
      },
    },
    7: {
      name: 'terminal authorities',
      each: {
        name: 'terminal authority',
        keys: keys({ 1: 'id', 2: 'name', 3: { name: 'keys', each: LISTED_KEY }, 4: CATEGORIES }),
      },
    },
  }),
};

const CERTIFICATE = sign1('terminal certificate', {
  name: 'claims',
  keys: keys({
    1: 'iss',
    4: time('exp'),
    6: time('iat'),
    '-65540': { name: 'terminal', keys: keys({ 1: 'key', 2: 'id', 3: CATEGORIES, 4: 'establishment', 5: 'name' }) },
  }),
});
const CHALLENGE = sign1('challenge', {
  name: 'claims',
  keys: keys({
    6: time('iat'),
    7: 'nonce',
    '-65541': {
      name: 'challenge',
      keys: keys({
        1: { name: 'certificate', content: CERTIFICATE },
        2: PURPOSES,
        3: { name: 'view', meanings: ['', 'minimal', 'billing'] },
        4: 'lifetime',
        5: 'session key',
        6: { name: 'transaction', keys: keys({ 1: 'digest of the care sheet', 2: 'line', 3: 'amount in euro cents' }) },
      }),
    },
  }),
});

/** @param {string} name @param {Label} claims @returns {Label} */
const detached = (name, claims) => ({
  name,
  items: [{ name: 'payload', content: claims }, { name: 'signatures', each: sign1('detached signature', { name: 'none' }) }],
});
/** @type {Label} */
const SNAPSHOT_CLAIMS = {
  name: 'claims',
  keys: keys({
    1: 'iss',
    4: time('exp'),
    6: time('iat'),
    65534: 'ttl',
    '-65542': {
      name: 'snapshot',
      keys: keys({
        1: 'sequence number',
        2: { name: 'lists', each: { name: 'list', items: [{ name: 'number' }, { name: 'size' }, { name: 'digest' }] } },
      }),
    },
  }),
};
/** @type {Label} */
const CHANGES = {
  name: 'changes',
  each: {
    name: 'list',
    items: [
      { name: 'number' },
      { name: 'values', each: { name: 'value', items: [{ name: 'becomes', meanings: STATUSES }, { name: 'gaps' }] } },
    ],
  },
};

/** @type {Readonly<Record<string, Label>>} */
export const MESSAGES = {
  presentation: sign1('presentation', CODE_LAYER_OR_CLAIMS, {
    name: 'protected',
    content: { name: 'header', keys: keys({ 1: 'alg', 13: { ...CREDENTIAL, name: 'kcwt (credential)' } }) },
  }),
  credential: CREDENTIAL,
  'trust-list': detached('trust list', TRUST_LIST_CLAIMS),
  snapshot: detached('status snapshot', SNAPSHOT_CLAIMS),
  delta: sign1('status delta', {
    name: 'claims',
    keys: keys({ 1: 'iss', '-65543': { name: 'delta', keys: keys({ 1: 'from', 2: 'to', 3: CHANGES }) } }),
  }),
  'status-list': sign1('status list', {
    name: 'claims',
    keys: keys({
      2: 'sub',
      4: time('exp'),
      6: time('iat'),
      65533: { name: 'status list', keys: keys({ lst: 'zlib stream', bits: 'bits an entry' }) },
      65534: 'ttl',
    }),
  }),
  ...peopleOf(CREDENTIAL),
  certificate: CERTIFICATE,
  challenge: CHALLENGE,
};
