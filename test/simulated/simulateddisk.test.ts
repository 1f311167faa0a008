import { expect, test } from 'vitest'
import type { DiskFile } from '../../src/file/Disk.js'
import { acquireLock } from '../../src/file/Lock.js'
import { FAULTY_CALLS, type FaultKind } from './calls.js'
import { SimulatedDisk } from './SimulatedDisk.js'

const bytes = (text: string) => new TextEncoder().encode(text)
const write = (file: DiskFile, text: string, at: number) => file.write(bytes(text), 0, bytes(text).length, at)

/** What reading the file gives after power cuts with many seeds, each outcome once. */
function outcomes(disk: SimulatedDisk, path: string, seeds = 400): Set<string | null> {
  return new Set(Array.from({ length: seeds }, (_, seed) => disk.afterCrash(seed).getText(path)))
}

async function diskWith(content: string): Promise<{ disk: SimulatedDisk; file: DiskFile }> {
  const disk = new SimulatedDisk()
  disk.putFile('/a', content)
  return { disk, file: await disk.open('/a', 'write') }
}

test('what was flushed is there after every crash', async () => {
  const disk = new SimulatedDisk()
  const file = await disk.open('/a', 'create')
  await write(file, 'hello', 0)
  await file.sync()
  await disk.syncFolder('/')
  expect(outcomes(disk, '/a')).toEqual(new Set(['hello']))
})

test('a write that was not flushed may be kept, dropped, zeroed or torn, and the size may or may not have grown', async () => {
  const { disk, file } = await diskWith('old')
  await write(file, 'newer', 0)
  const seen = outcomes(disk, '/a', 3000)
  for (const left of [
    'old',
    'newer',
    'old\0\0',
    '\0\0\0\0\0',
    '\0\0\0',
    'new',
    'newe\0',
    'nld',
    'oldx'.slice(0, 3),
  ]) {
    expect(seen).toContain(left)
  }
  expect(disk.afterCrash(0).getText('/a')).toBe('old')
  expect(disk.afterCrash(1).getText('/a')).toBe('newer')
})

test('a buffer may be used again as soon as a write has resolved', async () => {
  const { disk, file } = await diskWith('')
  const buffer = Buffer.from('first')
  await file.write(buffer, 0, 5, 0)
  buffer.write('xxxxx')
  await file.sync()
  expect(disk.afterCrash(0).getText('/a')).toBe('first')
})

test('each sector of a write has its own fate', async () => {
  const { disk, file } = await diskWith('.'.repeat(1536))
  await write(file, 'N'.repeat(1536), 0)
  const patterns = new Set<string>()
  for (const text of outcomes(disk, '/a', 3000)) {
    patterns.add([0, 512, 1024].map((at) => text!.slice(at, at + 1)).join(''))
  }
  for (const pattern of ['N.N', '.N.', 'NN.', '..N', 'N..', '.NN', 'NNN', '...'])
    expect(patterns).toContain(pattern)
})

test('writes reach two files in any order', async () => {
  const disk = new SimulatedDisk()
  disk.putFile('/a', 'old')
  disk.putFile('/b', 'old')
  await write(await disk.open('/a', 'write'), 'new', 0)
  await write(await disk.open('/b', 'write'), 'new', 0)
  const seen = new Set<string>()
  for (let seed = 0; seed < 400; seed++) {
    const after = disk.afterCrash(seed)
    seen.add(`${after.getText('/a')} ${after.getText('/b')}`)
  }
  for (const pair of ['old old', 'old new', 'new old', 'new new']) expect(seen).toContain(pair)
})

test('a flush covers what was written before it was asked for, once it has resolved', async () => {
  const { disk, file } = await diskWith('')
  await write(file, 'a', 0)
  const flushing = file.sync()
  await write(file, 'b', 1)
  await flushing
  expect(disk.afterCrash(0).getText('/a')).toBe('a')

  const beside = await diskWith('')
  const writing = write(beside.file, 'a', 0)
  await beside.file.sync()
  await writing
  expect(beside.disk.afterCrash(0).getText('/a')).toBe('')

  const second = await diskWith('')
  await write(second.file, 'a', 0)
  void second.file.sync()
  expect(second.disk.afterCrash(0).getText('/a')).toBe('')
})

test('a truncation may be forgotten', async () => {
  const { disk, file } = await diskWith('hello')
  await file.truncate(2)
  expect(disk.getText('/a')).toBe('he')
  expect([...outcomes(disk, '/a')].sort()).toEqual(['he', 'he\0\0\0', 'hello'])
  await file.sync()
  expect(outcomes(disk, '/a')).toEqual(new Set(['he']))
})

test('bytes beyond a cut are zeros when the file grows again', async () => {
  const { disk, file } = await diskWith('hello')
  await file.truncate(1)
  await write(file, 'o', 4)
  expect(disk.getText('/a')).toBe('h\0\0\0o')
})

test('names are certain after a flush of their folder only; a rename is old or new', async () => {
  const disk = new SimulatedDisk()
  disk.putFile('/a', 'old')
  disk.putFile('/gone', 'x')
  const file = await disk.open('/b', 'create')
  await write(file, 'new', 0)
  await file.sync()
  expect([...outcomes(disk, '/b')].sort()).toEqual([null, 'new'].sort())
  await disk.syncFolder('/')
  await disk.rename('/b', '/a')
  await disk.unlink('/gone')
  const seen = new Set<string>()
  for (let seed = 0; seed < 400; seed++) {
    const after = disk.afterCrash(seed)
    seen.add([after.getText('/a'), after.getText('/b'), after.getText('/gone')].join(' '))
  }
  expect(seen).toEqual(new Set(['old new x', 'new  x', 'old new ', 'new  ']))
  await disk.syncFolder('/')
  expect(outcomes(disk, '/a')).toEqual(new Set(['new']))
  expect(outcomes(disk, '/gone')).toEqual(new Set([null]))
})

test('a folder that was made may be forgotten with all that is in it', async () => {
  const disk = new SimulatedDisk()
  await disk.makeFolder('/d')
  await disk.makeFolder('/d')
  const file = await disk.open('/d/a', 'create')
  await write(file, 'x', 0)
  await file.sync()
  await disk.syncFolder('/d')
  expect(outcomes(disk, '/d/a')).toEqual(new Set([null, 'x']))
  await disk.syncFolder('/')
  expect(outcomes(disk, '/d/a')).toEqual(new Set(['x']))
})

test('the death of the process alone forgets nothing but who listens', async () => {
  const disk = new SimulatedDisk()
  await write(await disk.open('/a', 'create'), 'x', 0)
  await disk.listen('/s', () => 'hello')
  expect(await disk.greet('/s')).toBe('hello')
  const after = disk.afterKill()
  expect(after.getText('/a')).toBe('x')
  expect(await after.greet('/s')).toBeNull()
  expect(await after.list('/')).toEqual(['a', 's'])
})

test('after the crash nothing is answered, and the disk says that it happened', async () => {
  const disk = new SimulatedDisk()
  disk.crashAt = 2
  const file = await disk.open('/a', 'create')
  const answer = Promise.race([write(file, 'x', 0), disk.crashed.then(() => 'crashed')])
  expect(await answer).toBe('crashed')
  expect(disk.getText('/a')).toBe('')
})

test('after a failed flush a later one reports success without making the old changes durable', async () => {
  const { disk, file } = await diskWith('')
  await write(file, 'lost', 0)
  disk.setFault({ kind: 'EIO', at: 1, forever: false })
  await expect(file.sync()).rejects.toMatchObject({ code: 'EIO' })
  await write(file, 'good', 4)
  await file.sync()
  expect(disk.getText('/a')).toBe('lostgood')
  expect(disk.afterCrash(0).getText('/a')).toBe('\0\0\0\0good')
  expect(outcomes(disk, '/a')).toContain('lostgood')

  const honest = await diskWith('')
  await write(honest.file, 'late', 0)
  honest.disk.setFault({ kind: 'EIO', at: 1, forever: false, keepsDirty: true })
  await expect(honest.file.sync()).rejects.toMatchObject({ code: 'EIO' })
  await honest.file.sync()
  expect(honest.disk.afterCrash(0).getText('/a')).toBe('late')
})

test('lost bytes never come back over newer ones', async () => {
  const { disk, file } = await diskWith('')
  await write(file, 'lost', 0)
  disk.setFault({ kind: 'EIO', at: 1, forever: false })
  await expect(file.sync()).rejects.toMatchObject({ code: 'EIO' })
  await write(file, 'NE', 1)
  await file.sync()
  for (const text of outcomes(disk, '/a')) expect(text!.slice(1, 3)).toBe('NE')
})

test('every kind of fault reaches each of its calls, once or from then on, before or after the effect', async () => {
  const scenario = async (disk: SimulatedDisk) => {
    const failed: string[] = []
    const go = async <V>(call: Promise<V>, name: string) => {
      try {
        return await call
      } catch (error) {
        failed.push(`${name} ${(error as NodeJS.ErrnoException).code}`)
        return null
      }
    }
    await go(disk.makeFolder('/d'), 'makeFolder')
    await go(disk.realPath('/a'), 'realPath')
    await go(disk.canReplace('/a'), 'canReplace')
    const made = await go(disk.open('/new', 'create'), 'create')
    const file = await go(disk.open('/a', 'write'), 'open')
    const durable = await go(disk.open('/a', 'write', 0o600, true), 'open')
    if (durable) await go(write(durable, 'hello', 0), 'durable write')
    if (file) {
      await go(write(file, 'hello', 0), 'write')
      await go(file.sync(), 'sync')
      await go(file.read(new Uint8Array(5), 0, 5, 0), 'read')
      await go(file.truncate(1), 'truncate')
      await go(file.stat(), 'fstat')
      await go(file.close(), 'close')
    }
    await go(disk.stat('/a'), 'stat')
    await go(disk.list('/'), 'list')
    if (made) await go(disk.rename('/new', '/c'), 'rename')
    if (made) await go(disk.unlink('/c'), 'unlink')
    const socket = await go(
      disk.listen('/s', () => ''),
      'listen',
    )
    await go(disk.greet('/s'), 'greet')
    await socket?.close()
    await go(disk.syncFolder('/'), 'syncFolder')
    return failed
  }
  for (const kind of ['EIO', 'ENOSPC', 'EDQUOT', 'EFBIG', 'EPERM', 'EMFILE'] as FaultKind[]) {
    const reached = new Set<string>()
    for (let at = 1; ; at++) {
      const disk = new SimulatedDisk()
      disk.recordLog = true
      disk.putFile('/a', '0123456789')
      disk.setFault({ kind, at, forever: false, afterEffect: at % 2 === 0 })
      const failed = await scenario(disk)
      if (disk.faultsFired === 0) break
      expect(disk.faultsFired).toBe(1)
      expect(failed[0]).toMatch(new RegExp(` ${kind}$`))
      // Not what was asked for: a durable write consists of two calls.
      reached.add(disk.log[disk.log.findIndex((line) => line.includes('→ E')) - 1]!.split(' ')[1]!)
    }
    expect([...reached].sort()).toEqual([...FAULTY_CALLS[kind]].sort())
    const disk = new SimulatedDisk()
    disk.putFile('/a', '0123456789')
    disk.setFault({ kind, at: 2, forever: true })
    await scenario(disk)
    expect(disk.faultsFired).toBe(disk.faultCandidates - 1)
  }
})

test('what a durable write wrote is certain when it has resolved, and any part of it before', async () => {
  const disk = new SimulatedDisk()
  disk.putFile('/a', 'old')
  const file = await disk.open('/a', 'write', undefined, true)
  expect(file.durable).toBe(true)
  expect(await write(file, 'newer', 0)).toBe(5)
  expect(outcomes(disk, '/a')).toEqual(new Set(['newer']))
  disk.onCall = () => {
    if (disk.getText('/a') !== 'newest') return
    disk.onCall = null
    const seen = outcomes(disk, '/a', 3000)
    for (const left of ['newer', 'newest', 'newes', '\0\0\0\0\0', 'newes\0']) expect(seen).toContain(left)
  }
  await write(file, 'newest', 0)
  expect(disk.onCall).toBeNull()
  await file.truncate(2)
  expect(outcomes(disk, '/a')).toContain('newest')
  await write(file, 'xt', 2)
  expect(outcomes(disk, '/a')).toEqual(new Set(['next']))

  disk.durableWrites = false
  expect((await disk.open('/a', 'write', undefined, true)).durable).toBe(false)
})

test('a durable write leaves other writes to their own flush', async () => {
  const disk = new SimulatedDisk()
  disk.putFile('/a', '')
  await write(await disk.open('/a', 'write'), 'plain', 0)
  await write(await disk.open('/a', 'write', undefined, true), 'durable', 5)
  expect(disk.afterCrash(0).getText('/a')).toBe('\0\0\0\0\0durable')
})

test('a durable write that fails has taken any part of its bytes, which no later flush makes durable', async () => {
  const taken = new Set<string | null>()
  for (let seed = 0; seed < 100; seed++) {
    for (const at of [1, 2]) {
      const disk = new SimulatedDisk(seed)
      disk.putFile('/a', '')
      const file = await disk.open('/a', 'write', undefined, true)
      // The first of the two is the taking, the second the flush.
      disk.setFault({ kind: 'EIO', at, forever: false })
      await expect(write(file, 'lost', 0)).rejects.toMatchObject({ code: 'EIO' })
      taken.add(disk.getText('/a'))
      await file.sync()
      expect(disk.afterCrash(0).getText('/a')!.replaceAll('\0', '')).toBe('')
    }
  }
  expect(taken).toEqual(new Set(['', 'l', 'lo', 'los', 'lost']))
})

test('a call that fails after its effect has done its work', async () => {
  const disk = new SimulatedDisk()
  disk.putFile('/a', 'x')
  disk.setFault({ kind: 'EIO', at: 1, forever: false, afterEffect: true })
  await expect(disk.rename('/a', '/b')).rejects.toMatchObject({ code: 'EIO' })
  expect([...disk.files().keys()]).toEqual(['/b'])
})

test('short reads and writes move at least one byte and fewer than asked for', async () => {
  const { disk, file } = await diskWith('')
  disk.setFault({ kind: 'short', at: 1, forever: true })
  const counts = new Set<number>()
  for (let i = 0; i < 100; i++) counts.add(await write(file, 'abcd', 0))
  expect([...counts].sort()).toEqual([1, 2, 3])
  expect(await file.read(new Uint8Array(3), 0, 3, 0)).toBeLessThan(3)
})

test('a full disk writes what fits, then ENOSPC, and has room again after an unlink', async () => {
  const { disk, file } = await diskWith('')
  disk.putFile('/b', '12345')
  disk.capacity = 8
  expect(await write(file, 'abcdef', 0)).toBe(3)
  await expect(write(file, 'def', 3)).rejects.toMatchObject({ code: 'ENOSPC' })
  expect(await write(file, 'ABC', 0)).toBe(3)
  await disk.unlink('/b')
  expect(await write(file, 'def', 3)).toBe(3)
})

test('errors of ordinary life', async () => {
  const disk = new SimulatedDisk()
  await expect(disk.open('/a', 'read')).rejects.toMatchObject({ code: 'ENOENT' })
  await expect(disk.unlink('/a')).rejects.toMatchObject({ code: 'ENOENT' })
  await expect(disk.rename('/a', '/b')).rejects.toMatchObject({ code: 'ENOENT' })
  await expect(disk.list('/none')).rejects.toMatchObject({ code: 'ENOENT' })
  expect(await disk.stat('/a')).toBeNull()
  const file = await disk.open('/a', 'create')
  await expect(disk.open('/a', 'create')).rejects.toMatchObject({ code: 'EEXIST' })
  await expect(disk.makeFolder('/a')).rejects.toMatchObject({ code: 'EEXIST' })
  await file.close()
  await expect(file.stat()).rejects.toThrow('closed')
})

test('the lock works on it: one owner, and none after a crash', async () => {
  const disk = new SimulatedDisk()
  const lock = await acquireLock(disk, '/a', { waitMs: 0 })
  await expect(acquireLock(disk, '/a', { waitMs: 0 })).rejects.toMatchObject({ code: 'LOCKED' })
  const after = disk.afterKill()
  const next = await acquireLock(after, '/a', { waitMs: 0 })
  expect((await after.list('/')).length).toBe(1)
  await next.release()
  expect(await after.list('/')).toEqual([])
  void lock
})

test('the same seed gives the same crash', async () => {
  const { disk, file } = await diskWith('.'.repeat(5000))
  await write(file, 'N'.repeat(5000), 7)
  for (let seed = 0; seed < 20; seed++) {
    expect(disk.afterCrash(seed).getText('/a')).toBe(disk.afterCrash(seed).getText('/a'))
  }
})
