// A complete small world: a root key, an issuer, a card, a status list, a terminal. Seeds are constants; nothing here is secret.
import { deflateSync } from 'node:zlib';
import { chacha20poly1305 } from '@noble/ciphers/chacha.js';
import { x25519 } from '@noble/curves/ed25519.js';
import { p256 } from '@noble/curves/nist.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { ml_dsa65 } from '@noble/post-quantum/ml-dsa.js';
import { concat, fromHex, utf8 } from '../bytes.mjs';
import { encode, mapOf } from '../cbor.mjs';
import { certify } from '../certificate.mjs';
import { makeChallenge, sealInfo } from '../challenge.mjs';
import { AAD, kidHeader, makeSign1, signedBytes } from '../cose.mjs';
import { issueCredential } from '../credential.mjs';
import { agree, schedule } from '../hpke.mjs';
import { keyId, keyValue } from '../keys.mjs';
import { present } from '../presentation.mjs';
import { ed25519KeyOfSeed, sign } from '../signatures.mjs';
import { parseSnapshot } from '../snapshot.mjs';
import { pin, verifyTrustList } from '../trust_list.mjs';

/** @typedef {import('../cbor.mjs').CborValue} CborValue */

export const NOW = 1_800_000_000;
export const DAY = 86_400;
/** @param {number} byte */
export const seed = (byte) => new Uint8Array(32).fill(byte);

/** @typedef {{ key: import('../keys.mjs').PublicKey, secret: Uint8Array }} Signer */

/** @param {number} byte @returns {Signer} */
export const ed25519Signer = (byte) => ({ key: ed25519KeyOfSeed(seed(byte)), secret: seed(byte) });
/** @param {number} byte @returns {Signer} */
export function mlDsaSigner(byte) {
  const { publicKey, secretKey } = ml_dsa65.keygen(seed(byte));
  return { key: { suite: 'pq', x: publicKey }, secret: secretKey };
}

export const root = ed25519Signer(1);
export const issuer = ed25519Signer(2);
export const issuerHpke = { secret: seed(16), key: x25519.getPublicKey(seed(16)) };
export const anchor = pin({ threshold: 1, keys: [ed25519KeyOfSeed(seed(1))], postQuantumKeys: null });
/** Asks for as little as a policy can. @type {import('../verify.mjs').Policy} */
export const policy = {
  environment: 1, leastBinding: 0, leastUserVerification: 0, skewLimit: 60, purposes: new Map(), statusGrace: null, trustNotice: 0,
  rightsAge: null, delegates: true,
};
export const BASE = 'https://status.example';

/**
 * @param {[number | string, CborValue][]} entries
 * @returns {import('../cbor.mjs').CborMap}
 */
export const map = (entries) => new Map(entries);

export const authority = { seed: seed(10), key: ed25519KeyOfSeed(seed(10)) };

/** @type {Readonly<Record<string, CborValue>>} */
const AUTHORITY = { id: 'authority', name: 'An authority', uses: [4], categories: [2, 7] };

/**
 * Detached signatures over a payload, and the payload.
 * @param {Uint8Array} payload
 * @param {Uint8Array} aad
 * @param {Signer[]} signers
 */
export function signedBytesOf(payload, aad, signers) {
  const signatures = signers.map(({ key, secret }) => {
    const suite = key.suite === 'pq' ? 'pq' : 1;
    const header = kidHeader(keyId(key), suite);
    const message = signedBytes(header, aad, payload);
    const made = suite === 1 ? sign(1, secret, message) : ml_dsa65.sign(message, secret, { extraEntropy: false });
    return [header, new Map(), null, made];
  });
  return encode([payload, signatures]);
}

/**
 * @param {Signer[]} signers Ed25519 keys, or ML-DSA-65 keys too
 * @param {number} [threshold]
 */
export function rootSetOf(signers, threshold = 1) {
  const [keys, postQuantumKeys] = [1, 'pq'].map((suite) => signers.flatMap(({ key }) => (key.suite === suite ? [keyValue(key)] : [])));
  return mapOf([[1, threshold], [2, keys], [3, postQuantumKeys.length === 0 ? null : postQuantumKeys]]);
}

/**
 * An entry for a key, valid for a hundred days before and after.
 * @param {CborValue} key
 * @param {CborValue} uses
 * @param {CborValue} [withdrawn]
 */
export const listedKey = (key, uses, withdrawn = null) => mapOf([
  [1, key], [2, uses], [3, NOW - 100 * DAY], [4, NOW + 100 * DAY], [5, withdrawn],
]);

/**
 * @typedef {object} TrustListChanges
 * @property {Signer[]} [signers]
 * @property {number} [version]
 * @property {CborValue} [roots]
 * @property {CborValue} [key]
 * @property {number[]} [uses]
 * @property {[number, boolean]} [withdrawn]
 * @property {CborValue[]} [more] keys of the issuer
 * @property {CborValue} [hpke] to which numbers are sealed
 * @property {number} [environment]
 * @property {Record<string, CborValue>[]} [authorities]
 */

/** @param {TrustListChanges} [changes] */
export function trustListBytes({
  signers = [root], version = 7, roots: rootSet = rootSetOf([root]), key = keyValue(issuer.key), uses = [1, 2, 3], withdrawn,
  more = [], hpke = issuerHpke.key, environment = 1, authorities = [{}],
} = {}) {
  const payload = encode(map([
    [1, version], [2, NOW - DAY], [3, NOW + DAY], [4, environment],
    [5, rootSet],
    [6, [mapOf([
      [1, 'insurer'], [2, 'An insurer'], [3, [listedKey(key, uses, withdrawn), ...more]], [4, BASE], [5, hpke],
    ])]],
    [7, authorities.map((changes) => ({ ...AUTHORITY, ...changes })).map((each) => map([
      [1, each.id], [2, each.name], [4, each.categories],
      [3, [listedKey(each.key ?? keyValue(authority.key), each.uses, each.withdrawn)]],
    ]))],
  ]));
  return signedBytesOf(payload, AAD.trustList, signers);
}
/** @param {TrustListChanges} [changes] */
export const trustListWith = (changes) => verifyTrustList(trustListBytes(changes), anchor, 1, false);
export const trustList = trustListWith();

/**
 * @param {{ entries?: Uint8Array, lst?: Uint8Array, sub?: string }} [changes]
 */
export function statusListBytes({ entries = fromHex('e4'), lst = deflateSync(entries), sub = `${BASE}/5` } = {}) {
  const header = concat(fromHex('a301320448'), keyId(issuer.key), fromHex('10781a'), utf8('application/statuslist+cwt'));
  const payload = encode(map([
    [2, sub], [4, NOW + DAY], [6, NOW - 60], [65533, map([['lst', Uint8Array.from(lst)], ['bits', 2]])], [65534, 3600],
  ]));
  return makeSign1(header, AAD.statusList, payload, 1, issuer.secret);
}

/**
 * @param {Record<number, Uint8Array>} lists inflated, by number
 * @param {{ sequence?: number, iat?: number, exp?: number, issuer?: string, named?: CborValue, signers?: Signer[] }} [changes]
 */
export function snapshotBytes(lists, { sequence = 1, iat = NOW, exp = iat + DAY, issuer: iss = 'insurer', named, signers = [issuer] } = {}) {
  const all = Object.entries(lists).map(([number, list]) => [Number(number), list.length, sha256(list)]);
  const content = map([[1, sequence], [2, named ?? all]]);
  return signedBytesOf(encode(map([[1, iss], [4, exp], [6, iat], [65534, 3600], [-65542, content]])), AAD.snapshot, signers);
}

/**
 * @param {Uint8Array} from
 * @param {Uint8Array} to
 * @param {CborValue} changes
 * @param {{ signer?: Signer, issuer?: string }} [by]
 */
export function deltaBytes(from, to, changes, { signer = issuer, issuer: iss = 'insurer' } = {}) {
  const [start, end] = [from, to].map((snapshot) => parseSnapshot(snapshot).snapshot.digest);
  const payload = encode(map([[1, iss], [-65543, map([[1, start], [2, end], [3, changes]])]]));
  return makeSign1(kidHeader(keyId(signer.key)), AAD.delta, payload, 1, signer.secret);
}

const compressed = p256.getPublicKey(seed(3));
export const devices = /** @type {const} */ ({
  1: { seed: seed(3), key: ed25519KeyOfSeed(seed(3)) },
  2: { seed: seed(3), key: { suite: 2, x: compressed.slice(1), odd: compressed[0] === 3 } },
});
export const code = { seed: seed(4), key: ed25519KeyOfSeed(seed(4)) };

/**
 * @param {1 | 2} suite
 * @param {Partial<import('../credential.mjs').CredentialClaims['card']>} [changes]
 * @param {{ exp?: number }} [times]
 */
export function credentialBytes(suite, changes = {}, { exp = NOW + DAY } = {}) {
  return issueCredential({
    iss: 'insurer', iat: NOW - DAY, exp, cti: seed(5).slice(0, 8), cnf: { deviceKey: devices[suite].key },
    card: {
      codeKey: code.key.x,
      alias: seed(6).slice(0, 8),
      person: { familyName: 'MARTIN', givenNames: ['Zoé', 'Anne'], sex: 2, nameInUse: null, birthRank: null },
      quality: 1,
      scheme: [1, 331, 42],
      status: [5, 0],
      rightsAsOf: Math.floor(NOW / DAY),
      rightsUntil: null,
      enrolment: [1, seed(7).slice(0, 16)],
      test: 1,
      policyholder: null,
      portrait: null,
      nir: null,
      policyholderNir: null,
      acting: null,
      ...changes,
    },
  }, issuer.secret);
}

/**
 * @param {1 | 2} suite
 * @param {boolean} withCode
 * @param {{ card?: Parameters<typeof credentialBytes>[1], binding?: number, context?: Uint8Array | null, cti?: number, iat?: number }}
 *   [changes]
 */
export function presentationBytes(suite, withCode, { card, binding = 0, context = null, cti = 8, iat = NOW } = {}) {
  const claims = {
    iat,
    exp: iat + 60,
    cti: seed(cti).slice(0, 8),
    visit: { userVerification: withCode ? 3 : 1, binding, counter: 1, failedTries: 0, grant: null },
  };
  return present(credentialBytes(suite, card), claims, context, devices[suite].seed, withCode ? code.seed : null);
}

// ---------------------------------------------------------------- the terminal

export const terminal = { seed: seed(11), key: ed25519KeyOfSeed(seed(11)) };
export const session = { secret: seed(12), key: x25519.getPublicKey(seed(12)) };
export const sheet = utf8('a care sheet');

/**
 * @param {Partial<import('../certificate.mjs').CertificateClaims>} [changes]
 * @param {Partial<import('../certificate.mjs').CertificateClaims['terminal']>} [ofTerminal]
 * @param {Uint8Array} [authoritySeed]
 */
export function certificateBytes(changes = {}, ofTerminal = {}, authoritySeed = authority.seed) {
  return certify({
    iss: 'authority', exp: NOW + DAY, iat: NOW - DAY,
    terminal: {
      key: terminal.key.x, id: seed(13).slice(0, 8), categories: [2], establishment: '750000001', name: 'Pharmacie', ...ofTerminal,
    },
    ...changes,
  }, authoritySeed);
}

/**
 * @param {Partial<import('../challenge.mjs').ChallengeClaims['request']>} [changes]
 * @param {Uint8Array} [terminalSeed]
 */
export function challengeBytes(changes = {}, terminalSeed = terminal.seed) {
  return makeChallenge({
    iat: NOW, nonce: seed(14).slice(0, 16),
    request: {
      certificate: certificateBytes(), purposes: [1, 3], view: 1, lifetime: 60, sessionKey: session.key,
      transaction: { digest: sha256(sheet), line: 'Pharmacie, 2 boxes', amount: 1234 },
      ...changes,
    },
  }, terminalSeed);
}

/**
 * HPKE in base mode, the sender's side.
 * @param {Uint8Array} ephemeral the private key
 * @param {Uint8Array} recipient
 * @param {Uint8Array} info
 * @param {Uint8Array} aad
 * @param {Uint8Array} plaintext
 */
export function sealBase(ephemeral, recipient, info, aad, plaintext) {
  const enc = x25519.getPublicKey(ephemeral);
  const { key, nonce } = schedule(agree(ephemeral, recipient), enc, recipient, info);
  return concat(enc, chacha20poly1305(key, nonce, aad).encrypt(plaintext));
}

/**
 * @param {Uint8Array} plaintext
 * @param {Uint8Array} challenge
 */
export function seal(plaintext, challenge) {
  return sealBase(seed(15), session.key, sealInfo(sha256(challenge)), new Uint8Array(0), plaintext);
}
