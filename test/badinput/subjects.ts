import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect } from 'vitest'
import { IdentifiableFilePersistence } from '../../src/file/IdentifiableFilePersistence.js'
import { JsonFilePersister } from '../../src/file/JsonFilePersister.js'
import { IdentifiableMemoryPersistence } from '../../src/memory/IdentifiableMemoryPersistence.js'

// biome-ignore lint/suspicious/noExplicitAny: what the tests pass would not compile otherwise
export type Any = any
export type Subject = IdentifiableMemoryPersistence<Any, Any>

let folder = ''
let opened: Subject[] = []
let prototypes = ''

/** A new folder for each test, and a look at the prototypes that hostile input goes for. */
export function useSubjects(): void {
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'holdfast-'))
    opened = []
    prototypes = snapshot()
  })
  afterEach(async () => {
    for (const subject of opened) await subject.close(null).catch(() => null)
    rmSync(folder, { recursive: true, force: true })
    expect(snapshot()).toBe(prototypes)
  })
}

function snapshot(): string {
  return [Object.prototype, Array.prototype, Function.prototype, Object]
    .map((each) => Reflect.ownKeys(each).map(String).join())
    .join(';')
}

export function pathOf(name: string): string {
  return join(folder, name)
}

export interface Kind {
  readonly name: string
  readonly file: boolean
  open(): Promise<Subject>
  /** As after a restart: what is not stored is gone. The same component where nothing is stored. */
  reopen(subject: Subject): Promise<Subject>
}

export const MEMORY: Kind = {
  name: 'memory',
  file: false,
  open: async () => new IdentifiableMemoryPersistence<Any, Any>(),
  reopen: async (subject) => subject,
}

export const FILE: Kind = {
  name: 'file',
  file: true,
  open: () => openFile('data.json'),
  reopen: async (subject) => {
    await subject.close(null)
    return openFile('data.json')
  },
}

export const KINDS: readonly [string, Kind][] = [
  ['memory', MEMORY],
  ['file', FILE],
]

export async function openFile(name: string): Promise<Subject> {
  const subject = new IdentifiableFilePersistence<Any, Any>(new JsonFilePersister<Any>(pathOf(name)))
  await subject.open(null)
  opened.push(subject)
  return subject
}
