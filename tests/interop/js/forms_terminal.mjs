// The JSON forms of the test vectors, continued: certificates, challenges and what is checked of them.
import { fromHex, toHex } from './bytes.mjs';
import { CATEGORIES, PURPOSES, USER_VERIFICATIONS, bytesOrNull, writeDelegate } from './forms.mjs';

const VIEWS = ['', 'minimal', 'billing'];

/**
 * What a review gives.
 * @param {ReturnType<typeof import('./review.mjs').review>} reviewed
 */
export function writeReview({ certificate, authority, challenge, warnings }) {
  const { iat, exp, terminal } = certificate.claims;
  return {
    certificate: {
      authority: authority.id,
      authority_name: authority.name,
      terminal: toHex(terminal.id),
      categories: terminal.categories.map((category) => CATEGORIES[category]),
      establishment: terminal.establishment,
      name: terminal.name,
      iat,
      exp,
    },
    challenge: challenge && writeChallenge(challenge.claims.request),
    warnings,
  };
}

/** @param {import('./challenge.mjs').ChallengeClaims['request']} request */
function writeChallenge({ purposes, view, lifetime, sessionKey, transaction }) {
  return {
    purposes: purposes.map((purpose) => PURPOSES[purpose]),
    view: VIEWS[view],
    lifetime,
    sealed: sessionKey !== null,
    transaction: transaction && { ...transaction, digest: toHex(transaction.digest) },
  };
}

/**
 * The outcome of the care sheet's check.
 * @param {ReturnType<typeof import('./care_sheet.mjs').checkCareSheet>} checked
 */
export function writeCareSheet({ presentation, certificate, delegate, at, line, amount }) {
  const { iss, card } = presentation.credential.claims;
  return {
    issuer: iss,
    alias: toHex(card.alias),
    user_verification: USER_VERIFICATIONS[presentation.claims.visit.userVerification],
    terminal: toHex(certificate.claims.terminal.id),
    at,
    line,
    amount,
    delegate: writeDelegate(delegate),
  };
}

/**
 * @param {any} input of the layer `certify`
 * @returns {import('./certificate.mjs').CertificateClaims}
 */
export function readCertificate({ iss, exp, iat, terminal }) {
  return { iss, exp, iat, terminal: { ...terminal, key: fromHex(terminal.key), id: fromHex(terminal.id) } };
}

/**
 * @param {any} input of the layer `challenge`
 * @returns {import('./challenge.mjs').ChallengeClaims}
 */
export function readChallenge({ certificate, nonce, iat, purposes, view, lifetime, session_key: sessionKey, transaction }) {
  return {
    iat,
    nonce: fromHex(nonce),
    request: {
      certificate: fromHex(certificate),
      purposes,
      view,
      lifetime,
      sessionKey: bytesOrNull(sessionKey),
      transaction: transaction && { ...transaction, digest: fromHex(transaction.digest) },
    },
  };
}
