// The one error that bad input can cause. A caller that catches only this class catches every verdict, and a bug
// (TypeError and the like) is never mistaken for one.

/**
 * @typedef {'malformed' | 'untrusted' | 'rejected'} FailureClass
 * @typedef {'show-new-qr' | 'use-card' | 'contact-insurer' | 'refuse' | 'try-again' | 'choose-another' | 'wait'} Advice
 */

/**
 * Class and advice of each code: the tables of sections 8 to 14 of the specification.
 * @type {Readonly<Record<string, readonly [FailureClass, Advice]>>}
 */
export const REFUSALS = Object.freeze({
  'text-too-long': ['malformed', 'show-new-qr'],
  'text-prefix': ['malformed', 'show-new-qr'],
  'text-encoding': ['malformed', 'show-new-qr'],
  'seal-unknown': ['rejected', 'show-new-qr'],
  'seal-broken': ['untrusted', 'show-new-qr'],
  'cbor-profile': ['malformed', 'show-new-qr'],
  'cose-structure': ['malformed', 'show-new-qr'],
  'claims-structure': ['malformed', 'show-new-qr'],
  'credential-structure': ['malformed', 'refuse'],
  'algorithm-mismatch': ['malformed', 'refuse'],
  'clock-behind': ['rejected', 'use-card'],
  'trust-list-expired': ['rejected', 'use-card'],
  'issuer-unknown': ['untrusted', 'use-card'],
  'issuer-key-not-valid': ['untrusted', 'use-card'],
  'issuer-key-withdrawn': ['untrusted', 'use-card'],
  'issuer-signature': ['untrusted', 'refuse'],
  'grant-structure': ['malformed', 'refuse'],
  'grant-signature': ['untrusted', 'refuse'],
  'grant-hop': ['untrusted', 'refuse'],
  'grant-code': ['untrusted', 'show-new-qr'],
  'context-unknown': ['untrusted', 'show-new-qr'],
  'context-mismatch': ['untrusted', 'show-new-qr'],
  'device-signature': ['untrusted', 'refuse'],
  'code-signature': ['untrusted', 'refuse'],
  'binding-too-weak': ['rejected', 'show-new-qr'],
  'challenge-expired': ['rejected', 'show-new-qr'],
  'purpose-mismatch': ['rejected', 'show-new-qr'],
  'billing-not-permitted': ['rejected', 'refuse'],
  'delegation-scope': ['rejected', 'refuse'],
  'presentation-not-yet-valid': ['rejected', 'show-new-qr'],
  'presentation-expired': ['rejected', 'show-new-qr'],
  'credential-not-yet-valid': ['rejected', 'use-card'],
  'credential-expired': ['rejected', 'use-card'],
  'grant-not-yet-valid': ['rejected', 'use-card'],
  'grant-expired': ['rejected', 'use-card'],
  'rights-ended': ['rejected', 'contact-insurer'],
  'status-unavailable': ['rejected', 'use-card'],
  'status-expired': ['rejected', 'use-card'],
  'status-too-old': ['rejected', 'use-card'],
  'card-revoked': ['rejected', 'contact-insurer'],
  'card-suspended': ['rejected', 'contact-insurer'],
  'delegations-withdrawn': ['rejected', 'use-card'],
  'wrong-environment': ['rejected', 'refuse'],
  'user-verification-too-weak': ['rejected', 'show-new-qr'],
  'delegation-not-allowed': ['rejected', 'use-card'],
  replayed: ['rejected', 'show-new-qr'],
  'replay-store-full': ['rejected', 'use-card'],
  'challenge-answered': ['rejected', 'show-new-qr'],
  'code-form': ['malformed', 'try-again'],
  'code-weak': ['rejected', 'choose-another'],
  'code-locked': ['rejected', 'contact-insurer'],
  'code-delayed': ['rejected', 'wait'],
  'code-wrong': ['rejected', 'try-again'],
  'trust-list-structure': ['malformed', 'use-card'],
  'trust-list-signature': ['untrusted', 'use-card'],
  'trust-list-key': ['untrusted', 'use-card'],
  'trust-list-environment': ['rejected', 'use-card'],
  'trust-list-rollback': ['rejected', 'use-card'],
  'trust-list-new-roots': ['untrusted', 'use-card'],
  'trust-list-post-quantum': ['untrusted', 'use-card'],
  'status-list-structure': ['malformed', 'use-card'],
  'status-list-issuer': ['untrusted', 'use-card'],
  'status-list-signature': ['untrusted', 'use-card'],
  'status-list-content': ['malformed', 'use-card'],
  'snapshot-structure': ['malformed', 'use-card'],
  'snapshot-issuer': ['untrusted', 'use-card'],
  'snapshot-signature': ['untrusted', 'use-card'],
  'snapshot-post-quantum': ['untrusted', 'use-card'],
  'snapshot-rollback': ['rejected', 'use-card'],
  'snapshot-not-yet-valid': ['rejected', 'use-card'],
  'snapshot-list': ['untrusted', 'use-card'],
  'delta-structure': ['malformed', 'use-card'],
  'delta-signature': ['untrusted', 'use-card'],
  'delta-chain': ['rejected', 'use-card'],
  'delta-content': ['malformed', 'use-card'],
  'offer-structure': ['malformed', 'contact-insurer'],
  'offer-issuer': ['untrusted', 'contact-insurer'],
  'offer-signature': ['untrusted', 'contact-insurer'],
  'offer-expired': ['rejected', 'contact-insurer'],
  'request-structure': ['malformed', 'refuse'],
  'request-key': ['untrusted', 'refuse'],
  'request-signature': ['untrusted', 'refuse'],
  'request-offer': ['rejected', 'refuse'],
  'request-number': ['untrusted', 'refuse'],
  'credential-not-mine': ['rejected', 'contact-insurer'],
  'application-state': ['rejected', 'contact-insurer'],
  'mail-code-used-up': ['rejected', 'contact-insurer'],
  'mail-code-expired': ['rejected', 'try-again'],
  'mail-code-throttled': ['rejected', 'wait'],
  'mail-code-wrong': ['rejected', 'try-again'],
  'not-eligible': ['rejected', 'contact-insurer'],
  'renewal-structure': ['malformed', 'contact-insurer'],
  'renewal-card': ['rejected', 'contact-insurer'],
  'renewal-key': ['untrusted', 'refuse'],
  'renewal-signature': ['untrusted', 'refuse'],
  'renewal-time': ['rejected', 'try-again'],
  'renewal-throttled': ['rejected', 'wait'],
  'unlock-structure': ['malformed', 'contact-insurer'],
  'unlock-issuer': ['untrusted', 'contact-insurer'],
  'unlock-signature': ['untrusted', 'contact-insurer'],
  'unlock-nonce': ['rejected', 'contact-insurer'],
  'terminal-text': ['malformed', 'try-again'],
  'challenge-structure': ['malformed', 'refuse'],
  'certificate-structure': ['malformed', 'refuse'],
  'certificate-authority': ['untrusted', 'refuse'],
  'certificate-signature': ['untrusted', 'refuse'],
  'certificate-key': ['untrusted', 'refuse'],
  'certificate-not-valid': ['rejected', 'refuse'],
  'challenge-signature': ['untrusted', 'refuse'],
  'session-key': ['untrusted', 'refuse'],
  'billing-refused': ['rejected', 'refuse'],
  'sheet-not-signed': ['rejected', 'refuse'],
  'sheet-mismatch': ['rejected', 'refuse'],
  'introduction-text': ['malformed', 'try-again'],
  'introduction-structure': ['malformed', 'refuse'],
  'introduction-key': ['untrusted', 'refuse'],
  'introduction-signature': ['untrusted', 'refuse'],
  'introduction-time': ['rejected', 'try-again'],
  'order-structure': ['malformed', 'contact-insurer'],
  'order-card': ['rejected', 'contact-insurer'],
  'order-signature': ['untrusted', 'refuse'],
  'order-introduction': ['rejected', 'refuse'],
  'order-time': ['rejected', 'try-again'],
  'order-throttled': ['rejected', 'wait'],
  'grant-text': ['malformed', 'try-again'],
  'grant-not-mine': ['rejected', 'try-again'],
  'grant-over': ['rejected', 'try-again'],
});

export class Refusal extends Error {
  /**
   * @param {string} code one of REFUSALS
   * @param {string} [why] for a developer; never a value from the message, which may be personal
   */
  constructor(code, why) {
    super(why === undefined ? code : `${code}: ${why}`);
    this.name = 'Refusal';
    this.code = code;
    if (!Object.hasOwn(REFUSALS, code)) throw new TypeError(`no such refusal: ${code}`);
    this.class = REFUSALS[code][0];
    this.advice = REFUSALS[code][1];
  }
}

/**
 * What a reader of one part throws: it does not know in which message it stands, so it has no code of its own yet.
 * It never leaves this package: `inForm` turns it into a Refusal.
 */
export class NotInForm extends Error {
  /** @param {string} why */
  constructor(why) {
    super(why);
    this.name = 'NotInForm';
  }
}

/**
 * Runs `read`; what is not in form becomes a refusal with `code`. Anything else passes through: a bug must stay visible.
 * @template T
 * @param {string} code
 * @param {() => T} read
 * @returns {T}
 */
export function inForm(code, read) {
  try {
    return read();
  } catch (error) {
    if (error instanceof NotInForm) throw new Refusal(code, error.message);
    throw error;
  }
}
