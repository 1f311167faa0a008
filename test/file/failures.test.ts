import { afterEach, describe, expect, test, vi } from 'vitest'
import { settled } from '../crash/history.js'
import { SimulatedDisk } from '../simulated/SimulatedDisk.js'
import { FailingDisk } from './support/FailingDisk.js'
import { framesOf } from './support/journalOf.js'
import { codeOf, reopened } from './support/TestOwner.js'

const PATH = '/d/items.json'

const isJournal = (path: string) => /\.journal-\d+$|tmp-journal/.test(path)

/** Lets what is under way come to an end. */
const settle = () => new Promise((resume) => setTimeout(resume, 20))

/** Makes the clock show `ms` more than it is. */
function laterBy(ms: number): void {
  vi.spyOn(performance, 'now').mockImplementation(() => realNow() + ms)
}

const realNow = performance.now.bind(performance)

afterEach(() => {
  vi.restoreAllMocks()
})

/** What flushes a write to the journal on a disk with durable writes, and on one without. */
const FLUSHES = [
  ['flush', true],
  ['sync', false],
] as const

describe.each(FLUSHES)('a flush that fails (%s)', (flush, durableWrites) => {
  test('rejects all that wait with OUTCOME_UNKNOWN, and everything is written to new files', async () => {
    const disk = new FailingDisk(durableWrites)
    const owner = await reopened(disk, PATH)
    await owner.put('a')
    let failed = 0
    disk.rule = (call, path) => (call === flush && isJournal(path) && failed++ === 0 ? 'EIO' : null)
    const codes = await Promise.all(['b', 'c', 'd'].map((id) => codeOf(owner.put(id))))
    expect(codes).toEqual(['OUTCOME_UNKNOWN', 'OUTCOME_UNKNOWN', 'OUTCOME_UNKNOWN'])
    expect(owner.ids()).toBe('a')
    await owner.put('e')
    for (const after of [disk.afterKill(), disk.afterCrash(0), disk.afterCrash(1)]) {
      expect((await reopened(after, PATH)).ids()).toBe('ae')
    }
    expect(owner.warnings.join()).toMatch(/new files/)
    await owner.close()
    expect(disk.getText(PATH)).toBe('[\n{"id":"a"},\n{"id":"e"}\n]\n')
    expect([...disk.files().keys()]).toEqual([PATH])
  })

  test('is never tried again on that file', async () => {
    const disk = new FailingDisk(durableWrites)
    const owner = await reopened(disk, PATH)
    await owner.put('a')
    const synced: string[] = []
    disk.rule = (call, path) => {
      if (call !== 'flush' && call !== 'sync' && call !== 'truncate') return null
      synced.push(path)
      return path === `${PATH}.journal-1` || path === `${PATH}.tmp-journal-1` ? 'EIO' : null
    }
    await codeOf(owner.put('b'))
    await owner.put('c')
    await owner.close()
    // A file made under a temporary name keeps that name here: it is the same file.
    expect(synced.filter((path) => path.endsWith('journal-1'))).toHaveLength(1)
  })

  test('and no fresh files either: writes are refused, reads go on, tried again at most once a second', async () => {
    const disk = new FailingDisk(durableWrites)
    const owner = await reopened(disk, PATH)
    await owner.put('a')
    let attempts = 0
    disk.rule = (call, path) => {
      if (call === 'create' && path.includes('tmp-snapshot')) attempts++
      return call === flush || call === 'create' ? 'EIO' : null
    }
    expect(await codeOf(owner.put('b'))).toBe('OUTCOME_UNKNOWN')
    await settled(disk)
    expect(attempts).toBe(1)
    for (let i = 0; i < 5; i++) expect(await codeOf(owner.put('c'))).toBe('STORE_FAILED')
    expect(await codeOf(owner.log.flush(null))).toBe('STORE_FAILED')
    expect(await codeOf(owner.close())).toBe('STORE_FAILED')
    expect(attempts).toBe(1)
    expect(owner.ids()).toBe('a')
    laterBy(1001)
    expect(await codeOf(owner.put('c'))).toBe('STORE_FAILED')
    expect(attempts).toBe(2)
    disk.rule = () => null
    expect(await codeOf(owner.put('c'))).toBe('STORE_FAILED')
    laterBy(2002)
    await owner.put('d')
    expect((await reopened(disk.afterCrash(0), PATH)).ids()).toBe('ad')
    await owner.close()
  })

  test.each(['interval', 'none'] as const)(
    'behind acknowledged writes (%s) is told to the next caller',
    async (durability) => {
      const next = {
        write: (owner: Awaited<ReturnType<typeof reopened>>) => owner.put('x'),
        flush: (owner: Awaited<ReturnType<typeof reopened>>) => owner.log.flush(null),
        close: (owner: Awaited<ReturnType<typeof reopened>>) => owner.close(),
      }
      for (const call of ['write', 'flush', 'close'] as const) {
        if (durability === 'none' && call === 'write') continue
        const disk = new FailingDisk()
        const owner = await reopened(disk, PATH, { durability, flushIntervalMs: 5 })
        let failed = 0
        await owner.put('a')
        disk.rule = (what, path) => (what === 'sync' && isJournal(path) && failed++ === 0 ? 'EIO' : null)
        await owner.put('b')
        if (durability === 'interval') await vi.waitFor(() => expect(failed).toBeGreaterThan(0))
        await settle()
        expect(await codeOf(next[call](owner)), call).toBe('STORE_FAILED')
        await owner.put('c')
        await owner.close()
        expect((await reopened(disk.afterCrash(0), PATH)).ids()).toBe('abc')
      }
    },
  )
})

describe('a write that fails', () => {
  test.each([
    ['ENOSPC', 'STORAGE_FULL', true],
    ['ENOSPC', 'STORAGE_FULL', false],
    ['EDQUOT', 'STORAGE_FULL', true],
    ['EDQUOT', 'STORAGE_FULL', false],
    ['EFBIG', 'STORAGE_FULL', true],
    ['EFBIG', 'STORAGE_FULL', false],
    ['EIO', 'WRITE_FAILED', false],
  ])(
    '%s rejects with %s, leaves no trace, and writing resumes (durable %s)',
    async (fault, code, durable) => {
      const disk = new FailingDisk(durable)
      const owner = await reopened(disk, PATH)
      await owner.put('a')
      const frames = framesOf(disk.getFile(`${PATH}.journal-1`)!)
      disk.rule = (call) => (call === 'write' ? fault : null)
      const codes = await Promise.all(['b', 'c'].map((id) => codeOf(owner.put(id))))
      expect(codes).toEqual([code, code])
      expect(disk.getFile(`${PATH}.journal-1`)).toEqual(frames)
      disk.rule = () => null
      await owner.put('d')
      for (const after of [disk.afterKill(), disk.afterCrash(0)])
        expect((await reopened(after, PATH)).ids()).toBe('ad')
    },
  )

  test.each([
    ['EIO: its flush may be what failed', (call: string) => (call === 'write' ? 'EIO' : null)],
    ['ENOSPC of its flush, all bytes taken', (call: string) => (call === 'flush' ? 'ENOSPC' : null)],
    [
      'ENOSPC, and no word about what the file holds there',
      (call: string) => (call === 'write' ? 'ENOSPC' : call === 'read' ? 'EIO' : null),
    ],
  ])('and is durable is a flush that failed: %s', async (_name, rule) => {
    const disk = new FailingDisk()
    const owner = await reopened(disk, PATH)
    await owner.put('a')
    const calls: string[] = []
    disk.rule = (call, path) => {
      if (!/journal-1$/.test(path)) return null
      calls.push(call)
      return rule(call)
    }
    expect(await codeOf(owner.put('b'))).toBe('OUTCOME_UNKNOWN')
    await settle()
    // Neither written to again nor cut: that file is done with.
    expect(calls.filter((call) => ['write', 'sync', 'truncate'].includes(call))).toEqual(['write'])
    expect([...disk.files().keys()]).not.toContain(`${PATH}.journal-1`)
    await owner.put('c')
    for (const after of [disk.afterKill(), disk.afterCrash(0), disk.afterCrash(1)])
      expect((await reopened(after, PATH)).ids()).toBe('ac')
  })

  test('fails what was appended behind it in the same run, in order', async () => {
    const disk = new FailingDisk()
    const owner = await reopened(disk, PATH)
    await owner.put('a')
    const order: string[] = []
    disk.rule = (call) => {
      if (call !== 'write') return null
      // Appended while the write is under way: made against a state that holds what is about to fail.
      owner.log.append(null, [{ op: 'put', id: 'c', item: { id: 'c' } }], (error) => {
        order.push(`c ${(error as { code?: string } | null)?.code}`)
      })
      disk.rule = () => null
      return 'ENOSPC'
    }
    await owner.put('b').catch(() => {
      order.push('b told')
    })
    await settle()
    expect(order).toEqual(['c STORAGE_FULL', 'b told'])
    expect(owner.ids()).toBe('a')
    expect((await reopened(disk.afterKill(), PATH)).ids()).toBe('a')
  })

  test('on a full disk: reads go on, and writing resumes when there is space', async () => {
    const disk = new SimulatedDisk()
    disk.putFolder('/d')
    const owner = await reopened(disk, PATH)
    disk.capacity = 2000
    let n = 0
    let code = ''
    while (code === '') {
      code = await owner.put(`i${n}`, 'x'.repeat(50)).then(
        () => {
          n++
          return ''
        },
        (error) => error.code,
      )
    }
    expect(code).toBe('STORAGE_FULL')
    expect((await reopened(disk.afterCrash(0), PATH)).list).toHaveLength(n)
    disk.capacity = Number.POSITIVE_INFINITY
    await owner.put('more')
    await owner.close()
    expect((await reopened(disk.afterCrash(0), PATH)).list).toHaveLength(n + 1)
  })

  test.each([
    ['close', 0],
    ['save', 0],
    // Room for the header of the next journal, and not for the snapshot.
    ['save', 100],
  ])('on a disk that is full of space written ahead: %s succeeds, with %i bytes free', async (how, room) => {
    const disk = new SimulatedDisk()
    disk.putFolder('/d')
    const owner = await reopened(disk, PATH)
    await owner.put('a', 'x'.repeat(1000))
    disk.capacity = disk.used() + room
    if (how === 'save') await owner.log.save(null, owner.items())
    await owner.put('b')
    await owner.close()
    expect((await reopened(disk.afterCrash(0), PATH)).ids()).toBe('ab')
  })

  test('on a disk that is full of space written ahead: a fold beside the work succeeds', async () => {
    const disk = new SimulatedDisk()
    disk.putFolder('/d')
    const owner = await reopened(disk, PATH, { checkpointSize: 20_000 })
    for (let n = 0; n < 19; n++) await owner.put('a', 'x'.repeat(1000))
    disk.capacity = disk.used()
    await owner.put('b')
    while (disk.getFile(PATH) === null && owner.warnings.length === 0) {
      await owner.put('a', 'x'.repeat(1000))
      await settle()
    }
    expect(owner.warnings).toEqual([])
    await owner.close()
  })

  test('on a disk that is full of space written ahead which cannot be given back: all is written anew', async () => {
    const disk = new FailingDisk()
    const owner = await reopened(disk, PATH)
    await owner.put('a')
    disk.rule = (call) => {
      if (call === 'create') return 'ENOSPC'
      return call === 'truncate' ? 'EIO' : null
    }
    expect(await codeOf(owner.log.save(null, owner.items()))).toBe('STORE_FAILED')
    disk.rule = () => null
    laterBy(1001)
    await owner.put('b')
    await owner.close()
    expect((await reopened(disk.afterCrash(0), PATH)).ids()).toBe('ab')
  })

  test('on a disk that fills up between two of a run: a power cut finds neither', async () => {
    let full = 0
    for (let room = 0; room < 200; room += 7) {
      const disk = new SimulatedDisk()
      disk.durableWrites = false
      disk.putFolder('/d')
      const owner = await reopened(disk, PATH)
      await owner.put('a')
      disk.capacity = disk.used() + room
      const put = (id: string) =>
        owner.put(id).then(
          () => 'stored',
          (error) => error.code,
        )
      const codes = await Promise.all([put('b'), put('c')])
      if (codes[1] === 'stored') continue
      expect(codes).toEqual(['STORAGE_FULL', 'STORAGE_FULL'])
      full++
      for (let seed = 0; seed < 200; seed++) {
        const after = disk.afterCrash(seed)
        after.capacity = Number.POSITIVE_INFINITY
        expect((await reopened(after, PATH)).ids(), `room ${room}, seed ${seed}`).toBe('a')
      }
    }
    expect(full).toBeGreaterThan(10)
  })

  test('the first write of all: no journal is left, and the next one succeeds', async () => {
    for (const call of ['create', 'write', 'sync', 'rename', 'syncFolder']) {
      const disk = new FailingDisk()
      const owner = await reopened(disk, PATH)
      disk.rule = (what) => (what === call ? 'ENOSPC' : null)
      expect(await codeOf(owner.put('a')), call).toBe('STORAGE_FULL')
      disk.rule = () => null
      expect([...disk.files().keys()]).toEqual([])
      await owner.put('b')
      expect((await reopened(disk.afterCrash(0), PATH)).ids()).toBe('b')
    }
  })
})

describe('a fold that fails', () => {
  test('in the background fails no write and is tried again after a pause', async () => {
    const disk = new FailingDisk()
    const owner = await reopened(disk, PATH, { checkpointSize: 300 })
    disk.rule = (call, path) => (call === 'write' && path.includes('tmp-snapshot') ? 'ENOSPC' : null)
    for (const id of 'abcdefghijklmnop') await owner.put(id)
    await settle()
    expect(owner.warnings).toHaveLength(1)
    expect([...disk.files().keys()].some((path) => path.includes('tmp-'))).toBe(false)
    expect((await reopened(disk.afterCrash(0), PATH)).ids()).toBe('abcdefghijklmnop')
    disk.rule = () => null
    laterBy(1001)
    await owner.put('q')
    await settle()
    expect(disk.getText(PATH)).not.toBeNull()
    expect((await reopened(disk.afterCrash(0), PATH)).ids()).toBe('abcdefghijklmnopq')
    await owner.close()
  })

  test.each(['create', 'write', 'sync', 'rename', 'syncFolder'])(
    'in a save, at %s: it rejects, what was acknowledged stays, and later writes are not lost',
    async (call) => {
      for (let k = 1; k <= 8; k++) {
        const disk = new FailingDisk()
        const owner = await reopened(disk, PATH)
        await owner.put('a')
        let n = 0
        disk.rule = (what) => (what === call && ++n === k ? 'EIO' : null)
        const code = await owner.log.save(null, [{ id: 'x' }]).then(
          () => 'saved',
          (error) => error.code,
        )
        disk.rule = () => null
        if (code === 'saved') owner.list = [{ id: 'x' }]
        const base = code === 'saved' ? 'x' : 'a'
        await owner.put('b')
        for (const after of [disk.afterKill(), disk.afterCrash(0), disk.afterCrash(1)]) {
          expect((await reopened(after, PATH)).ids(), `${call} ${k} ${code}`).toBe(`${base}b`)
        }
        await owner.close()
        expect([...disk.files().keys()]).toEqual([PATH])
        expect((await reopened(disk.afterCrash(0), PATH)).ids()).toBe(`${base}b`)
        if (n < k) break
      }
    },
  )

  test.each(['create', 'write', 'sync', 'rename', 'syncFolder', 'unlink'])(
    'in a closing, at %s: nothing acknowledged is lost, the log stays open and can be closed again',
    async (call) => {
      for (let k = 1; k <= 8; k++) {
        const disk = new FailingDisk()
        const owner = await reopened(disk, PATH)
        await owner.put('a')
        let n = 0
        disk.rule = (what, path) =>
          what === call && !path.includes('lock') && !path.includes('claim') && ++n === k ? 'EIO' : null
        const code = await owner.close().then(
          () => 'closed',
          (error) => error.code,
        )
        disk.rule = () => null
        expect((await reopened(disk.afterCrash(0), PATH)).ids()).toBe('a')
        if (code !== 'closed') {
          await owner.put('b')
          expect((await reopened(disk.afterCrash(0), PATH)).ids()).toBe('ab')
          await owner.close()
        }
        const expected = code === 'closed' ? 'a' : 'ab'
        for (const after of [disk.afterCrash(0), disk.afterCrash(1)]) {
          expect([...after.files().keys()].filter((path) => !/tmp-/.test(path))).toEqual([PATH])
          expect((await reopened(after, PATH)).ids(), `${call} ${k} ${code}`).toBe(expected)
        }
        if (n < k) break
      }
    },
  )
})

describe('names that are changed', () => {
  /** A store with a batch to fold, whose file somebody else has changed. */
  async function edited() {
    const disk = new FailingDisk()
    disk.putFile(PATH, '[{"id":"a"}]')
    const owner = await reopened(disk, PATH)
    await owner.put('b')
    disk.putFile(PATH, 'edited by hand')
    return { disk, owner }
  }

  test.each(['create', 'write', 'sync', 'syncFolder'])(
    'a foreign file that could not be copied stays at its place (EIO of %s)',
    async (failing) => {
      const { disk, owner } = await edited()
      let failed = 0
      disk.rule = (call, path) => {
        const isCopying = [...disk.files().keys()].some((name) => name.includes('.conflict-'))
        const isMeant = failing === 'syncFolder' ? isCopying : path.includes('.conflict-')
        return call === failing && isMeant && failed++ === 0 ? 'EIO' : null
      }
      expect(await codeOf(owner.close())).toBe('WRITE_FAILED')
      expect(failed).toBe(1)
      expect(disk.getText(PATH)).toBe('edited by hand')
      expect([...disk.files().keys()].filter((path) => /conflict|tmp/.test(path))).toEqual([])
      await owner.close()
      expect(disk.getText(owner.log.recovery!.conflictPaths[0]!)).toBe('edited by hand')
      expect((await reopened(disk, PATH)).ids()).toBe('ab')
    },
  )

  test('a foreign file is at its place, and not copied, when the one to take it could not be put there', async () => {
    const { disk, owner } = await edited()
    let failed = 0
    disk.rule = (call, path) => (call === 'rename' && path === PATH && failed++ === 0 ? 'EIO' : null)
    expect(await codeOf(owner.close())).toBe('WRITE_FAILED')
    expect(disk.getText(PATH)).toBe('edited by hand')
    expect([...disk.files().keys()].filter((path) => /conflict|tmp/.test(path))).toEqual([])
    await owner.close()
    expect(owner.log.recovery!.conflictPaths).toHaveLength(1)
    expect((await reopened(disk, PATH)).ids()).toBe('ab')
  })

  test('a rename that is done and says otherwise is done', async () => {
    const disk = new FailingDisk()
    const owner = await reopened(disk, PATH)
    await owner.put('a')
    const rename = disk.rename.bind(disk)
    disk.rename = async (from, to) => {
      await rename(from, to)
      if (to === PATH) throw Object.assign(new Error('no answer'), { code: 'EIO' })
    }
    await owner.close()
    expect([...disk.files().keys()]).toEqual([PATH])
    expect((await reopened(disk.afterCrash(0), PATH)).ids()).toBe('a')
  })

  test('a backup that cannot get its name leaves nothing', async () => {
    const disk = new FailingDisk()
    const owner = await reopened(disk, PATH)
    await owner.put('a')
    disk.rule = (call, path) => (call === 'rename' && path === '/d/copy.json' ? 'EIO' : null)
    expect(await codeOf(owner.log.backup(null, '/d/copy.json'))).toBe('WRITE_FAILED')
    expect([...disk.files().keys()]).toEqual([`${PATH}.journal-1`])
  })
})

describe('a checkpoint that a save stops', () => {
  test('leaves no file behind, at whichever step it was', async () => {
    for (let step = 0; step < 40; step++) {
      const disk = new FailingDisk()
      const owner = await reopened(disk, PATH, { checkpointSize: 300 })
      let seen = -1
      let saving: Promise<void> | null = null
      disk.onCall = () => {
        if (seen === -1 && [...disk.files().keys()].some((path) => path.includes('tmp-journal-2'))) seen = 0
        if (seen === -1 || seen++ !== step) return
        disk.onCall = null
        saving = owner.log.save(null, [{ id: 'x' }]).then(() => {
          owner.list = [{ id: 'x' }]
        })
      }
      for (const id of 'abcdefgh') await owner.put(id)
      await settle()
      await saving
      disk.onCall = null
      expect([...disk.files().keys()].filter((path) => path.includes('tmp-'))).toEqual([])
      for (const after of [disk.afterKill(), disk.afterCrash(0)])
        expect((await reopened(after, PATH)).ids()).toBe(owner.ids())
      await owner.close()
      expect((await reopened(disk, PATH)).ids()).toBe(owner.ids())
    }
  })
})

describe('reading along', () => {
  test('gives up on files that never stand still, and says what it saw last', async () => {
    const unsteady = (content: string) => {
      const disk = new FailingDisk()
      disk.putFile(PATH, content)
      const stat = disk.stat.bind(disk)
      let inode = 1000n
      disk.stat = async (path) => {
        const found = await stat(path)
        return found !== null && path === PATH ? { ...found, inode: inode++ } : found
      }
      return reopened(disk, PATH, { readOnly: true }).catch((error) => error)
    }
    const [good, bad] = await Promise.all([unsteady('[]'), unsteady('x')])
    expect(good).toMatchObject({ code: 'READ_FAILED', message: expect.stringContaining('faster') })
    expect(bad).toMatchObject({ code: 'DATA_CORRUPTED' })
  })

  test('a folder that goes away while it is looked at holds no items; one that cannot be followed is an error', async () => {
    for (const code of ['ENOENT', 'ELOOP']) {
      const disk = new FailingDisk()
      disk.realPath = () => Promise.reject(Object.assign(new Error(code), { code }))
      const opened = reopened(disk, PATH, { readOnly: true })
      if (code === 'ENOENT') expect((await opened).list).toEqual([])
      else expect(await codeOf(opened)).toBe('READ_FAILED')
    }
  })
})

describe('states', () => {
  test('after close every call is NOT_OPENED, and closing again is nothing', async () => {
    const disk = new FailingDisk()
    const owner = await reopened(disk, PATH)
    await Promise.all([owner.close(), owner.close()])
    await owner.close()
    expect(await codeOf(owner.put('a'))).toBe('NOT_OPENED')
    expect(await codeOf(owner.log.save(null, []))).toBe('NOT_OPENED')
    expect(await codeOf(owner.log.flush(null))).toBe('NOT_OPENED')
  })

  test('writes asked for before close are in the file', async () => {
    const disk = new FailingDisk()
    const owner = await reopened(disk, PATH)
    await Promise.all([owner.put('a'), owner.put('b'), owner.close()])
    expect((await reopened(disk, PATH)).ids()).toBe('ab')
  })

  test('errors carry the trace id of the call', async () => {
    const disk = new FailingDisk()
    const owner = await reopened(disk, PATH)
    disk.rule = (call) => (call === 'write' ? 'EIO' : null)
    await expect(owner.put('a')).rejects.toMatchObject({ trace_id: 'trace' })
  })
})

test('close() that cannot look at the file rejects with WRITE_FAILED, and can be called again', async () => {
  const disk = new FailingDisk()
  disk.putFile(PATH, '[{"id":"a"}]')
  const owner = await reopened(disk, PATH)
  await owner.put('b')
  await owner.log.save(null, owner.items())
  disk.setFault({ kind: 'EIO', at: 1, forever: false })
  expect(await codeOf(owner.close())).toBe('WRITE_FAILED')
  await owner.close()
  expect([...disk.files().keys()]).toEqual([PATH])
  expect((await reopened(disk, PATH)).ids()).toBe('ab')
})
