// Runs cases of the vectors: one JSON object a line on standard input, one result a line on standard output.
// A case that cannot be run at all gives {"error": "not-run"}, which no case expects; the reason goes to standard error.
import { LAYERS, resultOf } from './layers.mjs';

const WRITE_AT = 1 << 16;

/**
 * @param {{ id: string, layer: string, input: Record<string, any> }} testCase
 */
function run({ id, layer, input }) {
  if (!Object.hasOwn(LAYERS, layer)) return 'skipped';
  try {
    return resultOf(LAYERS[layer], input);
  } catch (error) {
    process.stderr.write(`${id}: ${error instanceof Error ? error.stack : String(error)}\n`);
    return { error: 'not-run' };
  }
}

/**
 * Only a line feed ends a line: node:readline would also break at U+2028, which a JSON string may hold as it is.
 * @param {AsyncIterable<string>} chunks
 */
async function* linesOf(chunks) {
  let rest = '';
  for await (const chunk of chunks) {
    const parts = (rest + chunk).split('\n');
    rest = parts.pop() ?? '';
    yield* parts;
  }
  yield rest;
}

let pending = '';
for await (const line of linesOf(process.stdin.setEncoding('utf8'))) {
  if (line.trim() === '') continue;
  const testCase = JSON.parse(line);
  pending += `${JSON.stringify({ id: testCase.id, result: run(testCase) })}\n`;
  // Few large writes: there can be tens of thousands of cases.
  if (pending.length >= WRITE_AT) {
    process.stdout.write(pending);
    pending = '';
  }
}
process.stdout.write(pending);
