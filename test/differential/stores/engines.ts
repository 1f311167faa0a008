import { accessSync, constants } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ConfigParams } from '../../../src/component/index.js'
import { IdentifiablePersistence } from '../../../src/persistence/IdentifiablePersistence.js'
import { serverProblem, startServer } from '../../postgres/server.js'
import { sqliteDrivers } from '../../sqlite/driver.js'
import type { Declared } from './declarations.js'

/** Any item: the components are called with what they must refuse, too. */
// biome-ignore lint/suspicious/noExplicitAny: see above
export type Component = IdentifiablePersistence<any, any>

/** A component on one store. */
export interface Side {
  readonly name: string
  readonly component: Component
}

/** The stores that this machine can run. */
export interface Engines {
  /** Stores that are left out, with the reason. */
  readonly leftOut: readonly string[]
  /** The same component on each store, memory first; `name` is that of its tables and files. */
  open(name: string, declared: Declared): Promise<Side[]>
  /** Closes all components and removes what they stored. */
  close(): Promise<void>
}

export async function startEngines(): Promise<Engines> {
  const leftOut: string[] = []
  const folder = await mkdtemp(join(isWritable('/dev/shm') ? '/dev/shm' : tmpdir(), 'holdfast-compare-'))
  const { drivers, reasons } = await sqliteDrivers()
  const [sqlite] = drivers
  if (sqlite === undefined) leftOut.push(`sqlite: ${reasons.join('; ')}`)
  const problem = await serverProblem()
  if (problem !== null) leftOut.push(`postgres: ${problem}`)
  // What survives a power cut is not at stake here.
  const server =
    problem === null ? await startServer({ settings: { fsync: 'off', synchronous_commit: 'off' } }) : null
  const opened: Side[] = []

  return {
    leftOut,
    async open(name, declared) {
      const sides = [sideOn('memory:', name, declared), sideOn(`file:${folder}/${name}.json`, name, declared)]
      if (sqlite !== undefined) sides.push(sideOn(`sqlite:${folder}/${name}.db`, name, declared, sqlite[1]))
      if (server !== null) sides.push(sideOn(server.url, name, declared))
      for (const { component } of sides) await component.open(null)
      opened.push(...sides)
      return sides
    },
    async close() {
      for (const { component } of opened) await component.close(null)
      await server?.remove()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

function sideOn(url: string, name: string, declared: Declared, driver?: unknown): Side {
  const component: Component = new IdentifiablePersistence(name, { url, driver })
  for (const { fields, unique = false } of declared.indexes) component.ensureIndex(fields, { unique })
  component.dateFields(...declared.dateFields)
  component.configure(
    ConfigParams.fromTuples(
      'options.max_page_size',
      declared.maxPageSize,
      'options.id_type',
      declared.idType,
    ),
  )
  return { name: url.slice(0, url.indexOf(':')), component }
}

function isWritable(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK)
    return true
  } catch {
    return false
  }
}
