import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readSnapshot } from '../../src/file/SnapshotReader.js'
import { SnapshotStopped, writeSnapshot } from '../../src/file/SnapshotWriter.js'
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
    const written = await writeSnapshot(disk, '/s', [{ a: 'ä' }, 2], 0o640, () => false)
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
      () => false,
    )
    await disk.syncFolder('/')
    const size = disk.getFile('/s')!.length
    for (let seed = 0; seed < 20; seed++) expect(disk.afterCrash(seed).getFile('/s')!.length).toBe(size)
  })

  test('no items are an empty array', async () => {
    const disk = new SimulatedDisk()
    await writeSnapshot(disk, '/s', [], 0o600, () => false)
    expect(disk.getText('/s')).toBe('[]\n')
  })

  test('stops when told to, and leaves nothing', async () => {
    const disk = new SimulatedDisk()
    await expect(writeSnapshot(disk, '/s', [1], 0o600, () => true)).rejects.toThrow(SnapshotStopped)
    expect([...disk.files().keys()]).toEqual([])
  })
})
