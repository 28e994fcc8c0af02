// Prints "N passed, N failed" from Jest's own result. A suite that did not even load counts as a failure.
import { readFileSync } from 'node:fs';

try {
  const result = JSON.parse(readFileSync(process.argv[2], 'utf8'));
  const failed = result.numFailedTests + result.numRuntimeErrorTestSuites;
  console.log(`${result.numPassedTests} passed, ${failed} failed`);
  process.exitCode = failed > 0 ? 1 : 0;
} catch {
  console.log('0 passed, 1 failed');
  process.exitCode = 1;
}
