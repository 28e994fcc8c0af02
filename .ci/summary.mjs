// Prints "N passed, N failed" from Jest's own results, one file for each run, and what failed. A suite that did not even
// load counts as a failure, and so does a result that is missing or cannot be read.
import { readFileSync } from 'node:fs';
import { relative } from 'node:path';

let passed = 0;
let failed = 0;
for (const file of process.argv.slice(2)) {
  try {
    const result = JSON.parse(readFileSync(file, 'utf8'));
    passed += result.numPassedTests;
    failed += result.numFailedTests + result.numRuntimeErrorTestSuites;
    console.log(`${file}: ${result.numPassedTests} passed`);
    for (const suite of result.testResults) printFailures(suite);
  } catch {
    failed += 1;
    console.log(`${file}: no result`);
  }
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 || passed === 0 ? 1 : 0;

function printFailures({ name, status, message, assertionResults }) {
  const failures = assertionResults.filter((test) => test.status === 'failed');
  for (const test of failures) console.log(`  failed: ${relative('.', name)}: ${test.fullName}`);
  if (status === 'failed' && failures.length === 0) console.log(`  failed: ${relative('.', name)}: ${message}`);
}
