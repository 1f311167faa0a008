import { spawnSync } from 'node:child_process'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { DataPage, TokenizedDataPage } from '../../src/data/index.js'
import {
  type Capabilities,
  type Declaration,
  type TestedPersistence,
  testPersistence,
} from '../../src/testing/index.js'
import { collect, collector, failures } from './collect.js'
import { mutants, mutate } from './mutants.js'
import { MEMORY, MEMORY_BY_URL, memorySubject } from './subjects.js'

const require = createRequire(import.meta.url)

const EVERYTHING: Capabilities = { ...MEMORY_BY_URL, durable: true, backup: true }

/** A component that takes every call and does nothing at all. */
function idle(): TestedPersistence {
  const none = async () => null
  const empty = async () => []
  const nothing = async () => undefined
  return {
    isOpen: () => false,
    open: nothing,
    close: nothing,
    create: async (_, item) => item,
    createMany: async (_, items) => [...items],
    set: async (_, item) => item,
    setMany: async (_, items) => [...items],
    update: none,
    updatePartially: none,
    deleteById: none,
    deleteByIds: nothing,
    deleteByFilter: nothing,
    clear: nothing,
    getOneById: none,
    getListByIds: empty,
    getListByFilter: empty,
    getCountByFilter: async () => 0,
    getOneByFilter: none,
    getOneRandom: none,
    getPageByFilter: async () => new DataPage([], null),
    getPageByToken: async () => new TokenizedDataPage([], null, null),
    explain: async () => ({ index: null, examined: 0, returned: 0 }),
    flush: nothing,
    backup: nothing,
  }
}

/** How a run of the suite ended. */
interface Outcome {
  readonly status: number | null
  readonly passed: number
  readonly failed: number
}

/** Runs the suite under a runner of its own, in a process of its own. */
const RUNNERS: Readonly<Record<string, (settings: NodeJS.ProcessEnv) => Outcome>> = {
  'node:test'(settings) {
    const { status, report } = runInChild(['--test-reporter=tap', fileOf('underNodeTest.mjs')], settings)
    const count = (what: string) => Number(new RegExp(`^# ${what} (\\d+)$`, 'm').exec(report)?.[1])
    return { status, passed: count('pass'), failed: count('fail') }
  },
  mocha(settings) {
    const mocha = require.resolve('mocha/bin/mocha.js')
    const { status, report } = runInChild([mocha, '--reporter', 'json', fileOf('underMocha.mjs')], settings)
    const { stats } = JSON.parse(report) as { stats: { passes: number; failures: number } }
    return { status, passed: stats.passes, failed: stats.failures }
  },
}

function runInChild(args: readonly string[], settings: NodeJS.ProcessEnv) {
  const { NODE_TEST_CONTEXT: _, ...env } = process.env
  const { status, stdout } = spawnSync(process.execPath, args, {
    encoding: 'utf8',
    env: { ...env, ...settings },
    maxBuffer: 1 << 28,
  })
  return { status, report: stdout }
}

function fileOf(name: string): string {
  return fileURLToPath(new URL(name, import.meta.url))
}

describe('the conformance suite', () => {
  test('has its 500 cases, 150 of them filters and sorts, under names of their own', () => {
    const names = collect(memorySubject, MEMORY).map(({ name }) => name)
    expect(names.length).toBeGreaterThan(1000)
    const tables = names.filter((name) =>
      /^(filters|sorts|FilterParams|predicates|refused filters)/.test(name),
    )
    expect(tables.filter((name) => !name.includes('over an index')).length).toBeGreaterThan(300)
    expect(new Set(names).size).toBe(names.length)
  })

  test.each([
    ['every capability', EVERYTHING],
    ['those of memory', MEMORY],
    [
      'those of a SQL store',
      { ...EVERYTHING, functions: false, order: 'id', plans: 'engine', backup: false },
    ],
  ] as const)('has no case that a component which does nothing passes, with %s', async (_, capabilities) => {
    const factory = async () => ({
      persistence: idle(),
      reopen: async () => idle(),
      dispose: async () => undefined,
    })
    const cases = collect(factory, capabilities).filter(({ skipped }) => !skipped)
    const failed = new Set(await failures(cases))
    const passed = cases.map(({ name }) => name).filter((name) => !failed.has(name))
    expect(passed).toEqual(['every known gap is the name of a case that is not skipped'])
  })

  /** The cases that fail on a memory component with what the mutant replaces. */
  function failuresOf(mutant: (typeof mutants)[string], enough?: number): Promise<string[]> {
    const factory = async (declaration: Declaration) => {
      const { persistence, dispose } = await memorySubject(declaration)
      return { persistence: mutate(persistence, mutant), dispose }
    }
    return failures(collect(factory, MEMORY), enough)
  }

  test.each(Object.entries(mutants))('notices that %s', async (_, mutant) => {
    expect((await failuresOf(mutant, 1)).length).toBe(1)
  })

  test('notices nothing where nothing is replaced', async () => {
    expect(await failuresOf(() => ({}))).toEqual([])
  })

  test('expects known gaps to fail', async () => {
    const gaps = ['create > create() stores the item', 'ids > an id with a dot works in every operation']
    const broken = async () => ({ persistence: idle(), dispose: async () => undefined })
    const failing = new Set(await failures(collect(broken, MEMORY, gaps)))
    for (const gap of gaps) {
      expect(failing).not.toContain(gap)
      expect(failing).not.toContain(`${gap} [known gap]`)
    }
    const passing = collect(memorySubject, MEMORY, gaps)
    expect(await failures(passing)).toEqual(gaps.map((gap) => `${gap} [known gap]`))
  })

  test.each([['create > no such case'], ['reopening > create() is there after reopening']])(
    'takes the known gap "%s", which no case has or whose case is skipped, for a failure',
    async (gap) => {
      expect(await failures(collect(memorySubject, MEMORY, [gap]))).toEqual([
        'every known gap is the name of a case that is not skipped',
      ])
    },
  )

  test('refuses capabilities and options that are missing or misspelt', () => {
    const { runner } = collector()
    const run = (options: unknown) => () => testPersistence('x', memorySubject, options as never)
    const { functions, ...incomplete } = MEMORY
    expect(functions).toBe(true)
    expect(run({ runner, capabilities: incomplete })).toThrow(TypeError)
    expect(run({ runner, capabilities: { ...MEMORY, order: 'random' } })).toThrow(TypeError)
    expect(run({ runner, capabilities: { ...MEMORY, transactions: true } })).toThrow(TypeError)
    expect(run({ runner, capabilities: MEMORY, knownGap: [] })).toThrow(TypeError)
  })

  test('takes the globals of mocha, and says so where there are none', () => {
    const { runner, cases } = collector()
    expect(() => testPersistence('x', memorySubject, { capabilities: MEMORY })).toThrow(TypeError)
    Object.assign(globalThis, runner)
    try {
      testPersistence('x', memorySubject, { capabilities: MEMORY })
    } finally {
      Reflect.deleteProperty(globalThis, 'describe')
      Reflect.deleteProperty(globalThis, 'it')
    }
    expect(cases.length).toBeGreaterThan(1000)
  })

  test('closes and disposes of what a case made, also when the case fails', async () => {
    let made = 0
    let disposed = 0
    const factory = async () => {
      made++
      let closed = false
      const close = async () => {
        closed = true
      }
      return {
        persistence: { ...idle(), close },
        dispose: async () => {
          if (closed) disposed++
        },
      }
    }
    await failures(collect(factory, MEMORY))
    expect(made).toBeGreaterThan(1000)
    expect(disposed).toBe(made)
  })

  test.each(Object.entries(RUNNERS))(
    'runs under %s, and fails there where a store is broken',
    (_, runner) => {
      const sound = runner({})
      expect(sound.status).toBe(0)
      expect(sound.passed).toBeGreaterThan(1000)
      expect(sound.failed).toBe(0)
      const broken = runner({ BROKEN: '1' })
      expect(broken.status).not.toBe(0)
      expect(broken.passed).toBeGreaterThan(1000)
      expect(broken.failed).toBeGreaterThan(3)
    },
  )
})
