import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach } from 'vitest'
import { ConfigParams } from '../../src/component/index.js'
import { IdentifiablePersistence } from '../../src/persistence/IdentifiablePersistence.js'

export interface Note {
  id: string
  key: string
  at?: Date
  tags?: string[]
  text?: string
}

/** A component with an index of each kind and a date. */
export class Notes extends IdentifiablePersistence<Note, string> {
  constructor(options: { url?: string; driver?: unknown } = {}, name = 'notes') {
    super(name, options)
    this.dateFields('at')
    this.ensureIndex({ key: 1 }, { unique: true })
  }
}

/** A `Notes` that is configured by these keys and values. */
export function configured(...tuples: unknown[]): Notes {
  const notes = new Notes()
  notes.configure(ConfigParams.fromTuples(...tuples))
  return notes
}

export function notesUpTo(count: number): Note[] {
  return Array.from({ length: count }, (_, i) => ({
    id: `n${String(i).padStart(5, '0')}`,
    key: `key ${i}`,
    at: new Date(i * 1000),
    tags: [`t${i % 3}`],
  }))
}

const folders: string[] = []

/** A new, empty folder that is removed after the test. */
export function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-persistence-'))
  folders.push(folder)
  return folder
}

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
})
