// Puts every case of vectors/*.json through conformance.mjs and compares the results with `expect`.
// Usage: node run_vectors.mjs [directory of the vectors]
import { spawn } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual } from 'node:util';

/** @typedef {{ id: string, expect: unknown, [other: string]: unknown }} Case */

const here = fileURLToPath(new URL('.', import.meta.url));
const directory = process.argv[2] ?? join(here, '..', '..', '..', 'vectors');

/** @type {Map<string, { layer: string, expect: unknown }>} */
const expected = new Map();
/** @type {string[]} */
const lines = [];
for (const file of readdirSync(directory).filter((name) => name.endsWith('.json')).sort()) {
  const { layer, cases } = JSON.parse(readFileSync(join(directory, file), 'utf8'));
  if (!Array.isArray(cases)) continue; // the schema
  for (const { expect, stages: _, ...given } of /** @type {Case[]} */ (cases)) {
    if (expected.has(given.id)) throw new Error(`${given.id} stands twice`);
    expected.set(given.id, { layer, expect });
    lines.push(JSON.stringify({ ...given, layer }));
  }
}

const child = spawn(process.execPath, [join(here, 'conformance.mjs')], { stdio: ['pipe', 'pipe', 'inherit'] });
child.stdin.end(lines.map((line) => `${line}\n`).join(''));
let output = '';
child.stdout.setEncoding('utf8').on('data', (chunk) => (output += chunk));
/** @type {number | null} */
const status = await new Promise((resolve) => child.on('close', resolve));
if (status !== 0) throw new Error(`conformance.mjs ended with ${status}`);

/** @type {Map<string, { pass: number, fail: number, skipped: number }>} */
const counts = new Map();
for (const line of output.split('\n').filter((text) => text !== '')) {
  const { id, result } = JSON.parse(line);
  const wanted = expected.get(id);
  if (wanted === undefined) throw new Error(`a result for no case: ${id}`);
  expected.delete(id);
  const count = counts.get(wanted.layer) ?? { pass: 0, fail: 0, skipped: 0 };
  counts.set(wanted.layer, count);
  if (result === 'skipped') {
    count.skipped += 1;
  } else if (isDeepStrictEqual(result, wanted.expect)) {
    count.pass += 1;
  } else {
    count.fail += 1;
    console.log(`FAIL ${id}\n  expected ${JSON.stringify(wanted.expect)}\n  received ${JSON.stringify(result)}`);
  }
}
for (const id of expected.keys()) console.log(`FAIL ${id}\n  no result`);

const rows = [...counts.values()];
/** @param {'pass' | 'fail' | 'skipped'} what */
const total = (what) => rows.reduce((sum, row) => sum + row[what], 0);
console.table(Object.fromEntries(counts));
const failed = total('fail') + expected.size;
console.log(`${total('pass')} passed, ${failed} failed, ${total('skipped')} skipped`);
// No case at all is no success.
process.exitCode = failed === 0 && lines.length > 0 ? 0 : 1;
