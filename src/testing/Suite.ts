import type { Capabilities } from './Capabilities.js'
import { Session } from './Session.js'
import type { Declaration, PersistenceFactory, TestedPersistence } from './Subject.js'

/** The two functions of a test runner. Those of vitest, node:test and mocha fit. */
export interface Runner {
  readonly describe: (name: string, body: () => void) => unknown
  readonly it: {
    (name: string, body: () => Promise<void>): unknown
    readonly skip: (name: string, body: () => Promise<void>) => unknown
  }
}

/** The body of a case. The component is open unless the case says `opened: false`. */
export type CaseBody = (persistence: TestedPersistence, session: Session) => Promise<void>

export interface CaseOptions {
  /** Capabilities without which the case has no meaning; a list holds the values that will do. */
  readonly needs?: {
    readonly [Name in keyof Capabilities]?: Capabilities[Name] | readonly Capabilities[Name][]
  }
  readonly declare?: Declaration
  /** `false`: the case opens its component itself. */
  readonly opened?: boolean
}

/** Registers one case. Names state behaviour and occur once in a group. */
export type Test = {
  (name: string, body: CaseBody): void
  (name: string, options: CaseOptions, body: CaseBody): void
}

/** The cases of one promise. */
export type Cases = (test: Test) => void

/** Hands cases to the runner: skips those that need an undeclared capability, and expects known gaps to fail. */
export class Suite {
  readonly #runner: Runner
  readonly #factory: PersistenceFactory
  readonly #capabilities: Capabilities
  readonly #gaps: Set<string>
  readonly #names = new Set<string>()

  constructor(
    runner: Runner,
    factory: PersistenceFactory,
    capabilities: Capabilities,
    gaps: readonly string[],
  ) {
    this.#runner = runner
    this.#factory = factory
    this.#capabilities = capabilities
    this.#gaps = new Set(gaps)
  }

  group(title: string, cases: Cases): void {
    this.#runner.describe(title, () => {
      cases((name: string, ...rest: [CaseBody] | [CaseOptions, CaseBody]) => {
        const [options, body] = rest.length === 1 ? [{}, rest[0]] : rest
        this.#register(title, name, options, body)
      })
    })
  }

  /** Known gaps that no case was found for, or whose case is skipped. */
  get unmatchedGaps(): string[] {
    return [...this.#gaps]
  }

  #register(title: string, name: string, options: CaseOptions, body: CaseBody): void {
    const fullName = `${title} > ${name}`
    if (this.#names.has(fullName)) throw new TypeError(`Two cases are named "${fullName}".`)
    this.#names.add(fullName)
    const run = () => this.#run(options, body)
    const missing = this.#missing(options)
    if (missing !== null) this.#runner.it.skip(`${name} [needs ${missing}]`, run)
    else if (this.#gaps.delete(fullName)) this.#runner.it(`${name} [known gap]`, () => expectGap(run))
    else this.#runner.it(name, run)
  }

  async #run(options: CaseOptions, body: CaseBody): Promise<void> {
    const session = new Session(this.#factory, this.#capabilities)
    try {
      const persistence = await session.make(options.declare ?? {})
      if (options.opened !== false) await persistence.open(null)
      await body(persistence, session)
    } catch (error) {
      // The failure of the case says more than a failure to clean up after it.
      await session.end().catch(() => undefined)
      throw error
    }
    await session.end()
  }

  #missing(options: CaseOptions): string | null {
    for (const [name, wanted] of Object.entries(options.needs ?? {})) {
      const declared = this.#capabilities[name as keyof Capabilities]
      const values: readonly unknown[] = Array.isArray(wanted) ? wanted : [wanted]
      if (!values.includes(declared)) return `${name}: ${values.join(' or ')}`
    }
    return null
  }
}

async function expectGap(run: () => Promise<void>): Promise<void> {
  try {
    await run()
  } catch {
    return
  }
  throw new Error('This case is listed as a known gap and passes: take it off the list.')
}
