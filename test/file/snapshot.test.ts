import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { DiskFile } from '../../src/file/Disk.js'
import { readSnapshot } from '../../src/file/SnapshotReader.js'
import { writeSnapshot } from '../../src/file/SnapshotWriter.js'
import { SimulatedDisk } from '../simulated/SimulatedDisk.js'
import { codeOf } from './support/TestOwner.js'

async function read(content: string | Uint8Array): Promise<unknown[]> {
  const disk = new SimulatedDisk()
  disk.putFile('/f.json', content)
  const file = await disk.open('/f.json', 'read')
  return (await readSnapshot(file, '/f.json')).items
}

async function offsetOf(content: string | Uint8Array): Promise<unknown> {
  try {
    await read(content)
  } catch (error) {
    const { code, details } = error as { code: string; details: { offset: unknown } }
    return [code, details.offset]
  }
  return 'read'
}

/** JSON text of a value with blanks of every kind wherever they may stand. */
function laidOut(value: unknown, blank: () => string): string {
  const gap = blank
  if (Array.isArray(value)) {
    return `[${gap()}${value.map((v) => laidOut(v, blank)).join(`${gap()},${gap()}`)}${gap()}]`
  }
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).map(
      ([k, v]) => `${JSON.stringify(k)}${gap()}:${gap()}${laidOut(v, blank)}`,
    )
    return `{${gap()}${entries.join(`${gap()},${gap()}`)}${gap()}}`
  }
  return JSON.stringify(value)
}

describe('reading a data file', () => {
  test('takes any valid array however it is laid out, with a byte order mark too', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.jsonValue()),
        fc.array(fc.constantFrom('', '', ' ', '\n', '\t', '\r\n', '   '), { minLength: 1 }),
        fc.boolean(),
        async (items, blanks, mark) => {
          let n = 0
          const text = laidOut(items, () => blanks[n++ % blanks.length]!)
          const bytes = Buffer.from(`${mark ? '\ufeff' : ''}${text}\n`)
          expect(await read(bytes)).toEqual(JSON.parse(text))
        },
      ),
      { numRuns: 300 },
    )
  })

  const word = (n: number) => `ä"[{,\\${'x'.repeat(n)}\u2028]}`
  const large = Array.from({ length: 3000 }, (_, i) => ({
    id: `id${i}`,
    list: [[i, '},\n{'], { [word(i % 700)]: word(i) }],
  }))
  test.each([
    ['one item a line', `[\n${large.map((x) => JSON.stringify(x)).join(',\n')}\n]\n`],
    ['all on one line', JSON.stringify(large)],
    ['indented', JSON.stringify(large, null, 2)],
    ['one item longer than any buffer', JSON.stringify([{ id: 'x', v: 'é'.repeat(3_000_000) }, 1])],
    [
      'lines at first, then not',
      `[\n${large.map((x) => JSON.stringify(x)).join(',\n')},${JSON.stringify(large).slice(1)}`,
    ],
  ])('takes files of many buffers: %s', async (_, text) => {
    expect(await read(text)).toEqual(JSON.parse(text))
  })

  test.each([
    ['zero bytes', '', 0],
    ['blank', ' \n', 0],
    ['NULs', Buffer.alloc(5000), 0],
    ['an object', ' {"a":1}', 1],
    ['a scalar', '12', 0],
    ['cut short', '[{"a":1},{"a"', 13],
    ['no end', '[1,2', 4],
    ['a comma too much', '[1,2,]', 5],
    ['a comma at the start', '[,1]', 1],
    ['two commas', '[1,,2]', 3],
    ['text behind the end', '[1] x', 4],
    ['a brace that nothing opened', '[1}]', 2],
    ['bad UTF-8', Buffer.from([0x5b, 0x22, 0xc3, 0x28, 0x22, 0x5d]), 2],
    ['a surrogate in UTF-8', Buffer.from([0x5b, 0x22, 0xed, 0xa0, 0x80, 0x22, 0x5d]), 2],
  ] as const)('refuses what it does not understand, untouched: %s', async (_, content, offset) => {
    expect(await offsetOf(content)).toEqual(['DATA_CORRUPTED', offset])
  })

  test('NULs behind good items are named as what they are', async () => {
    await expect(read(Buffer.concat([Buffer.from('[\n{"id":1},\n'), Buffer.alloc(512)]))).rejects.toThrow(
      /NUL/,
    )
  })

  test('refuses past the first buffer what it refuses in it', async () => {
    const lines = large.map((x) => JSON.stringify(x)).join(',\n')
    const bytes = Buffer.byteLength(lines)
    expect(bytes).toBeGreaterThan(2 * 1024 * 1024)
    const long = JSON.stringify('x'.repeat(1_500_000))
    // A comma too much before the end, at the start, and in the middle, each seen from another buffer than its item.
    for (const text of [`[${lines},\n]`, `[ ,${long}]`, `[${long}, ,${long}]`, `[${long},${long}, ]`]) {
      expect(await codeOf(read(text))).toBe('DATA_CORRUPTED')
    }
    expect(await offsetOf(`[ ,${long}]`)).toEqual(['DATA_CORRUPTED', 1])
    expect(await offsetOf(`[${lines}`)).toEqual(['DATA_CORRUPTED', 1 + bytes])
    expect(await offsetOf(`${' '.repeat(1_500_000)}x`)).toEqual(['DATA_CORRUPTED', 1_500_000])
    const bad = Buffer.from(`[\n${lines}\n]`)
    bad[700_000] = 0xff
    expect(await offsetOf(bad)).toEqual(['DATA_CORRUPTED', 700_000])
  })

  test('an item that is longer than any text can be is refused, and not read on', async () => {
    let calls = 0
    const endless = {
      read: async (buffer: Uint8Array, offset: number, length: number, position: number) => {
        // The start of an array and of a text in it that never ends.
        buffer.fill(0x78, offset, offset + length)
        if (position === 0) buffer.set([0x5b, 0x22], offset)
        calls++
        return length
      },
    } as unknown as DiskFile
    await expect(readSnapshot(endless, '/f.json')).rejects.toMatchObject({
      code: 'DATA_CORRUPTED',
      message: expect.stringContaining('longer than 512 MiB'),
      details: { offset: 1 },
    })
    expect(calls).toBeLessThan(15)
  })

  test.each(['{"a":', '['])(
    'refuses an item that is too deep to be copied, wherever it stands: %s',
    async (open) => {
      const close = open === '[' ? ']' : '}'
      const deep = (levels: number) => `{"id":1,"a":${open.repeat(levels)}1${close.repeat(levels)}}`
      const many = Array.from({ length: 12_000 }, (_, id) =>
        JSON.stringify({ id, v: 'x'.repeat(150 + (id % 100)), n: [[{}]] }),
      )
      many[100] = JSON.stringify({ id: 100, v: '}'.repeat(3000) })
      many[200] = JSON.stringify({ id: 200, v: Array.from({ length: 600 }, () => [{}]) })
      for (const at of [0, 9, 7000, 11_999]) {
        for (const between of [',\n', ', ']) {
          many[at] = deep(999)
          expect(await read(`[\n${many.join(between)}\n]\n`)).toHaveLength(12_000)
          many[at] = deep(1000)
          await expect(read(`[\n${many.join(between)}\n]\n`)).rejects.toMatchObject({
            code: 'DATA_CORRUPTED',
            message: expect.stringContaining(`item ${at} is nested`),
          })
          many[at] = '{}'
        }
      }
      expect(await codeOf(read(`[${deep(100_000)}]`))).toBe('DATA_CORRUPTED')
    },
  )

  test('every truncation and every flipped byte gives items or DATA_CORRUPTED', async () => {
    const whole = Buffer.from('[\n{"id":"ä","n":[1,2]},\n{"id":"b\\"","x":null}\n]\n')
    for (let length = 0; length < whole.length; length++) {
      const cut = whole.subarray(0, length)
      if (length < whole.length - 1) expect(await codeOf(read(cut))).toBe('DATA_CORRUPTED')
    }
    for (let at = 0; at < whole.length; at++) {
      for (let bit = 0; bit < 8; bit++) {
        const flipped = Buffer.from(whole)
        flipped[at]! ^= 1 << bit
        const outcome = await read(flipped).catch((error) => error.code)
        if (outcome !== 'DATA_CORRUPTED') {
          expect([at, bit, outcome]).toEqual([
            at,
            bit,
            JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(flipped)),
          ])
        }
      }
    }
  })

  test('agrees with JSON.parse on arbitrary bytes', async () => {
    const piece = fc.constantFrom(
      '[',
      ']',
      '{',
      '}',
      ',',
      '"',
      '\\',
      ':',
      '1',
      'null',
      '"a"',
      ' ',
      '\n',
      'é',
      '\0',
    )
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 12 }), async (pieces) => {
        const text = pieces.join('')
        let expected: unknown
        try {
          expected = JSON.parse(text)
        } catch {}
        const outcome = await read(text).catch((error) => error.code)
        expect(outcome).toEqual(Array.isArray(expected) ? expected : 'DATA_CORRUPTED')
      }),
      { numRuns: 3000 },
    )
  })
})

describe('writing a snapshot', () => {
  test('one item a line, its size and checksum those of the bytes, short writes gone on with', async () => {
    const disk = new SimulatedDisk()
    disk.setFault({ kind: 'short', at: 1, forever: true })
    const written = await writeSnapshot(disk, '/s', [{ a: 'ä' }, 2], 0o640)
    disk.setFault(null)
    expect(disk.getText('/s')).toBe('[\n{"a":"ä"},\n2\n]\n')
    expect(written.stat.mode & 0o777).toBe(0o640)
    const snapshot = await readSnapshot(await disk.open('/s', 'read'), '/s')
    expect({ size: written.size, crc: written.crc }).toEqual({ size: snapshot.size, crc: snapshot.crc })
  })

  test('is on the disk when it resolves', async () => {
    const disk = new SimulatedDisk()
    await writeSnapshot(
      disk,
      '/s',
      Array.from({ length: 2000 }, (_, id) => ({ id })),
      0o600,
    )
    await disk.syncFolder('/')
    const size = disk.getFile('/s')!.length
    for (let seed = 0; seed < 20; seed++) expect(disk.afterCrash(seed).getFile('/s')!.length).toBe(size)
  })

  test('no items are an empty array', async () => {
    const disk = new SimulatedDisk()
    await writeSnapshot(disk, '/s', [], 0o600)
    expect(disk.getText('/s')).toBe('[]\n')
  })

  test('a large one is flushed every MiB, lets other work run, and reads as it was written', async () => {
    const disk = new SimulatedDisk()
    const items = Array.from({ length: 100 }, (_, id) => ({ id, v: 'ä'.repeat(50_000) }))
    let turns = 0
    let writing = true
    const turn = () => {
      turns++
      if (writing) setImmediate(turn)
    }
    setImmediate(turn)
    disk.recordLog = true
    const written = await writeSnapshot(disk, '/s', items, 0o600)
    writing = false
    expect(written.size).toBeGreaterThan(10_000_000)
    const calls = disk.log.map((line) => line.split(' ')[1])
    const between: number[] = []
    for (const [i, call] of calls.entries()) {
      if (call === 'sync') between.push(calls.slice(0, i).filter((it) => it === 'write').length)
    }
    // Each MiB but the last on the way, and the one at the end.
    expect(between.length).toBeGreaterThan(5)
    expect(calls.filter((call) => call === 'write').length).toBeGreaterThan(30)
    expect(turns).toBeGreaterThan(30)
    expect((await readSnapshot(await disk.open('/s', 'read'), '/s')).items).toEqual(items)
  })

  test('a slice ends after a millisecond however little text there is', async () => {
    const slow = (id: number) => ({
      toJSON() {
        const end = performance.now() + 0.1
        while (performance.now() < end);
        return id
      },
    })
    const slices: [number, number][] = []
    const disk = new SimulatedDisk()
    const items = Array.from({ length: 64 }, (_, id) => slow(id))
    await writeSnapshot(disk, '/s', items, 0o600, async (...slice) => void slices.push(slice))
    expect(slices.map(([, done]) => done)).toEqual([0.25, 0.5, 0.75])
    for (const [worked] of slices) expect(worked).toBeGreaterThan(1.5)
    expect(JSON.parse(disk.getText('/s')!)).toHaveLength(64)
  })

  test('ends when what runs between slices rejects, and leaves nothing', async () => {
    const disk = new SimulatedDisk()
    const items = Array.from({ length: 100 }, () => 'x'.repeat(50_000))
    let asked = 0
    disk.recordLog = true
    const between = async () => {
      if (++asked === 3) throw new Error('enough')
    }
    await expect(writeSnapshot(disk, '/s', items, 0o600, between)).rejects.toThrow('enough')
    expect(disk.log.filter((line) => line.split(' ')[1] === 'write').length).toBeLessThan(4)
    expect([...disk.files().keys()]).toEqual([])
  })

  test('what JSON cannot hold is null', async () => {
    const disk = new SimulatedDisk()
    await writeSnapshot(disk, '/s', [undefined, 1, () => 2], 0o600)
    expect(JSON.parse(disk.getText('/s')!)).toEqual([null, 1, null])
  })

  test('one whose last item fills a piece ends behind it', async () => {
    const disk = new SimulatedDisk()
    const items = [1, 'x'.repeat(200_000)]
    disk.recordLog = true
    const written = await writeSnapshot(disk, '/s', items, 0o600)
    expect(disk.log.filter((line) => line.split(' ')[1] === 'write').length).toBe(1)
    expect(JSON.parse(disk.getText('/s')!)).toEqual(items)
    expect(written.size).toBe(disk.getFile('/s')!.length)
  })

  test('takes the place of one that could not be removed', async () => {
    const disk = new SimulatedDisk()
    disk.putFile('/s', 'left, and longer than what comes')
    await writeSnapshot(disk, '/s', [1], 0o600)
    expect(disk.getText('/s')).toBe('[\n1\n]\n')
  })

  test('a disk that takes no byte is an error, not a wait for ever', async () => {
    const disk = new SimulatedDisk()
    const open = disk.open.bind(disk)
    let closed = false
    disk.open = async (path, how, mode) => {
      const file = await open(path, how, mode)
      const close = async () => {
        closed = true
        throw new Error('nor can it be closed')
      }
      return Object.assign(Object.create(file) as DiskFile, { write: async () => 0, close })
    }
    await expect(writeSnapshot(disk, '/s', [1], 0o600)).rejects.toThrow('took no byte')
    expect(closed).toBe(true)
    expect([...disk.files().keys()]).toEqual([])
  })
})
