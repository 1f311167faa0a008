import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Change } from '../../src/contract/Change.js'
import { ChangeLines, type NumberedBatch } from '../../src/file/ChangeLines.js'
import { decodeChange } from '../../src/file/changeText.js'

/** Each batch is a list of lines; line `i` of batch `n` stands in a frame at `100 * n + i`. */
function parsed(batches: readonly (readonly Buffer[])[]): readonly NumberedBatch[] {
  const lines = new ChangeLines((at) => new Error(`bad at ${at}`))
  const found: NumberedBatch[] = []
  for (const [n, batch] of batches.entries()) {
    for (const [i, line] of batch.entries()) {
      // As they come from a journal: in the middle of other bytes.
      const bytes = Buffer.concat([Buffer.from('x'), line, Buffer.from('\n')])
      lines.add(bytes, 1, bytes.length - 1, 100 * n + i)
    }
    lines.commit(n + 1)
    found.push(...(lines.take() ?? []))
  }
  lines.parse()
  return [...found, ...(lines.take() ?? [])]
}

function bytesOf(texts: readonly (readonly string[])[]): Buffer[][] {
  return texts.map((batch) => batch.map((text) => Buffer.from(text)))
}

const line = fc.oneof(
  fc.constantFrom('["clear"]', '["delete",1]', '["deleteAt",[0,2]]', ' [ "clear" ] '),
  fc
    .tuple(
      fc.string({ unit: 'binary', maxLength: 5 }),
      fc.constantFrom(0, 10, 20_000, 65_000, 66_000, 140_000),
    )
    .map(([text, length]) => JSON.stringify(['put', 'a', { text: text + 'x'.repeat(length) }])),
  fc.nat(8).map((less) => JSON.stringify(['add', 'x'.repeat(65_530 - less)])),
)

describe('parsing the lines of a journal together', () => {
  test('gives what each of them gives alone, whatever their lengths', () => {
    fc.assert(
      fc.property(fc.array(fc.array(line, { maxLength: 6 }), { maxLength: 6 }), (texts) => {
        const batches = bytesOf(texts)
        const expected = batches.map((batch, n) => ({
          sequence: n + 1,
          batch: batch.map((each) => decodeChange(each.toString('utf8')) as Change),
        }))
        expect(parsed(batches)).toEqual(expected)
      }),
      { numRuns: 200, seed: 5 },
    )
  })

  test('a line that is not UTF-8 is no change, and no character of it is replaced', () => {
    const bad = (text: string) =>
      Buffer.from([...Buffer.from('["add","'), 0xe2, 0x82, ...Buffer.from(`${text}"]`)])
    for (const line of [bad(''), bad('x'.repeat(70_000))])
      expect(() => parsed([[Buffer.from('["add","\u20ac"]')], [line]])).toThrow('bad at 100')
  })

  test('names the frame of the first line that is no change', () => {
    const refused = (...texts: string[][]) => expect(() => parsed(bytesOf(texts)))
    refused(['["clear"]'], ['["clear"]', '{"op":"clear"}'], ['["what"]']).toThrow('bad at 101')
    refused(['["clear"]', 'no JSON', 'nor this']).toThrow('bad at 1')
    refused(['["clear"]', `["put",{},"${'x'.repeat(70_000)}"]`]).toThrow('bad at 1')
  })

  test('lines that only together are JSON are no changes', () => {
    const refused = (...lines: string[]) => expect(() => parsed(bytesOf([lines])))
    refused('["clear"]', '["put","a"', '{}]').toThrow('bad at 1')
    refused('["clear"]', '["clear"],["clear"]').toThrow('bad at 1')
    refused('["clear"]', '').toThrow('bad at 1')
  })
})
