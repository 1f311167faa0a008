import { cp, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createProject, type Project, root } from './project.js'

/*
 * Code as users of Pip.Services wrote it, compiled and run twice: against the original packages, and against this one
 * after nothing but the names in its import lines were changed.
 */

const originals = ['pip-services3-commons-nodex', 'pip-services3-data-nodex']

let project: Project
let strictLines: string[]

beforeAll(async () => {
  project = await createProject()
  await project.add('dropin')
  strictLines = (await readFile(join(project.folder, 'dropin/strict.ts'), 'utf8')).split('\n')
  await cp(join(project.folder, 'dropin'), join(project.folder, 'original'), { recursive: true })
  await mkdir(join(project.folder, 'original/node_modules'))
  for (const name of originals) {
    await symlink(join(root, 'node_modules', name), join(project.folder, 'original/node_modules', name))
  }
  await switchImports(join(project.folder, 'dropin'))
})

afterAll(() => project?.remove())

async function switchImports(folder: string): Promise<void> {
  for (const file of (await readdir(folder)).filter((name) => name.endsWith('.ts'))) {
    const text = await readFile(join(folder, file), 'utf8')
    await writeFile(join(folder, file), text.replace(/'pip-services3-(commons|data)-nodex'/g, "'holdfast'"))
  }
}

async function runProgram(fixture: string, target: string): Promise<string> {
  const folder = join(project.folder, `data-${fixture}-${target}`)
  await mkdir(folder)
  return project.run(`${fixture}/out/${target}/program.js`, folder)
}

describe('code written for Pip.Services', () => {
  for (const [target, tsconfig] of [
    ['ES2017', 'tsconfig.json'],
    ['ES2022', 'tsconfig.define.json'],
  ] as const) {
    test(`compiles unchanged without strict checks and runs as before, for ${target}`, async () => {
      expect(await project.compile(`original/${tsconfig}`)).toBe('')
      const before = await runProgram('original', target)
      expect(before.split('\n').length).toBeGreaterThan(50)

      expect(await project.compile(`dropin/${tsconfig}`)).toBe('')
      expect(await runProgram('dropin', target)).toBe(before)
    })
  }

  test('compiles under strict, but for the errors of a null that was not declared before', async () => {
    expect(await project.compile('original/tsconfig.strict.json')).toBe('')
    const printed = await project.compile('dropin/tsconfig.strict.json')
    const found = [...printed.matchAll(/^dropin\/strict\.ts\((\d+),\d+\): error (TS\d+)/gm)].map(
      ([, line, code]) => `${line} ${code}`,
    )
    const marked = strictLines.flatMap((line, index) =>
      [...(/\/\/ (TS.*)$/.exec(line)?.[1] ?? '').matchAll(/TS\d+/g)].map(([code]) => `${index + 1} ${code}`),
    )
    expect(found, printed).toEqual(marked)
    expect(marked.length).toBeGreaterThan(0)
  })
})
