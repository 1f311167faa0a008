import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createProject, type Project, root } from './project.js'

const execute = promisify(execFile)
const require = createRequire(import.meta.url)

const manifest = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'))
/** `holdfast`, `holdfast/testing` …: what users may import. */
const subPaths = Object.keys(manifest.exports)
  .filter((path) => path !== './package.json')
  .map((path) => path.replace(/^\./, manifest.name))

let project: Project

beforeAll(async () => {
  project = await createProject()
})

afterAll(() => project?.remove())

describe('the packed package, installed with --ignore-scripts into an empty project', () => {
  test('adds one package, itself', () => {
    expect(project.installed).toEqual(['node_modules/holdfast'])
  })

  test('brings its documentation for the reader, and nothing of the tests', async () => {
    const outside = project.packed.filter((path) => !path.startsWith('dist/'))
    expect(outside.sort()).toEqual(['CHANGELOG.md', 'LICENSE', 'README.md', 'package.json'])
  })

  test('gives the same things to import and to require, on every sub-path', async () => {
    await project.add('js')
    const lines = (await project.run('js/same-classes.mjs', ...subPaths)).trim().split('\n')
    const reports = lines.map((line) => JSON.parse(line))
    expect(reports.map((r) => r.path)).toEqual(subPaths)
    for (const report of reports) {
      expect(report).toMatchObject({ different: [], missing: [] })
      expect(report.names).toBeGreaterThan(0)
    }
  })

  const expected = '[{"id":"2","key":"b"}] 1 true\n'
  const classes = 'function function function\n'

  test('compiles and runs under node10 resolution: CommonJS, not strict', async () => {
    await project.add('node10')
    expect(await project.compile('node10/tsconfig.json')).toBe('')
    expect(await project.run('node10/out/program.js')).toBe(expected)
    expect(await project.run('node10/out/subpaths.js')).toBe(classes)
  })

  test('compiles and runs under node16 resolution, as an ES module and as CommonJS', async () => {
    await project.add('node16')
    expect(await project.compile('node16/tsconfig.json')).toBe('')
    expect(await project.run('node16/out/program.mjs')).toBe(expected)
    expect(await project.run('node16/out/subpaths.mjs')).toBe(classes)
    expect(await project.run('node16/out/program.cjs')).toBe(expected)
    expect(await project.run('node16/out/subpaths.cjs')).toBe(classes)
  })

  test('compiles and runs under bundler resolution', async () => {
    await project.add('bundler')
    expect(await project.compile('bundler/tsconfig.json')).toBe('')
    expect(await project.run('bundler/out/program.js')).toBe(expected)
    expect(await project.run('bundler/out/subpaths.js')).toBe(classes)
  })
})

describe('the checkers of packages', () => {
  test('publint has nothing to say', async () => {
    const { publint } = await import('publint')
    expect((await publint({ pkgDir: root, strict: true })).messages).toEqual([])
  })

  test('are-the-types-wrong has nothing to say', async () => {
    const attw = join(dirname(require.resolve('@arethetypeswrong/cli/package.json')), 'dist/index.js')
    const { stdout } = await execute(process.execPath, [attw, project.tarball, '--format', 'json'], {
      maxBuffer: 1 << 26,
    }).catch((error) => error)
    const report = JSON.parse(stdout)
    expect(report.problems).toEqual({})
    expect(Object.keys(report.analysis.entrypoints)).toEqual(Object.keys(manifest.exports))
  })
})
