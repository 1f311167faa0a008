import { describe, expect, test } from 'vitest'
import type { DiskFile } from '../../src/file/Disk.js'
import { UNUSED } from '../../src/file/frame.js'
import { JournalFile } from '../../src/file/JournalFile.js'
import { SimulatedDisk } from '../simulated/SimulatedDisk.js'
import { codeOf, reopened } from './support/TestOwner.js'

const PATH = '/journal'
const STEP = 1000

/** Comes between the file and each of its calls: waits, or throws. */
type Between = (call: 'open' | 'write' | 'read' | 'close', about: string) => Promise<void> | void

/** A disk of which a test holds back or fails single calls. A write is named by where it begins and its first byte. */
class HeldDisk extends SimulatedDisk {
  between: Between = () => {}
  opened = 0
  closed = 0

  override async open(...args: Parameters<SimulatedDisk['open']>): Promise<DiskFile> {
    await this.between('open', args[0])
    const file = await super.open(...args)
    this.opened++
    return {
      durable: file.durable,
      read: async (buffer, offset, length, position) => {
        await this.between('read', `${position}`)
        return file.read(buffer, offset, length, position)
      },
      write: async (buffer, offset, length, position) => {
        await this.between('write', `${position} ${buffer[offset] === UNUSED ? 'space' : 'bytes'}`)
        return file.write(buffer, offset, length, position)
      },
      sync: () => file.sync(),
      truncate: (size) => file.truncate(size),
      stat: () => file.stat(),
      close: async () => {
        this.closed++
        await this.between('close', args[0])
        return file.close()
      },
    }
  }
}

const failure = (code: string) => Object.assign(new Error(code), { code })

async function opened(disk = new HeldDisk()): Promise<{ disk: HeldDisk; file: JournalFile }> {
  disk.putFile(PATH, '')
  const first = await disk.open(PATH, 'write', undefined, true)
  return { disk, file: await JournalFile.over(first, disk, PATH, 0, STEP) }
}

const bytes = (text: string, length = 100) => Buffer.alloc(length, text)

/** What the file holds, runs of one byte as its character and their length. */
function runs(disk: SimulatedDisk): string {
  const text = Buffer.from(disk.getFile(PATH)!)
    .toString('latin1')
    .replaceAll(String.fromCharCode(UNUSED), '.')
  return text.replaceAll(/(.)\1*/gs, (run, of: string) => `${of}${run.length} `).trim()
}

/** Space that is to be written ahead from now on waits for the function returned. */
function holdSpace(disk: HeldDisk): () => void {
  let resume = () => {}
  const released = new Promise<void>((done) => {
    resume = done
  })
  disk.between = (call, about) => (call === 'write' && about.endsWith('space') ? released : undefined)
  return resume
}

const turns = async () => {
  for (let i = 0; i < 50; i++) await null
}

describe('space is written ahead', () => {
  test('in steps, and the next when half of the last is used', async () => {
    const { disk, file } = await opened()
    await file.write(bytes('a'), 100, 0)
    expect(runs(disk)).toBe('a100 .1900')
    await file.write(bytes('b'), 100, 100)
    await turns()
    expect(runs(disk)).toBe('a100 b100 .1800')
    for (let i = 2; i < 16; i++) await file.write(bytes('c'), 100, i * 100)
    await turns()
    expect(runs(disk)).toBe('a100 b100 c1400 .2400')
    await file.close()
  })

  test('in steps that grow with the file, to sixteen times the first', async () => {
    const { disk, file } = await opened()
    for (let at = 0; at < 100_000; at += 500) await file.write(bytes('x', 500), 500, at)
    await turns()
    const ahead = disk.getFile(PATH)!.length - 100_000
    expect(ahead).toBeGreaterThan(STEP * 8)
    expect(ahead).toBeLessThanOrEqual(STEP * 24)
  })

  test('but not for a long write, which extends the file itself, nor over it', async () => {
    const { disk, file } = await opened()
    const long = 1024 * 1024
    await file.write(bytes('a'), 100, 0)
    const writes: string[] = []
    disk.between = (call, about) => void (call === 'write' && writes.push(about))
    await file.write(bytes('b', long), long, 100)
    await turns()
    expect(writes[0]).toBe('100 bytes')
    expect(runs(disk)).toMatch(/^a100 b1048576( \.\d+)?$/)
  })

  test('nor over the place of a long write that is asked for and has not begun', async () => {
    const long = 3 * 1024 * 1024
    for (const size of [10, 100, 1024 * 1024]) {
      const { disk, file } = await opened()
      await file.write(bytes('a'), 100, 0)
      await Promise.all([
        file.write(bytes('b', long), long, 100),
        file.write(bytes('c', size), size, 100 + long),
      ])
      await turns()
      expect(runs(disk)).toMatch(new RegExp(`^a100 b${long} c${size}( \\.\\d+)?$`))
    }
  })

  test('nor over that of one that waits for the same space as a short one', async () => {
    const long = 3 * 1024 * 1024
    for (const size of [900, 1500, 3000]) {
      const { disk, file } = await opened()
      await file.write(bytes('a'), 100, 0)
      const release = holdSpace(disk)
      // Uses more than half, and starts the extension that both wait for.
      await file.write(bytes('b', 1200), 1200, 100)
      const both = [file.write(bytes('c', size), size, 1300), file.write(bytes('d', long), long, 1300 + size)]
      await turns()
      release()
      await Promise.all(both)
      await turns()
      expect(runs(disk)).toMatch(new RegExp(`^a100 b1200 c${size} d${long}( \\.\\d+)?$`))
    }
  })

  test('a write that needs more waits for what is being extended, a long one too', async () => {
    for (const length of [1500, 1024 * 1024]) {
      const { disk, file } = await opened()
      await file.write(bytes('a'), 100, 0)
      const release = holdSpace(disk)
      // Uses more than half, and starts the extension.
      await file.write(bytes('b', 1200), 1200, 100)
      const order: string[] = []
      const writing = file.write(bytes('c', length), length, 1300).then(() => order.push('written'))
      await turns()
      order.push('extended')
      release()
      await writing
      expect(order).toEqual(['extended', 'written'])
      await turns()
      expect(runs(disk)).toMatch(new RegExp(`^a100 b1200 c${length}( \\.\\d+)?$`))
    }
  })

  test('an extension that finds no room fails nobody until its room is needed', async () => {
    const { disk, file } = await opened()
    await file.write(bytes('a'), 100, 0)
    let attempts = 0
    disk.between = (call, about) => {
      if (call !== 'write' || !about.endsWith('space')) return
      attempts++
      throw failure('ENOSPC')
    }
    for (let i = 1; i < 20; i++) await file.write(bytes('b'), 100, i * 100)
    expect(attempts).toBe(1)
    expect(runs(disk)).toBe('a100 b1900')
    // A whole step is tried, and then no more than is needed.
    expect(await codeOf(file.write(bytes('c'), 100, 2000))).toBe('ENOSPC')
    expect(attempts).toBe(3)
    await file.cut(2000)
    disk.between = () => {}
    await file.write(bytes('d'), 100, 2000)
    expect(runs(disk)).toMatch(/^a100 b1900 d100 /)
  })

  test('with room for a write and not for a whole step, the write is done', async () => {
    const { disk, file } = await opened()
    disk.capacity = 1500
    await file.write(bytes('a'), 100, 0)
    await file.write(bytes('b', 900), 900, 100)
    await turns()
    await file.write(bytes('c', 500), 500, 1000)
    expect(runs(disk)).toBe('a100 b900 c500')
    expect(await codeOf(file.write(bytes('d'), 100, 1500))).toBe('ENOSPC')
  })

  test('an extension that fails otherwise is a flush that failed: nothing is written any more', async () => {
    const { disk, file } = await opened()
    await file.write(bytes('a'), 100, 0)
    disk.between = (call, about) => {
      if (call === 'write' && about.endsWith('space')) throw failure('EIO')
    }
    await file.write(bytes('b', 1200), 1200, 100)
    await turns()
    expect(await codeOf(file.write(bytes('c'), 100, 1300))).toBe('EIO')
    expect(await codeOf(file.cut(1300))).toBe('EIO')
    expect(runs(disk)).toBe('a100 b1200 .700')
  })
})

describe('two writes under way', () => {
  /** Both are begun; each goes on when its place is let go. */
  async function two() {
    const { disk, file } = await opened()
    await file.write(bytes('a'), 100, 0)
    const gates = new Map<string, { go: () => void; fail: (code: string) => void }>()
    disk.between = (call, about) => {
      if (call !== 'write' || !about.endsWith('bytes')) return
      return new Promise<void>((resolve, reject) => {
        gates.set(about.split(' ')[0]!, { go: resolve, fail: (code) => reject(failure(code)) })
      })
    }
    const order: string[] = []
    const note = (name: string, writing: Promise<void>) =>
      writing.then(
        () => order.push(name),
        (error) => order.push(`${name} ${error.code}`),
      )
    const first = note('first', file.write(bytes('b'), 100, 100))
    const second = note('second', file.write(bytes('c'), 100, 200))
    await turns()
    expect([...gates.keys()]).toEqual(['100', '200'])
    return { disk, file, gates, order, both: Promise.all([first, second]) }
  }

  test('each goes through a descriptor of its own', async () => {
    // The simulated disk refuses two at once through one.
    const { gates, order, both, disk } = await two()
    gates.get('100')!.go()
    gates.get('200')!.go()
    await both
    expect(order).toEqual(['first', 'second'])
    expect(disk.opened).toBe(3)
  })

  test('resolve in order, whichever is done first', async () => {
    const { gates, order, both } = await two()
    gates.get('200')!.go()
    await turns()
    expect(order).toEqual([])
    gates.get('100')!.go()
    await both
    expect(order).toEqual(['first', 'second'])
  })

  test('the second fails with the first, when both are over', async () => {
    const { gates, order, both, file } = await two()
    gates.get('100')!.fail('EIO')
    await turns()
    expect(order).toEqual(['first EIO'])
    gates.get('200')!.go()
    await both
    expect(order).toEqual(['first EIO', 'second EIO'])
    expect(await codeOf(file.cut(100))).toBe('EIO')
  })

  test('the first does not fail with the second', async () => {
    const { gates, order, both } = await two()
    gates.get('200')!.fail('EIO')
    await turns()
    expect(order).toEqual([])
    gates.get('100')!.go()
    await both
    expect(order).toEqual(['first', 'second EIO'])
  })

  test('no room for the first, and nothing taken: both can be cut off, and writing goes on', async () => {
    const { gates, order, both, file, disk } = await two()
    gates.get('100')!.fail('ENOSPC')
    gates.get('200')!.go()
    await both
    expect(order).toEqual(['first ENOSPC', 'second ENOSPC'])
    await file.cut(100)
    expect(runs(disk)).toBe('a100')
    disk.between = () => {}
    await file.write(bytes('d'), 100, 100)
    expect(runs(disk)).toMatch(/^a100 d100 \.\d+$/)
  })
})

describe('a full disk within space that was written ahead', () => {
  test.each([
    ['after a part was written', 'short'],
    ['when nobody can look', 'read'],
  ])('%s, nobody knows what the file holds', async (_, how) => {
    const { disk, file } = await opened()
    await file.write(bytes('a'), 100, 0)
    let calls = 0
    disk.between = (call) => {
      if (call === 'read' && how === 'read') throw failure('EIO')
      if (call === 'write' && (how === 'read' || ++calls === 2)) throw failure('ENOSPC')
    }
    if (how === 'short') disk.setFault({ kind: 'short', at: 1, forever: false })
    expect(await codeOf(file.write(bytes('b'), 100, 100))).toBe('ENOSPC')
    expect(await codeOf(file.cut(100))).toBe('ENOSPC')
  })
})

describe('descriptors', () => {
  test('one that cannot be opened: all are closed', async () => {
    for (const which of [2, 3]) {
      const disk = new HeldDisk()
      let n = 0
      disk.between = (call) => {
        if (call === 'open' && ++n === which) throw failure('EMFILE')
      }
      expect(await codeOf(opened(disk))).toBe('EMFILE')
      expect(disk.closed).toBe(which - 1)
    }
  })

  test('one that cannot be opened, and one that cannot be closed: the first is told', async () => {
    const disk = new HeldDisk()
    disk.between = (call) => {
      if (call === 'open' && disk.opened === 2) throw failure('EMFILE')
      if (call === 'close') throw failure('EIO')
    }
    expect(await codeOf(opened(disk))).toBe('EMFILE')
    expect(disk.closed).toBe(2)
  })

  test('one that cannot be closed: the others are', async () => {
    const { disk, file } = await opened()
    disk.between = (call) => {
      if (call === 'close' && disk.closed === 1) throw failure('EIO')
    }
    expect(await codeOf(file.close())).toBe('EIO')
    expect(disk.closed).toBe(3)
  })

  test('where no write is durable there is one, and nothing is written ahead', async () => {
    const disk = new HeldDisk()
    disk.durableWrites = false
    const { file } = await opened(disk)
    await file.write(bytes('a'), 100, 0)
    expect([disk.opened, file.lanes, runs(disk)]).toEqual([1, 1, 'a100'])
  })
})

describe('a store', () => {
  test('gives back what was written ahead when the disk is full', async () => {
    const disk = new SimulatedDisk()
    disk.putFolder('/d')
    const owner = await reopened(disk, '/d/items.json')
    await owner.put('a')
    disk.capacity = disk.used()
    let code = ''
    while (code === '') {
      code = await owner.put('b', 'x'.repeat(10_000)).then(
        () => '',
        (error) => error.code,
      )
    }
    expect(code).toBe('STORAGE_FULL')
    expect(disk.used()).toBeLessThan(disk.capacity)
  })

  test('takes a little of the disk for a little item, however late a checkpoint is to come', async () => {
    const disk = new SimulatedDisk()
    disk.putFolder('/d')
    const owner = await reopened(disk, '/d/items.json', { checkpointSize: 2 ** 30 })
    await owner.put('a')
    expect(disk.used()).toBeLessThan(256 * 1024)
    for (let i = 0; i < 40; i++) await owner.put(`i${i}`, 'x'.repeat(50_000))
    expect(disk.used()).toBeLessThan(4 * 1024 * 1024)
  })
})
