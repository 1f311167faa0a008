import {
  type Capabilities,
  type PersistenceFactory,
  type Runner,
  testPersistence,
} from '../../src/testing/index.js'

/** A case of the suite, to be run by hand. */
export interface Case {
  /** `group > name`. */
  readonly name: string
  readonly skipped: boolean
  run(): Promise<void>
}

/** A runner that keeps the cases instead of running them. */
export function collector(): { readonly runner: Runner; readonly cases: Case[] } {
  const cases: Case[] = []
  const titles: string[] = []
  const add = (skipped: boolean) => (name: string, run: () => Promise<void>) => {
    cases.push({ name: [...titles.slice(1), name].join(' > '), skipped, run })
  }
  const runner: Runner = {
    describe: (title, body) => {
      titles.push(title)
      body()
      titles.pop()
    },
    it: Object.assign(add(false), { skip: add(true) }),
  }
  return { runner, cases }
}

/** The cases of the suite for a component. */
export function collect(
  factory: PersistenceFactory,
  capabilities: Capabilities,
  knownGaps: readonly string[] = [],
): Case[] {
  const { runner, cases } = collector()
  testPersistence('collected', factory, { runner, capabilities, knownGaps })
  return cases
}

/** The names of the cases that fail, until there are as many as asked for. */
export async function failures(cases: readonly Case[], enough = Number.POSITIVE_INFINITY): Promise<string[]> {
  const failed: string[] = []
  for (const { name, skipped, run } of cases) {
    if (failed.length >= enough) break
    if (skipped) continue
    await run().catch(() => failed.push(name))
  }
  return failed
}
