import { describe, expect, test } from 'vitest'
import type { SimulatedDisk } from '../simulated/SimulatedDisk.js'
import { FailingDisk, once } from './support/FailingDisk.js'
import { codeOf, found, reopened, type TestOwner } from './support/TestOwner.js'

const PATH = '/d/items.json'

/** Faults that show only later: after another fault, or when the process is killed or the power cut after all. */

function diskWith(text: string | null = '[{"id":"A"}]', durableWrites = true): FailingDisk {
  const disk = new FailingDisk(durableWrites)
  if (text !== null) disk.putFile(PATH, text)
  return disk
}

/**
 * What openings find when the process is killed, or the power cut, at each call of the disk that `work` makes; `prepare`
 * makes a disk and an owner for each.
 */
async function foundAtEachCall(
  prepare: () => Promise<{ disk: FailingDisk; owner: TestOwner }>,
  work: (owner: TestOwner) => Promise<unknown>,
): Promise<Set<string>> {
  const all = new Set<string>()
  for (let call = 1; ; call++) {
    const { disk, owner } = await prepare()
    disk.crashAt = disk.calls + call
    const isDone = await Promise.race([work(owner).then(() => true), disk.crashed.then(() => false)])
    if (isDone) {
      expect(call).toBeGreaterThan(5)
      return all
    }
    all.add(await found(disk.afterKill(), PATH))
    for (let seed = 0; seed < 6; seed++) all.add(await found(disk.afterCrash(seed), PATH))
  }
}

describe.each([
  ['flush', true],
  ['sync', false],
] as const)('a rescue (%s)', (flush, durableWrites) => {
  test('gives numbers a second time, and what is written then is not taken for folded', async () => {
    const disk = diskWith('[{"id":"A"}]', durableWrites)
    const owner = await reopened(disk, PATH)
    await owner.put('a')
    await owner.log.save(null, owner.items())
    disk.rule = once((call, path) => call === flush && path.includes('journal'))
    expect(await codeOf(owner.put('b'))).toBe('OUTCOME_UNKNOWN')
    await owner.put('c')
    await owner.close()
    expect(await found(disk, PATH)).toBe('Aac')
  })
})

test('a checkpoint that cannot see whether its file is in place removes no journal', async () => {
  const disk = diskWith()
  const owner = await reopened(disk, PATH, { checkpointSize: 300 })
  disk.rule = once((call, path) => call === 'rename' && path === PATH)
  const stat = disk.stat.bind(disk)
  let blind = 0
  const rename = disk.rename.bind(disk)
  disk.rename = (from, to) =>
    rename(from, to).catch((error) => {
      blind = 1
      throw error
    })
  disk.stat = async (path) => {
    if (blind !== 1 || path !== PATH) return stat(path)
    blind = 2
    throw Object.assign(new Error('i/o error'), { code: 'EIO' })
  }
  const images: [SimulatedDisk, string][] = []
  disk.onCall = () => void images.push([disk.afterKill(), owner.ids()])
  for (const id of 'abcdefghij') await owner.put(id, 'x'.repeat(40))
  await owner.log.flush(null)
  await owner.close()
  disk.onCall = null
  expect(blind).toBe(2)
  for (const [image, acknowledged] of images)
    expect((await found(image, PATH)).startsWith(acknowledged)).toBe(true)
})

describe('a folder whose name was not flushed', () => {
  const deep = '/d/new/items.json'

  test('because that failed, is flushed by the next opening', async () => {
    const disk = diskWith(null)
    disk.rule = once((call, path) => call === 'syncFolder' && path === '/d')
    expect(await codeOf(reopened(disk, deep))).toBe('WRITE_FAILED')
    await (await reopened(disk, deep)).put('a')
    expect(await found(disk.afterCrash(0), deep)).toBe('a')
  })

  test('because its maker was killed, is flushed by the next opening', async () => {
    const disk = diskWith(null)
    await disk.makeFolder('/d/new')
    await (await reopened(disk, deep)).put('a')
    expect(await found(disk.afterCrash(0), deep)).toBe('a')
  })

  test.each([
    ['EACCES', 'a'],
    ['EPERM', 'a'],
    ['EIO', 'WRITE_FAILED'],
  ])('is not in a folder that may not be read (%s)', async (code, result) => {
    const disk = diskWith(null)
    disk.rule = (call, path) => (call === 'syncFolder' && path === '/' ? code : null)
    const outcome = await reopened(disk, PATH).then(
      async (owner) => {
        await owner.put('a')
        return owner.ids()
      },
      (error) => error.code,
    )
    expect(outcome).toBe(result)
  })
})

describe('an edit by somebody else, and a kill or a power cut anywhere in', () => {
  async function edited(): Promise<{ disk: FailingDisk; owner: TestOwner }> {
    const disk = diskWith()
    const owner = await reopened(disk, PATH)
    disk.putFile(PATH, '[{"id":"F"}]')
    return { disk, owner }
  }

  test('a save leaves the edit or what was saved', async () => {
    const all = await foundAtEachCall(edited, (owner) => owner.log.save(null, [{ id: 'N' }]))
    expect([...all].sort()).toEqual(['F', 'N'])
  })

  test('the first write leaves the edit, or what was read before it, or that with the write', async () => {
    const all = await foundAtEachCall(edited, (owner) => owner.put('n'))
    expect([...all].sort()).toEqual(['A', 'An', 'F'])
  })

  test('the first write is refused while the file cannot be replaced, and leaves nothing', async () => {
    const { disk, owner } = await edited()
    disk.rule = (call, path) => (call === 'rename' && path === PATH ? 'EIO' : null)
    expect(await codeOf(owner.put('n'))).toBe('WRITE_FAILED')
    expect([...disk.files().keys()]).toEqual([PATH])
    expect(disk.getText(PATH)).toBe('[{"id":"F"}]')
    disk.rule = () => null
    await owner.put('n')
    expect(disk.getText(owner.log.recovery!.conflictPaths[0]!)).toBe('[{"id":"F"}]')
    expect(await found(disk.afterCrash(0), PATH)).toBe('An')
  })
})

test('a rescue without a journal, stopped anywhere, leaves what was there or what was to be saved', async () => {
  const failing = async () => {
    const disk = diskWith(null)
    const owner = await reopened(disk, PATH)
    let isRenamed = false
    disk.rule = once((call, path) => {
      if (call === 'rename' && path === PATH) isRenamed = true
      return call === 'syncFolder' && isRenamed
    })
    return { disk, owner }
  }
  const all = await foundAtEachCall(failing, (owner) => codeOf(owner.log.save(null, [{ id: 'N' }])))
  expect([...all].sort()).toEqual(['', 'N'])
  const { disk, owner } = await failing()
  expect(await codeOf(owner.log.save(null, [{ id: 'N' }]))).toBe('OUTCOME_UNKNOWN')
  await owner.put('n')
  expect(await found(disk.afterCrash(0), PATH)).toBe('n')
})

describe('a journal that could not be removed', () => {
  /** A closing that failed at its last step. */
  async function halfClosed(): Promise<{ disk: FailingDisk; owner: TestOwner }> {
    const disk = diskWith()
    const owner = await reopened(disk, PATH)
    await owner.put('a')
    disk.rule = (call, path) => (call === 'unlink' && path.includes('.journal-') ? 'EBUSY' : null)
    expect(await codeOf(owner.close())).toBe('WRITE_FAILED')
    return { disk, owner }
  }

  test('by a closing keeps a save from resolving', async () => {
    const { disk, owner } = await halfClosed()
    expect(await codeOf(owner.log.save(null, [{ id: 'N' }]))).toBe('WRITE_FAILED')
    expect(await found(disk.afterKill(), PATH)).toBe('Aa')
  })

  test('by a closing is removed by a save, wherever that is stopped', async () => {
    const ready = async () => {
      const { disk, owner } = await halfClosed()
      disk.rule = () => null
      return { disk, owner }
    }
    const all = await foundAtEachCall(ready, (owner) => owner.log.save(null, [{ id: 'N' }]))
    expect([...all].sort()).toEqual(['Aa', 'N'])
  })

  test('by a closing is removed before an edit by somebody else is overwritten', async () => {
    const { disk, owner } = await halfClosed()
    disk.rule = () => null
    disk.putFile(PATH, '[{"id":"F"}]')
    let contradicted = 0
    disk.onCall = () => {
      const isReplaced = disk.getText(PATH) !== '[{"id":"F"}]'
      if (isReplaced && disk.files().has(`${PATH}.journal-1`)) contradicted++
    }
    await owner.put('n')
    disk.onCall = null
    expect(contradicted).toBe(0)
    expect(disk.getText(owner.log.recovery!.conflictPaths[0]!)).toBe('[{"id":"F"}]')
    expect(await found(disk.afterCrash(0), PATH)).toBe('Aan')
  })

  test('by a rotation that failed is left out between those that follow from one another', async () => {
    const ready = async () => {
      const disk = diskWith()
      const owner = await reopened(disk, PATH)
      await owner.put('a')
      const isStale = (path: string) => /journal-[23]$/.test(path)
      disk.rule = (call, path) =>
        call === 'syncFolder' || (call === 'unlink' && isStale(path)) ? 'EIO' : null
      for (let attempt = 0; attempt < 2; attempt++)
        expect(await codeOf(owner.log.save(null, owner.items()))).toBe('WRITE_FAILED')
      expect([...disk.files().keys()].filter(isStale)).toHaveLength(2)
      disk.rule = () => null
      return { disk, owner }
    }
    const all = await foundAtEachCall(ready, async (owner) => {
      await owner.log.save(null, owner.items())
      await owner.put('b')
    })
    expect([...all].sort()).toEqual(['Aa', 'Aab'])
  })
})

test('space written ahead whose flush failed is known before the next journal goes on from that one', async () => {
  let hits = 0
  const all = new Set<string>()
  for (let rounds = 1; rounds <= 12; rounds++) {
    const disk = diskWith()
    const owner = await reopened(disk, PATH, { checkpointSize: 20_000 })
    let extensions = 0
    let isFailed = false
    let proceed = () => {}
    const written = new Promise<void>((resolve) => {
      proceed = resolve
    })
    const open = disk.open.bind(disk)
    disk.open = async (path, ...rest) => {
      const file = await open(path, ...rest)
      const write = file.write.bind(file)
      file.write = async (buffer, offset, length, position) => {
        if (buffer[offset] === 0xfe && path.endsWith('journal-1') && ++extensions === 2) {
          // Behind the writes, of which none fails then: the write of the space is the first call from here, its flush the second.
          await written
          disk.setFault({ kind: 'EIO', at: 2, forever: false })
          isFailed = true
        }
        return write(buffer, offset, length, position)
      }
      return file
    }
    for (let i = 0; i < rounds && extensions < 2; i++) await owner.put(`${i}`, 'x'.repeat(40))
    proceed()
    await new Promise((resume) => setTimeout(resume, 5))
    if (!isFailed) continue
    hits++
    expect(disk.faultsFired).toBe(1)
    disk.setFault(null)
    const images: [SimulatedDisk, string][] = []
    disk.onCall = () => {
      for (let seed = 0; seed < 10; seed++) images.push([disk.afterCrash(seed), owner.ids()])
    }
    await owner.log.save(null, owner.items()).catch(() => {})
    await owner.put('last').catch(() => {})
    disk.onCall = null
    for (const [image, acknowledged] of images) {
      const ids = await found(image, PATH)
      if (!ids.startsWith(acknowledged)) all.add(ids)
    }
  }
  expect(hits).toBeGreaterThan(0)
  expect([...all]).toEqual([])
})
