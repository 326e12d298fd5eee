// What V15 remembers: the replay store, and which presentation answered which challenge.
import { concat, toHex } from './bytes.mjs';

/**
 * REPLAY-1: neither signatures nor the text have a part in it.
 * @param {Uint8Array} credentialDigest
 * @param {Uint8Array} cti
 * @returns {string}
 */
export function replayKey(credentialDigest, cti) {
  return toHex(concat(credentialDigest.slice(0, 16), cti));
}

/**
 * @typedef {'fresh' | 'repeated' | 'replayed' | 'full'} Outcome
 * @typedef {object} ReplayStore
 * @property {(key: string, session: string, until: number, now: number) => Outcome} insertIfAbsent one atomic step, durable
 *   before it returns (REPLAY-2)
 */

/**
 * A store that lives as long as the process: atomic since nothing runs in between, durable not at all.
 * @implements {ReplayStore}
 */
export class MemoryReplayStore {
  /** @type {Map<string, { session: string, until: number }>} */
  #keys = new Map();
  #latestGivenUp = 0;
  #capacity;

  /** @param {number | null} capacity null: no bound */
  constructor(capacity) {
    this.#capacity = capacity;
  }

  /**
   * @param {string} key
   * @param {string} session
   * @param {number} until the first second at which the key counts for nothing
   * @param {number} now
   * @returns {Outcome}
   */
  insertIfAbsent(key, session, until, now) {
    const known = this.#keys.get(key);
    if (known !== undefined && now < known.until) {
      if (known.session !== session) return 'replayed';
      // The phone may sign one cti twice: the key is then kept for the later of the two.
      known.until = Math.max(known.until, until);
      return 'repeated';
    }
    if (until <= this.#latestGivenUp) return 'replayed'; // REPLAY-4
    this.#keys.delete(key);
    if (this.#isFull()) this.#giveUp(now);
    if (this.#isFull()) return 'full';
    this.#keys.set(key, { session, until });
    return 'fresh';
  }

  #isFull() {
    return this.#capacity !== null && this.#keys.size >= this.#capacity;
  }

  /**
   * Only for want of room.
   * @param {number} now
   */
  #giveUp(now) {
    for (const [key, { until }] of this.#keys) {
      if (now < until) continue;
      this.#keys.delete(key);
      this.#latestGivenUp = Math.max(this.#latestGivenUp, until);
    }
  }
}

/**
 * @typedef {object} AnswerStore
 * @property {(session: string, challenge: Uint8Array, key: string) => 'fresh' | 'repeated' | 'answered'} record one atomic step,
 *   durable before it returns (CHAL-2); `challenge` is the digest of the exact one
 */

/**
 * As the store above: it lives as long as the process.
 * @implements {AnswerStore}
 */
export class MemoryAnswerStore {
  /** @type {Map<string, string>} */
  #answers = new Map();

  /**
   * @param {string} session
   * @param {Uint8Array} challenge
   * @param {string} key the replay key
   * @returns {'fresh' | 'repeated' | 'answered'}
   */
  record(session, challenge, key) {
    // The digest has a fixed length, so the two parts cannot run into each other.
    const name = toHex(challenge) + session;
    const known = this.#answers.get(name);
    if (known === undefined) {
      this.#answers.set(name, key);
      return 'fresh';
    }
    return known === key ? 'repeated' : 'answered';
  }
}
