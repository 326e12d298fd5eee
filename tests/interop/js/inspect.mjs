// Prints any message with the names of its fields. It verifies nothing, and says so on every line that could be believed.
// Usage: node inspect.mjs [--as KIND] [MESSAGE]     MESSAGE is hex or the text of a QR code; default: standard input
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { fromHex, toHex } from './bytes.mjs';
import { decode } from './cbor.mjs';
import { parseCertificate } from './certificate.mjs';
import { parseChallenge } from './challenge.mjs';
import { parseCredential } from './credential.mjs';
import { parseDelta } from './delta.mjs';
import { parseOffer, parseRequest } from './enrolment.mjs';
import { NotInForm, Refusal } from './errors.mjs';
import { parseGrant, parseLentCard } from './grant.mjs';
import { parseIntroduction } from './introduction.mjs';
import { MESSAGES } from './labels.mjs';
import { parseOrder } from './order.mjs';
import { parsePresentation } from './presentation.mjs';
import { parseRenewal } from './renewal.mjs';
import { parseSnapshot } from './snapshot.mjs';
import { parseStatusList } from './status_list.mjs';
import { PREFIX, readText, removeLineEnd } from './text.mjs';
import { parseTrustList } from './trust_list.mjs';
import { parseUnlock } from './unlock.mjs';

/** @typedef {import('./label_parts.mjs').Label} Label */

/** The longest message of all, a status list. */
const LONGEST = 266_240;
const MOST_HEX = 64;

/** @type {Readonly<Record<string, (bytes: Uint8Array) => unknown>>} */
const PARSERS = {
  presentation: parsePresentation,
  credential: parseCredential,
  'trust-list': parseTrustList,
  'status-list': parseStatusList,
  snapshot: parseSnapshot,
  delta: parseDelta,
  offer: parseOffer,
  request: parseRequest,
  renewal: parseRenewal,
  unlock: parseUnlock,
  introduction: parseIntroduction,
  grant: parseGrant,
  'lent-card': parseLentCard,
  order: parseOrder,
  certificate: parseCertificate,
  challenge: parseChallenge,
};

/**
 * @param {string} kind
 * @param {Uint8Array} bytes
 * @returns {string | null} the code with which it is refused as a message of this kind
 */
function refusalAs(kind, bytes) {
  try {
    PARSERS[kind](bytes);
    return null;
  } catch (error) {
    if (error instanceof Refusal) return error.message;
    throw error;
  }
}

/**
 * @param {Uint8Array} bytes
 * @param {string} [as] the kind, where the reader knows it; a message that is not in form cannot be recognised
 * @returns {string}
 */
export function inspect(bytes, as) {
  const kind = as ?? Object.keys(PARSERS).find((candidate) => refusalAs(candidate, bytes) === null);
  /** @type {Label} */
  const label = kind === undefined ? { name: 'item' } : MESSAGES[kind];
  const fault = kind === undefined ? 'not in the form of any message' : refusalAs(kind, bytes);
  const lines = [
    `UNVERIFIED ${kind ?? 'message'}, ${bytes.length} bytes: no signature has been checked, nothing here may be believed`,
    fault === null ? 'form: as specified' : `form: REFUSED (${fault})`,
  ];
  show(lines, 0, label.name, readOr(bytes), label);
  return `${lines.join('\n')}\n`;
}

/**
 * @param {Uint8Array} bytes
 * @returns {unknown} the value, or the byte string itself if it is not in the profile
 */
function readOr(bytes) {
  try {
    return decode(bytes, LONGEST);
  } catch (error) {
    if (error instanceof NotInForm) return bytes;
    throw error;
  }
}

/**
 * @param {string[]} lines
 * @param {number} depth
 * @param {string} title
 * @param {unknown} value
 * @param {Label | undefined} label
 */
function show(lines, depth, title, value, label) {
  /** @param {string} rest */
  const put = (rest) => lines.push(`UNVERIFIED ${'  '.repeat(depth)}${title}: ${rest}`);
  if (value instanceof Map) {
    put(`map of ${value.size}`);
    for (const [key, inner] of value) {
      const named = label?.keys?.get(key);
      show(lines, depth + 1, `${JSON.stringify(typeof key === 'bigint' ? `${key}` : key)} ${named?.name ?? '?'}`, inner, named);
    }
  } else if (Array.isArray(value)) {
    put(`array of ${value.length}`);
    value.forEach((inner, i) => {
      const named = label?.items?.[i] ?? label?.each;
      show(lines, depth + 1, named === undefined ? `[${i}]` : `[${i}] ${named.name}`, inner, named);
    });
  } else if (value instanceof Uint8Array) {
    const hex = toHex(value.subarray(0, MOST_HEX));
    put(`${value.length} bytes h'${hex}${value.length > MOST_HEX ? '...' : ''}'`);
    if (label?.content !== undefined) {
      const content = readOr(value);
      if (content === value) lines.push(`UNVERIFIED ${'  '.repeat(depth + 1)}(not in the CBOR profile)`);
      else show(lines, depth + 1, label.content.name, content, label.content);
    }
  } else {
    put(typeof value === 'string' ? JSON.stringify(value) : `${value}${meaningOf(value, label)}`);
  }
}

/**
 * @param {unknown} value
 * @param {Label | undefined} label
 */
function meaningOf(value, label) {
  if (typeof value !== 'number' || label === undefined) return '';
  if (label.meanings?.[value]) return ` (${label.meanings[value]})`;
  const milliseconds = label.as === 'time' ? value * 1000 : label.as === 'day' ? value * 86_400_000 : NaN;
  const date = new Date(milliseconds);
  if (Number.isNaN(date.getTime())) return '';
  return ` (${label.as === 'day' ? date.toISOString().slice(0, -14) : date.toISOString()})`;
}

/**
 * @param {string} text of a QR code
 * @param {string} [as]
 * @returns {string}
 */
export function inspectText(text, as) {
  const { kind, bytes } = readText(text, /** @type {import('./text.mjs').Kind[]} */ (Object.keys(PREFIX)));
  if (kind !== 'sealed') return inspect(bytes, as ?? kind);
  return `UNVERIFIED sealed answer, ${bytes.length} bytes: only the terminal that asked can read it\n`;
}

/** @param {string[]} args */
function main(args) {
  const as = args[0] === '--as' ? args.splice(0, 2)[1] : undefined;
  if (as !== undefined && !Object.hasOwn(PARSERS, as)) throw new Error(`kinds: ${Object.keys(PARSERS).join(', ')}`);
  const given = removeLineEnd(args[0] ?? readFileSync(0, 'utf8'));
  process.stdout.write(given.startsWith('V') ? inspectText(given, as) : inspect(fromHex(given), as));
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  try {
    main(process.argv.slice(2));
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}
