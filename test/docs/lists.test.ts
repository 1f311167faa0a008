import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import type { StoreCapabilities } from '../../src/contract/Store.js'
import { IdentifiablePersistence } from '../../src/persistence/IdentifiablePersistence.js'
import { createPostgresStore } from '../../src/postgres/index.js'
import { createSqliteStore } from '../../src/sqlite/index.js'
import { newFolder } from '../persistence/Notes.js'

/* The lists of docs/errors.md and docs/stores.md hold what the sources have, and nothing else. */

const root = fileURLToPath(new URL('../..', import.meta.url))
const errors = readFileSync(join(root, 'docs/errors.md'), 'utf8')
const stores = readFileSync(join(root, 'docs/stores.md'), 'utf8')
const sources = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.ts') && !path.startsWith('testing'))
  .map((path) => readFileSync(join(root, 'src', path), 'utf8'))
  .join('\n')

/** Without repetitions, in order. */
function unique(values: Iterable<string>): string[] {
  return [...new Set(values)].sort()
}

/** The first group of every match. */
function all(text: string, pattern: RegExp): string[] {
  return unique([...text.matchAll(pattern)].map((match) => match[1] as string))
}

/** Words in capitals that the sources quote and that are no error codes of this library. */
const OTHERS =
  /^(E[A-Z]{2,}|EAI_AGAIN|BUSY|CORRUPT|CANTOPEN|CONSTRAINT|FULL|IOERR|NOTADB|OTHER|READONLY|TOOBIG|SIG.*)$/

describe('docs/errors.md', () => {
  test('names every code that is thrown, in a table of its own class, and no other', () => {
    const thrown = all(sources, /'([A-Z]+_[A-Z_]+|LOCKED|UNSUPPORTED)'/g).filter((code) => !OTHERS.test(code))
    const described = all(errors.slice(0, errors.indexOf('## Which')), /^\| `([A-Z_]+)` \|/gm)
    expect(thrown.length).toBeGreaterThan(20)
    expect(described).toEqual(thrown)
  })

  test('puts each code under the classes that throw it', () => {
    const sections = errors.split(/^### `/m).slice(1)
    for (const section of sections) {
      const [className = ''] = section.split('`')
      const near = sources.matchAll(
        new RegExp(`new ${className}\\(\\s*[^,()]+(?:\\([^)]*\\))?,\\s*'([A-Z_]+)'`, 'g'),
      )
      for (const [, code = ''] of near) {
        const named = section.includes(`| \`${code}\` |`) || errors.includes(`(an \`${className}\` there)`)
        expect(named, `${code} under ${className}`).toBe(true)
      }
    }
    expect(sections).toHaveLength(8)
  })
})

describe('docs/stores.md', () => {
  test('lists every setting that is read, and no other', () => {
    const read = all(
      sources,
      /'((?:options|connection|credential)\.[a-z_]+|url|schema|table|collection)'/g,
    ).filter(
      // Columns and options of the engines, which no configuration names.
      (key) => !/^(options\.(path)|)$/.test(key),
    )
    const tables = stores.slice(stores.indexOf('## Settings'), stores.indexOf('## Growing'))
    const listed = all(tables, /`((?:options|connection|credential)\.[a-z_]+|url|schema|table|collection)`/g)
    expect(listed).toEqual(read)
  })

  test('the table of capabilities is what the stores declare', async () => {
    const folder = newFolder()
    const declared = [
      await capabilitiesOf('memory:'),
      await capabilitiesOf(`file:${folder}/a.json`),
      createSqliteStore({ filename: 'a.db' }, OPTIONS).capabilities,
      createPostgresStore({ url: 'postgres://a/b' }, OPTIONS).capabilities,
      createPostgresStore({ url: 'postgres://a/b', distribute: true }, OPTIONS).capabilities,
    ]
    const rows = [...stores.matchAll(/^\| `(\w+)`: [^|]*\|(.*)\|$/gm)]
    const names = Object.keys(declared[0] as object).filter((name) => name !== 'name')
    expect(unique(rows.map(([, name]) => name as string))).toEqual(unique(names))
    for (const [, name, cells] of rows) {
      const shown = (cells as string).split('|').map((cell) => cell.trim())
      const real = declared.map((capabilities) => wordFor(capabilities[name as keyof StoreCapabilities]))
      expect(shown, name).toEqual(real)
    }
  })
})

const OPTIONS = { name: 'a', idType: 'string', indexes: [], dateFields: [] } as const

async function capabilitiesOf(url: string): Promise<StoreCapabilities> {
  const component = new IdentifiablePersistence<{ id: string }>('a', { url })
  await component.open(null)
  const { capabilities } = component
  await component.close(null)
  return capabilities as StoreCapabilities
}

function wordFor(value: string | boolean): string {
  return typeof value === 'string' ? value : value ? 'yes' : 'no'
}
