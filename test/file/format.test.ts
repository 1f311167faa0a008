import { readFileSync } from 'node:fs'
import { crc32 } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import {
  decodeChange,
  decodeFolded,
  encodeBatch,
  encodeChange,
  encodeFolded,
} from '../../src/file/changeText.js'
import { decodeHeader, encodeHeader, frameIsWhole, peekFrame, sealFrame } from '../../src/file/frame.js'
import { writeSnapshot } from '../../src/file/SnapshotWriter.js'
import { SimulatedDisk } from '../simulated/SimulatedDisk.js'

const doc = readFileSync(new URL('../../docs/file-format.md', import.meta.url), 'utf8')

function vector(name: string): Buffer {
  const found = new RegExp(`\`\`\`vector ${name}\n([0-9a-f \n]+)\`\`\``).exec(doc)
  if (found === null) throw new Error(`docs/file-format.md has no vector ${name}`)
  return Buffer.from(found[1]!.replaceAll(/\s/g, ''), 'hex')
}

const lineage = '0102030405060708'
const headers = [
  ['header-none', { generation: 1, first: 1, base: { kind: 'none' }, lineage }],
  [
    'header-file',
    { generation: 7, first: 300, base: { kind: 'file', size: 4294967301, crc: 0xdeadbeef }, lineage },
  ],
  ['header-chain', { generation: 8, first: 301, base: { kind: 'chain', link: 0x01020304 }, lineage }],
] as const

describe('test vectors of docs/file-format.md', () => {
  test.each(headers)('%s', (name, header) => {
    expect(encodeHeader(header).bytes.toString('hex')).toBe(vector(name).toString('hex'))
    expect(decodeHeader(vector(name))).toEqual({ header, crc: vector(name).readUInt32LE(60) })
  })

  test.each([
    [
      'frame-batch',
      encodeChange({ op: 'put', id: 'a', item: { id: 'a' } }),
      { kind: 0, sequence: 1, flushed: 0 },
    ],
    [
      'frame-folded',
      encodeFolded({ sequence: 1, size: 15, crc: 3970452329 }),
      { kind: 1, sequence: 2, flushed: 1 },
    ],
  ])('%s', (name, text, fields) => {
    const journalCrc = vector('header-none').readUInt32LE(60)
    const previous = name === 'frame-batch' ? journalCrc : vector('frame-batch').readUInt32LE(1)
    const bytes = Buffer.alloc(32 + text.length)
    bytes.write(text, 32)
    const all = { ...fields, commit: true, previous, length: text.length }
    const crc = sealFrame(bytes, 0, all, journalCrc)
    expect(bytes.toString('hex')).toBe(vector(name).toString('hex'))
    expect(peekFrame(vector(name), 0)).toEqual({ ...all, crc })
    expect(frameIsWhole(vector(name), 0, { ...all, crc }, journalCrc)).toBe(true)
    // As the page says it, without our own code.
    expect(crc32(vector(name).subarray(5), journalCrc)).toBe(vector(name).readUInt32LE(1))
  })

  test('data-file', async () => {
    const disk = new SimulatedDisk()
    await writeSnapshot(disk, '/f', [{ id: 'a' }, { id: 'b' }], 0o600)
    expect(Buffer.from(disk.getFile('/f')!).toString('hex')).toBe(vector('data-file').toString('hex'))
  })
})

describe('headers and frames', () => {
  test('every flipped bit of a header and of a frame is noticed', () => {
    for (const [name] of headers) {
      const whole = vector(name)
      for (let bit = 0; bit < whole.length * 8; bit++) {
        const flipped = Buffer.from(whole)
        flipped[bit >> 3]! ^= 1 << (bit & 7)
        expect(decodeHeader(flipped), `bit ${bit}`).toBeTypeOf('string')
      }
    }
    const journalCrc = vector('header-none').readUInt32LE(60)
    const whole = vector('frame-batch')
    for (let bit = 0; bit < whole.length * 8; bit++) {
      const flipped = Buffer.from(whole)
      flipped[bit >> 3]! ^= 1 << (bit & 7)
      const fields = peekFrame(flipped, 0)
      const valid =
        fields !== null &&
        32 + fields.length <= flipped.length &&
        frameIsWhole(flipped, 0, fields, journalCrc)
      expect(valid, `bit ${bit}`).toBe(false)
    }
  })

  test('no length past 16 MiB and no impossible number is believed', () => {
    const make = (change: (bytes: Buffer) => void) => {
      const bytes = Buffer.from(vector('frame-batch'))
      change(bytes)
      return peekFrame(bytes, 0)
    }
    expect(make(() => {})).not.toBeNull()
    expect(make((b) => b.writeUInt32LE(16 * 1024 * 1024 - 32, 8))).not.toBeNull()
    expect(make((b) => b.writeUInt32LE(16 * 1024 * 1024 - 31, 8))).toBeNull()
    expect(make((b) => b.writeUInt32LE(0xffffffff, 8))).toBeNull()
    expect(make((b) => b.writeUInt32LE(0x200000, 20))).toBeNull()
    expect(make((b) => b.writeUInt32LE(1, 24))).toBeNull()
    expect(make((b) => (b[5] = 2))).toBeNull()
    expect(make((b) => (b[6] = 2))).toBeNull()
    expect(make((b) => (b[7] = 1))).toBeNull()
  })
})

describe('lines of a batch', () => {
  test.each([
    [{ op: 'put', id: 'ä\n', item: { id: 'ä\n' } }],
    [{ op: 'put', id: 0, item: { id: 0 } }],
    [{ op: 'put', id: null, item: 'text' }],
    [{ op: 'delete', id: false }],
    [{ op: 'deleteAt', positions: [3, 0] }],
    [{ op: 'clear' }],
  ] as const)('come back as they went: %j', (change) => {
    const line = encodeChange(change)
    expect(line.indexOf('\n')).toBe(line.length - 1)
    expect(decodeChange(line)).toEqual(change)
  })

  test.each([
    '',
    '{}',
    '[]',
    '["put","a"]',
    '["put",null,1]',
    '["put",{},1]',
    '["delete"]',
    '["deleteAt",[-1]]',
    '["deleteAt",[1.5]]',
    '["deleteAt",1]',
    '["clear",1]',
    '["add"]',
    '["drop"]',
    'x',
  ])('what is no change is not taken for one: %s', (line) => expect(decodeChange(line)).toBeNull())

  test.each(['', 'null', '{}', '{"sequence":1,"size":2}', '{"sequence":1.5,"size":2,"crc":3}'])(
    'what is no FOLDED is not taken for one: %s',
    (text) => expect(decodeFolded(text)).toBeNull(),
  )

  test('a large batch becomes several texts of about a MiB, at line ends', () => {
    const item = { v: 'x'.repeat(100_000) }
    const texts = encodeBatch(Array.from({ length: 50 }, () => ({ op: 'put', id: null, item }))) as string[]
    expect(texts.length).toBeGreaterThan(2)
    for (const text of texts) {
      expect(text.endsWith('\n')).toBe(true)
      expect(text.length).toBeLessThan(1_200_000)
    }
    expect(texts.join('').split('\n').length - 1).toBe(50)
  })
})
