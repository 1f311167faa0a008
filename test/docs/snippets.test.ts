import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { MARK, type Page, parsePage, readPages } from './pages.js'

/*
 * The snippets of a page, in order, are one program. It is compiled under strict and run in a folder from which the
 * package is imported by its name; what a snippet prints must be the `text` block that follows it, if one does. Readers
 * try one page after the other in the same place, and try again: so all pages run in one folder, and each runs twice.
 */

const execute = promisify(execFile)
const root = fileURLToPath(new URL('../..', import.meta.url))
const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc')
const pages = readPages(root)

let folder: string
/** What the compiler said of all pages; lines are those of the page. */
let complaints: string

beforeAll(async () => {
  await execute(process.execPath, [join(root, 'scripts/build.mjs')])
  folder = await realpath(await mkdtemp(join(tmpdir(), 'holdfast-snippets-')))
  await mkdir(join(folder, 'node_modules'))
  await mkdir(join(folder, 'run'))
  await symlink(root, join(folder, 'node_modules/holdfast'), 'junction')
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }\n')
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(tsconfig(pages)))
  for (const page of pages) await writeFile(join(folder, `${page.name}.ts`), `${page.program}\nexport {}\n`)
  complaints = await execute(process.execPath, [tsc, '-p', folder, '--pretty', 'false'], {
    cwd: folder,
  }).then(
    () => '',
    (error) => error.stdout,
  )
})

afterAll(() => rm(folder, { recursive: true, force: true }))

describe.each(pages)('$path', (page) => {
  test('compiles under strict', () => {
    const own = complaints.split('\n').filter((line) => line.startsWith(`${page.name}.ts`))
    expect(own.map((line) => line.replace(`${page.name}.ts`, page.path))).toEqual([])
  })

  test.each(['runs', 'runs again'])('%s and prints what it says', async () => {
    const cwd = join(folder, 'run')
    const { stdout } = await execute(process.execPath, [join(folder, `${page.name}.js`)], { cwd })
    const printed = outputBySnippet(stdout)
    for (const { line, expected } of page.snippets) {
      expect(printed.has(line), `the snippet at ${page.path}:${line} runs`).toBe(true)
      if (expected !== null) {
        expect(withoutIds(printed.get(line) ?? ''), `${page.path}:${line}`).toBe(withoutIds(expected))
      }
    }
  })
})

test('the pages that teach are among those that are run', () => {
  expect(pages.map((page) => page.path)).toEqual(expect.arrayContaining(['README.md', 'docs/tutorial.md']))
})

test('a page keeps the lines of its snippets, and the output that follows each', () => {
  const page = parsePage(
    'docs/x.md',
    '<!-- ts\nlet z = 1\n-->\n# X\n```ts\nlet a = 1\n```\n\n```sh\nls\n```\n```ts\na++\n```\n```text\n2\n```\n',
  )
  const lines = page.program.split('\n')
  expect([lines[1], lines[5], lines[12]]).toEqual(['let z = 1', 'let a = 1', 'a++'])
  expect(page.program).not.toContain('ls')
  expect(page.snippets).toEqual([
    { line: 5, expected: null },
    { line: 12, expected: '2\n' },
  ])
})

function tsconfig(all: readonly Page[]) {
  return {
    compilerOptions: {
      target: 'ES2022',
      module: 'NodeNext',
      strict: true,
      exactOptionalPropertyTypes: true,
      noUncheckedIndexedAccess: true,
      typeRoots: [join(root, 'node_modules/@types')],
      types: ['node'],
    },
    files: all.map((page) => `${page.name}.ts`),
  }
}

function outputBySnippet(stdout: string): Map<number, string> {
  const parts = stdout.split(MARK).slice(1)
  return new Map(parts.map((part) => [Number.parseInt(part, 10), part.slice(part.indexOf('\n') + 1)]))
}

/** Generated ids differ from run to run. */
function withoutIds(text: string): string {
  return text.replace(/\b[0-9a-f]{32}\b/g, '<id>').trim()
}
