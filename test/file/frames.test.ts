import { crc32 } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { encodeFolded } from '../../src/file/changeText.js'
import { decodeHeader, encodeHeader, KIND_FOLDED } from '../../src/file/frame.js'
import { diskOf, journalOf, puts } from './support/journalOf.js'
import { codeOf, reopened } from './support/TestOwner.js'

/** What a journal holds is checked frame by frame, beyond the checksum of each. */

const PATH = '/d/items.json'

const diskWith = (files: Readonly<Record<string, Uint8Array | string>>) => diskOf(PATH, files)

describe('frames whose checksum is right', () => {
  const snapshot = '[{"id":"s"}]'
  const fold = { size: snapshot.length, crc: crc32(snapshot) }

  test('are not enough: each has to follow the one before it', async () => {
    // A batch that was cut off, behind another one than it was written behind.
    const cut = journalOf({}, [puts('x'), puts('y')]).bytes
    const other = journalOf({}, [puts('a')]).bytes
    const behindOther = Buffer.concat([other, cut.subarray(other.length)])
    const gap = journalOf({}, [puts('a'), { text: puts('y'), sequence: 3, flushed: 1 }]).bytes
    for (const bytes of [behindOther, gap]) {
      const owner = await reopened(diskWith({ '.journal-1': bytes }), PATH)
      expect(owner.ids()).toBe('a')
      expect(owner.log.recovery!.bytesSetAside).toBe(bytes.length - other.length)
    }
  })

  test('FOLDED that names the file: what follows it is replayed', async () => {
    const { bytes } = journalOf({}, [
      puts('a'),
      { text: encodeFolded({ sequence: 1, ...fold }), kind: KIND_FOLDED },
      puts('b'),
    ])
    expect((await reopened(diskWith({ '': snapshot, '.journal-1': bytes }), PATH)).ids()).toBe('sb')
  })

  test.each([
    [
      'without its commit',
      [{ text: encodeFolded({ sequence: 1, ...fold }), kind: KIND_FOLDED, commit: false }],
    ],
    [
      'within a batch',
      [
        { text: puts('x'), commit: false },
        { text: encodeFolded({ sequence: 1, ...fold }), kind: KIND_FOLDED },
      ],
    ],
    ['of what is still to come', [{ text: encodeFolded({ sequence: 2, ...fold }), kind: KIND_FOLDED }]],
    ['that says nothing', [{ text: 'null', kind: KIND_FOLDED }]],
  ])('FOLDED %s vouches for no file', async (_, frames) => {
    const { bytes } = journalOf({}, [puts('a'), ...frames])
    expect(await codeOf(reopened(diskWith({ '': snapshot, '.journal-1': bytes }), PATH))).toBe(
      'DATA_CORRUPTED',
    )
    // On the file it began with it is a tail like others.
    const owner = await reopened(diskWith({ '.journal-1': bytes }), PATH)
    expect(owner.ids()).toBe('a')
    expect(owner.log.recovery!.bytesSetAside).toBeGreaterThan(0)
  })

  test.each([
    ['a line that is no change', 'nonsense\n'],
    ['a change that does not end', '["clear"]\n["put","a",{"id"'],
  ])('a batch with %s is DATA_CORRUPTED: it was acknowledged as it stands', async (_, text) => {
    const { bytes } = journalOf({}, [puts('a'), text])
    const disk = diskWith({ '.journal-1': bytes })
    expect(await reopened(disk, PATH).catch((e) => e)).toMatchObject({
      code: 'DATA_CORRUPTED',
      details: { path: `${PATH}.journal-1`, offset: 64 + 32 + puts('a').length },
    })
  })

  test('a change may go on in the next frame, within a character too', async () => {
    const bytes = Buffer.from(puts('ä'))
    for (let at = 0; at <= bytes.length; at++) {
      const frames = [{ text: bytes.subarray(0, at), commit: false }, { text: bytes.subarray(at) }]
      const disk = diskWith({ '.journal-1': journalOf({}, frames).bytes })
      expect((await reopened(disk, PATH)).ids()).toBe('ä')
    }
  })
})

describe('a change that goes on over many frames', () => {
  const cut = (text: string, length: number) => {
    const bytes = Buffer.from(text)
    const count = Math.ceil(bytes.length / length)
    return Array.from({ length: count }, (_, i) => ({
      text: bytes.subarray(i * length, (i + 1) * length),
      commit: i === count - 1,
    }))
  }

  test.each([1, 2, 3, 5, 7, 50])('of %i bytes each is read as it was written', async (length) => {
    const frames = [puts('a'), ...cut(puts('ä', '€', '😀', 'b'), length), puts('c')]
    const disk = diskWith({ '.journal-1': journalOf({}, frames).bytes })
    expect((await reopened(disk, PATH)).ids()).toBe('aä€😀bc')
  })

  test.each([
    ['a character that does not end', [0xe2, 0x82]],
    ['one that ends too late', [0xe2, 0x82, 0xac, 0xac]],
    ['a byte that is in no text', [0xff]],
    ['one that is written too long', [0xc0, 0xaf]],
  ])('with %s is no change, and no character of it is replaced', async (_, bad) => {
    const bytes = Buffer.concat([
      Buffer.from('["put","b",{"id":"b","text":"'),
      Buffer.from(bad),
      Buffer.from('"}]\n'),
    ])
    for (let at = 1; at < bytes.length; at++) {
      const frames = [
        { text: puts('a') },
        { text: bytes.subarray(0, at), commit: false },
        { text: bytes.subarray(at) },
      ]
      const disk = diskWith({ '.journal-1': journalOf({}, frames).bytes })
      expect(await codeOf(reopened(disk, PATH))).toBe('DATA_CORRUPTED')
    }
  })

  test('costs what its bytes do, and not a copy of all before for each frame', async () => {
    const id = 'x'.repeat(2_000_000)
    const disk = diskWith({ '.journal-1': journalOf({}, cut(puts(id), 100)).bytes })
    const from = performance.now()
    expect((await reopened(disk, PATH)).ids() === id).toBe(true)
    // Such copies would be 80 GB.
    expect(performance.now() - from).toBeLessThan(5000)
  })
})

describe('headers whose checksum is right', () => {
  const changed = (change: (bytes: Buffer) => void): Buffer => {
    const { bytes } = encodeHeader({
      generation: 1,
      first: 1,
      base: { kind: 'none' },
      lineage: '0102030405060708',
    })
    change(bytes)
    bytes.writeUInt32LE(crc32(bytes.subarray(0, 60)), 60)
    return bytes
  }

  test.each([
    ['of another version', (b: Buffer) => b.writeUInt16LE(2, 8), /version 2, and this program knows 1/],
    ['with an unknown base', (b: Buffer) => b.writeUInt8(3, 10), /impossible/],
    ['with a generation past 2^53', (b: Buffer) => b.writeUInt32LE(0x200000, 20), /impossible/],
    ['with a first batch past 2^53', (b: Buffer) => b.writeUInt32LE(0x200000, 28), /impossible/],
    ['with a first batch 0', (b: Buffer) => b.writeUInt32LE(0, 24), /impossible/],
    ['with a file size past 2^53', (b: Buffer) => b.writeUInt32LE(0x200000, 36), /impossible/],
  ])('one %s is refused, and nothing is changed', async (_, change, what) => {
    const bytes = changed(change)
    expect(decodeHeader(bytes)).toMatch(what)
    const disk = diskWith({ '.journal-1': bytes })
    expect(await reopened(disk, PATH).catch((e) => e)).toMatchObject({
      code: 'DATA_CORRUPTED',
      message: expect.stringMatching(what),
    })
    expect(Buffer.from(disk.getFile(`${PATH}.journal-1`)!)).toEqual(bytes)
  })
})
