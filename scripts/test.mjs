/**
 * `npm test`: builds, runs the tests, and ends with one line for programs, `N passed, N failed` (and `, N skipped`).
 * Arguments go to vitest: `npm test -- test/query`. The counts also go to the file named by TEST_COUNTS, if it is set.
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const require = createRequire(import.meta.url)
const vitest = join(dirname(require.resolve('vitest/package.json')), 'vitest.mjs')

const build = run([join(root, 'scripts/build.mjs')])
const counts = build === 0 ? runTests() : { passed: 0, failed: 1, skipped: 0 }
const line = `${counts.passed} passed, ${counts.failed} failed`
console.log(counts.skipped > 0 ? `${line}, ${counts.skipped} skipped` : line)
if (process.env.TEST_COUNTS) writeFileSync(process.env.TEST_COUNTS, JSON.stringify(counts))
process.exit(counts.failed > 0 ? 1 : 0)

function runTests() {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-test-'))
  const report = join(folder, 'report.json')
  try {
    const status = run([
      vitest,
      'run',
      '--reporter=default',
      '--reporter=json',
      `--outputFile.json=${report}`,
      ...process.argv.slice(2),
    ])
    return countsOf(JSON.parse(readFileSync(report, 'utf8')), status)
  } catch (error) {
    console.error(`test: no report from vitest: ${error.message}`)
    return { passed: 0, failed: 1, skipped: 0 }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function countsOf(report, status) {
  // A file that does not even load has no tests to count; an error outside of every test shows in the status alone.
  const unloadable = report.testResults.filter(
    (f) => f.status === 'failed' && f.assertionResults.length === 0,
  )
  const failed = report.numFailedTests + unloadable.length
  return {
    passed: report.numPassedTests,
    failed: failed === 0 && (status !== 0 || report.numTotalTests === 0) ? 1 : failed,
    skipped: report.numPendingTests + report.numTodoTests,
  }
}

function run(args) {
  return spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit' }).status ?? 1
}
