import { isUtf8 } from 'node:buffer'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { salvage } from '../../src/file/salvage.js'
import { SimulatedDisk } from '../simulated/SimulatedDisk.js'

const PATH = '/d/items.json'

interface Item {
  readonly id: string
}

async function salvaged(
  content: string | Uint8Array,
): Promise<{ items: unknown[]; problems: readonly string[] }> {
  const disk = new SimulatedDisk()
  disk.putFolder('/d')
  disk.putFile(PATH, content)
  const { problems } = await salvage(PATH, '/d/out.json', { disk })
  return { items: JSON.parse(disk.getText('/d/out.json')!), problems }
}

async function ids(content: string | Uint8Array): Promise<string> {
  const { items, problems } = await salvaged(content)
  return `${(items as Item[]).map(({ id }) => id).join('')} ${problems.length}`
}

const LAYOUTS = {
  lines: (items: unknown[]) => `[\n${items.map((item) => JSON.stringify(item)).join(',\n')}\n]\n`,
  oneLine: (items: unknown[]) => JSON.stringify(items),
  indented: (items: unknown[]) => JSON.stringify(items, null, 2),
  tabs: (items: unknown[]) => `${JSON.stringify(items, null, '\t')}\r\n`.replaceAll('\n', '\r\n'),
  hugging: (items: unknown[]) => `[${items.map((item) => JSON.stringify(item, null, 2)).join(', ')}]\n`,
}

/** Where the text of each item begins and ends: the items of every layout, and none of their parts, hold `"id"` first. */
function extents(bytes: Buffer, count: number): { from: number; to: number }[] {
  const all: { from: number; to: number }[] = []
  for (let n = 0, at = 1; n < count; n++) {
    const from = bytes.indexOf('{', at)
    let depth = 0
    let inText = false
    for (at = from; ; at++) {
      const byte = String.fromCharCode(bytes[at]!)
      if (inText && byte === '\\') at++
      else if (byte === '"') inText = !inText
      else if (!inText && '[{'.includes(byte)) depth++
      else if (!inText && ']}'.includes(byte) && --depth === 0) break
    }
    all.push({ from, to: ++at })
  }
  return all
}

const word = fc.oneof(
  fc.string({ maxLength: 6 }),
  fc.constantFrom('},\n{"id":"9"', '{"a":1},{"b":2}', '\\"', 'ä€', ']'),
)
const inner = fc.oneof(
  word,
  fc.integer(),
  fc.constant(null),
  fc.array(word, { maxLength: 3 }),
  fc.array(fc.record({ a: fc.integer(), b: word }), { maxLength: 3 }),
  fc.dictionary(word, fc.array(fc.integer(), { maxLength: 2 }), { maxKeys: 2 }),
)
const DAMAGES = ['comma at the end', 'two commas', 'byte', 'cut', 'NULs', 'rubbish', 'bracket'] as const

/** The bytes with damage of one kind, and the stretch of the old bytes that it is in. */
function damaged(
  bytes: Buffer,
  kind: (typeof DAMAGES)[number],
  place: number,
  byte: number,
  items: readonly { from: number; to: number }[],
): { bytes: Buffer; from: number; to: number } {
  const end = bytes.lastIndexOf(']')
  const one = items[place % items.length]!
  const comma = one === items.at(-1) ? bytes.indexOf(',', items[0]!.to) : bytes.indexOf(',', one.to)
  const put = (from: number, to: number, text: string | Buffer) => ({
    bytes: Buffer.concat([bytes.subarray(0, from), Buffer.from(text), bytes.subarray(to)]),
    from,
    to,
  })
  const at = place % bytes.length
  switch (kind) {
    case 'comma at the end':
      return put(items.at(-1)!.to, items.at(-1)!.to, ',')
    case 'two commas':
      return put(comma, comma, ',')
    case 'byte':
      return put(at, at + 1, Buffer.of(byte))
    case 'cut':
      return { ...put(at, bytes.length, ''), to: bytes.length }
    case 'NULs':
      return put(bytes.length, bytes.length, '\0'.repeat((place % 100) + 1))
    case 'rubbish':
      return put(end + 1, bytes.length, ['x', ' 7', '\n"a"\n', '}', '{"id":', ' true\n'][place % 6]!)
    case 'bracket':
      return put(comma, comma + 1, ']')
  }
}

describe('salvage of a file that is damaged in one place', () => {
  const anyDamage = fc.record({
    list: fc.array(fc.record({ v: inner, w: inner }), { minLength: 2, maxLength: 9 }),
    /** Makes a file of several buffers. */
    size: fc.oneof({ weight: 60, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.constant(400_000) }),
    layout: fc.constantFrom(...(Object.keys(LAYOUTS) as (keyof typeof LAYOUTS)[])),
    kind: fc.constantFrom(...DAMAGES),
    place: fc.nat(),
    byte: fc.oneof(fc.nat(255), fc.constantFrom(...Buffer.from('{}[],:"\\ \n1'))),
  })

  test('gives all items but the damaged one, each once, and says what is missing', async () => {
    await fc.assert(
      fc.asyncProperty(anyDamage, async ({ list, size, layout, kind, place, byte }) => {
        const items = list.map((fields, n) => ({ id: `${n}`, ...fields, x: 'x'.repeat(size) }))
        const whole = Buffer.from(LAYOUTS[layout](items))
        const places = extents(whole, items.length)
        const damage = damaged(whole, kind, place, byte, places)
        const found = await salvaged(damage.bytes)

        const texts = items.map((item) => JSON.stringify(item))
        const numbers = found.items.map((item) => texts.indexOf(JSON.stringify(item)))
        const known = numbers.filter((n) => n !== -1)
        expect(known).toEqual([...new Set(known)].sort((a, b) => a - b))
        const inItem = places.some(({ from, to }) => damage.from < to && damage.to > from)
        expect(numbers.length - known.length).toBeLessThanOrEqual(inItem ? 1 : 0)
        for (const [n, { from, to }] of places.entries()) {
          const touched = damage.from < to && damage.to > from
          // A quote or a brace in front of an item makes it another one.
          const swallowed = kind === 'byte' && damage.from < from && (byte === 0x22 || byte === 0x7b)
          if (to <= damage.from || (layout === 'lines' && !touched && !swallowed)) expect(known).toContain(n)
        }
        let good = isUtf8(damage.bytes)
        try {
          JSON.parse(damage.bytes.toString())
        } catch {
          good = false
        }
        expect(found.problems.length > 0).toBe(!good)
      }),
      { numRuns: 1000 },
    )
  }, 60_000)
})

describe('salvage of a data file', () => {
  const lines = (count: number) =>
    Array.from({ length: count }, (_, n) => `{"id":"${n}","v":"${'x'.repeat(20)}"}`)

  test.each([
    ['a comma at the end', `[\n${lines(40_000).join(',\n')},\n]\n`],
    ['NULs behind the end', `[\n${lines(40_000).join(',\n')}\n]\n\0\0`],
    ['a bracket in place of a comma', `[\n${lines(40_000).join(',\n').replace('},', '}]')}\n]\n`],
  ])('of many buffers gives all items once: %s', async (_, text) => {
    const { items, problems } = await salvaged(text)
    expect(items).toEqual(lines(40_000).map((line) => JSON.parse(line)))
    expect(problems.length).toBeGreaterThan(0)
  })

  test.each([
    ['two commas, another item each', '[{"id":"a"},,\n{"id":"b"},,{"id":"c"}]', 'abc 1'],
    ['two arrays on a line', '[{"id":"a"}][{"id":"b"}]', 'ab 2'],
    ['two arrays on lines, with a comma between', '[\n{"id":"a"}\n],\n[\n{"id":"b"}\n]\n', 'ab 2'],
    ['no brackets', '{"id":"a"},\n{"id":"b"}\n', 'ab 1'],
    ['a mark, and no bracket', '\ufeff{"id":"a"},{"id":"b"}', 'ab 1'],
    ['no commas', '[{"id":"a"}\n{"id":"b"} {"id":"c"}]', 'abc 1'],
    [
      'a brace within an item where items begin',
      '[\n {"id":"a",\n  "v":[\n   {\n {"id":"x"\n   },\n   {"id":"y"}\n  ]\n },\n {"id":"b"}\n]',
      'xb 2',
    ],
    ['commas that lead, and damage', '[\n{"id":"a"}\n,{"id":"b",}\n,{"id":"c"}\n]', 'ac 2'],
    ['damage in two lines', '[\n{"id":"a"},\n{"id":"b",},\n{"id":"c"},\n{"id":d"},\n{"id":"e"}\n]', 'ace 2'],
    ['the first item', '[\n{"id":"a",},\n{"id":"b"}\n]', 'b 2'],
    ['the rest of an older, longer file', '[\n{"id":"a"}\n]\nd":"b"},\n{"id":"c"}\n]\n', 'ac 3'],
  ])('says what it could not take: %s', async (_, text, expected) => {
    expect(await ids(text)).toBe(expected)
  })

  test.each([
    ['all on one line', '[{"id":"a"},{"id":"b",},{"id":"c","n":["}\\",",{"x":1}]},{"id":"d"}]', 'acd 2'],
    ['items that begin where one ends', '[{\n"id":"a"\n}, {\n"id":b"\n}, {\n"id":"c"\n}]', 'ac 2'],
    ['a text that does not end', '[{"id":"a"},{"id":"b","n":"x},{"id":"c"},{"id":"d"}]', 'acd 2'],
    ['a text that does not begin', '[{"id":"a"},{"id":"b","n":x"},{"id":"c"},{"id":"d"}]', 'acd 2'],
    ['a bracket that is another', '[{"id":"a"},{"id":"b","n":[1}},{"id":"c"},{"id":"d"}]', 'acd 2'],
    ['behind a quote that nothing begins', '[{"id":"a"},x"]', 'a 2'],
  ])('takes from the end what lines do not tell: %s', async (_, text, expected) => {
    expect(await ids(text)).toBe(expected)
  })

  test('leaves out what is not UTF-8 text, and mends nothing', async () => {
    const text = '[{"id":"a"},{"id":"b","v":"?"},{"id":"c"}]'
    const bytes = Buffer.from(text.replace('?', '\xff'), 'latin1')
    const { items, problems } = await salvaged(bytes)
    expect(items).toEqual([{ id: 'a' }, { id: 'c' }])
    expect(problems).toEqual([expect.stringContaining('not UTF-8'), expect.stringContaining('18 bytes')])
  })

  test('leaves out what is nested too deeply to be written', async () => {
    const deep = `{"id":"b","v":${'['.repeat(20_000)}${']'.repeat(20_000)}}`
    expect(await ids(`[{"id":"a"},${deep},{"id":"c"}]`)).toBe('ac 2')
  })

  test('takes no part of an item for one', async () => {
    const parts = '"list": [\n{"id":"x"},\n{"id":"y"}\n]'
    // Blanks do not tell here what is in an item; only what stands behind the last damage is known.
    const text = `[\n{\n"id":"a",\n${parts}\n},\n{\n"id":b",\n${parts}\n},\n{\n"id":"c"\n}]`
    expect(await ids(text)).toBe('ac 2')
    expect(await ids(text.replace('"c"', 'c"'))).toBe('a 2')
    expect(await ids('[{"id":"a"},{"id":"b","list":[{"id":"x"},{"id":"y"}]')).toBe('a 2')
    // A line feed and a brace that came to stand within an item.
    expect(await ids('[\n{"id":"a"},\n{"id":"b","list":[1 \n{"id":"x"}],"v":1},\n{"id":"c"}\n]\n')).toBe(
      'ac 2',
    )
    expect((await salvaged('[{"id":"a","v":-1}1000,"w":2}]')).items).toEqual([{ id: 'a', v: -1 }])
  })

  test('nor a value in an item of which bytes were erased, wherever they are', async () => {
    const lines = ['a', 'b', 'c'].map((id) => `{"id":"${id}","v":[{"id":"in","z":1},null,7]}`)
    const whole = Buffer.from(`[\n${lines.join(',\n')}\n]\n`)
    for (let from = 2; from < lines[0]!.length + lines[1]!.length; from++) {
      for (let length = 1; length < 30; length++) {
        const erased = Buffer.from(whole).fill(0xff, from, from + length)
        for (const item of (await salvaged(erased)).items) expect(lines).toContain(JSON.stringify(item))
      }
    }
  })

  test('takes arrays, numbers and texts where they are whole', async () => {
    expect((await salvaged('[[1],["a",{"b":2}],3,"x",null,]')).items).toEqual([
      [1],
      ['a', { b: 2 }],
      3,
      'x',
      null,
    ])
    expect((await salvaged('[[1]][2],[3]]')).items).toEqual([[1], [2], [3]])
    expect((await salvaged('[1,23')).items).toEqual([1])
  })

  test('names the places it left out, some of them when they are many', async () => {
    const bad = Array.from({ length: 30 }, (_, n) => `{"id":${n}},\n{"id":x}`)
    const { items, problems } = await salvaged(`[\n${bad.join(',\n')}\n]\n`)
    expect(items).toHaveLength(30)
    expect(problems[1]).toMatch(/^"\/d\/items.json": 30 places .* 299 bytes .* 12 to 21, 32 to 41, .*, …\.$/)
  })
})

test('what stands more than 2 GiB behind the first damage is named', async () => {
  const disk = new SimulatedDisk()
  disk.putFolder('/d')
  disk.putFile(PATH, '[{"id":"a"},{"id":"b" x},\n{"id":"c"},{"id":"d"}]')
  const open = disk.open.bind(disk)
  disk.open = async (path, ...how) => {
    const file = await open(path, ...how)
    const stat = file.stat.bind(file)
    // Space without bytes: what is really there ends before it.
    if (path === PATH) file.stat = async () => ({ ...(await stat()), size: 3 * 2 ** 30 })
    return file
  }
  const { problems } = await salvage(PATH, '/d/out.json', { disk })
  expect(disk.getText('/d/out.json')).toContain('{"id":"a"}')
  expect(problems.at(-1)).toMatch(/more than 2 GiB .* left out, from byte 2147483\d{3} on/)
})
