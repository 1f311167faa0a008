import type { Capabilities } from './Capabilities.js'
import type { Declaration, PersistenceFactory, Subject, TestedPersistence } from './Subject.js'

/** What one case works with, besides its component: more components, and what was declared. */
export class Session {
  readonly capabilities: Capabilities
  readonly #factory: PersistenceFactory
  readonly #subjects: Subject[] = []
  readonly #opened: TestedPersistence[] = []

  constructor(factory: PersistenceFactory, capabilities: Capabilities) {
    this.#factory = factory
    this.capabilities = capabilities
  }

  /** A fresh component at a place of its own, not opened. */
  async make(declaration: Declaration): Promise<TestedPersistence> {
    const subject = await this.#factory(declaration)
    this.#subjects.push(subject)
    this.#opened.push(subject.persistence)
    return subject.persistence
  }

  /** A fresh component at a place of its own, opened. */
  async another(declaration: Declaration = {}): Promise<TestedPersistence> {
    const persistence = await this.make(declaration)
    await persistence.open(null)
    return persistence
  }

  /**
   * Closes the component and opens what finds its items again: where items outlive their component another one,
   * else itself.
   */
  async reopened(persistence: TestedPersistence): Promise<TestedPersistence> {
    await persistence.close(null)
    const next = this.capabilities.durable ? await this.successor() : persistence
    await next.open(null)
    return next
  }

  /** Another component over the place of the first, not opened. The one before must be closed. */
  async successor(declaration?: Declaration): Promise<TestedPersistence> {
    const [subject] = this.#subjects
    if (subject?.reopen === undefined)
      throw new TypeError('The capability "durable" is declared, so the subject needs the method reopen().')
    const next = await (declaration === undefined ? subject.reopen() : subject.reopen(declaration))
    this.#opened.push(next)
    return next
  }

  /** These ids in the order of lists without a sort, given in the order in which the items were created. */
  storageOrder<V extends string | number>(ids: readonly V[]): V[] {
    const copy = [...ids]
    return this.capabilities.order === 'id' ? copy.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0)) : copy
  }

  /** Closes and removes everything that the case made; the first failure is reported when all was tried. */
  async end(): Promise<void> {
    const failures: unknown[] = []
    const attempt = (done: Promise<void>) => done.catch((error) => failures.push(error))
    for (const persistence of this.#opened) await attempt(persistence.close(null))
    for (const subject of this.#subjects) await attempt(subject.dispose())
    if (failures.length > 0) throw failures[0]
  }
}
