import assert from 'node:assert/strict'
import { type Capabilities, checkCapabilities } from './Capabilities.js'
import { promises } from './promises/index.js'
import type { PersistenceFactory } from './Subject.js'
import { type Runner, Suite } from './Suite.js'

export interface TestPersistenceOptions {
  /** What the component can do. Decides what is skipped. */
  readonly capabilities: Capabilities
  /** The test runner's functions. Default: the globals `describe` and `it`. */
  readonly runner?: Runner
  /**
   * Cases that are known to fail, as `group > name`. They must still fail; a name that no case has, or whose case is
   * skipped, is itself a failure. Default: none.
   */
  readonly knownGaps?: readonly string[]
}

/**
 * Registers the conformance suite for a component: every promise that a persistence of this library makes, one case a
 * promise. Call it at the top level of a test file.
 *
 * @param name     what the cases are grouped under
 * @param factory  makes a fresh, empty, not yet opened component for each case
 * @throws TypeError  no runner, a missing or unknown capability, an unknown option
 */
export function testPersistence(
  name: string,
  factory: PersistenceFactory,
  options: TestPersistenceOptions,
): void {
  for (const option of Object.keys(options))
    if (!['capabilities', 'runner', 'knownGaps'].includes(option))
      throw new TypeError(`testPersistence: "${option}" is not an option.`)
  checkCapabilities(options.capabilities)
  const runner = options.runner ?? globalRunner()
  const suite = new Suite(runner, factory, options.capabilities, options.knownGaps ?? [])
  runner.describe(name, () => {
    for (const [title, cases] of Object.entries(promises)) suite.group(title, cases)
    // Read only when the case runs: some runners register the groups after this function has returned.
    runner.it('every known gap is the name of a case that is not skipped', async () => {
      assert.deepEqual(suite.unmatchedGaps, [])
    })
  })
}

function globalRunner(): Runner {
  const { describe, it } = globalThis as unknown as Partial<Runner>
  if (typeof describe === 'function' && typeof it === 'function') return { describe, it }
  throw new TypeError('testPersistence: there are no globals describe and it; give the option runner.')
}
