import assert from 'node:assert/strict'
import { holds, idsOf, rejects, stored } from '../expectations.js'
import type { Item, TestedPersistence } from '../Subject.js'
import type { CaseOptions, Cases } from '../Suite.js'

const UNUSUAL: readonly (readonly [what: string, id: string])[] = [
  ['a blank', ' '],
  ['blanks around', ' a '],
  ['a dot', 'a.b'],
  ['a comma', 'a,b'],
  ['a slash', '../../etc/passwd'],
  ['a single quote', "it's"],
  ['a double quote', 'say "hi"'],
  ['a backslash', 'a\\b'],
  ['a line break', 'a\nb'],
  ['a tab', 'a\tb'],
  ['SQL', "'; DROP TABLE items; --"],
  ['wildcards of SQL', '%_'],
  ['a dollar sign', '$gt'],
  ['a question mark and a colon', '?:1$1'],
  ['brackets', '[object Object]'],
  ['the name of the prototype', '__proto__'],
  ['the name of the constructor', 'constructor'],
  ['the name of a method', 'toString'],
  ['the word null', 'null'],
  ['the word undefined', 'undefined'],
  ['digits', '1'],
  ['digits with zeros before', '001'],
  ['accents', 'Zoë'],
  ['a right-to-left script', 'שלום'],
  ['an emoji', '\u{1f600}'],
  ['joined emoji', '\u{1f468}\u200d\u{1f469}\u200d\u{1f467}'],
  ['the private use area', '\ue000'],
  ['512 bytes', 'x'.repeat(512)],
  ['512 bytes of letters that take four', '\u{1f600}'.repeat(128)],
  ['a UUID', '3f2504e0-4f89-11d3-9a0c-0305e82c3301'],
]

/** Ids that are easily taken for each other. */
const DIFFERENT = [
  'a',
  'A',
  ' a',
  'a ',
  'á',
  'a\u0301',
  'ａ',
  'aa',
  '1',
  '1.0',
  '01',
  'true',
  'null',
  'ß',
  'ss',
]

const WRITES: Readonly<Record<string, (p: TestedPersistence, id: unknown) => Promise<unknown>>> = {
  create: (p, id) => p.create(null, { id }),
  createMany: (p, id) => p.createMany(null, [{ id: 'other' }, { id }]),
  set: (p, id) => p.set(null, { id }),
  update: (p, id) => p.update(null, { id }),
}

const NEVER_IDS: readonly (readonly [what: string, id: unknown])[] = [
  ['NaN', Number.NaN],
  ['an object', { a: 1 }],
  ['an array', ['a']],
  ['a Date', new Date(0)],
  ['a function', () => 'a'],
  ['a symbol', Symbol('a')],
]

export const ids: Cases = (test) => {
  for (const [what, id] of UNUSUAL) {
    test(`an id with ${what} works in every operation`, async (p) => {
      await p.createMany(null, [{ id: 'before' }, { id, n: 1 }])
      assert.deepEqual(await p.getOneById(null, id), { id, n: 1 })
      assert.deepEqual(await p.getListByIds(null, [id]), [{ id, n: 1 }])
      assert.deepEqual(await p.getListByFilter(null, { id }), [{ id, n: 1 }])
      await rejects(p.create(null, { id }), 'DUPLICATE_ID')
      assert.deepEqual(await p.update(null, { id, n: 2 }), { id, n: 2 })
      assert.deepEqual(await p.updatePartially(null, id, { n: 3 }), { id, n: 3 })
      assert.deepEqual(await p.set(null, { id, n: 4 }), { id, n: 4 })
      assert.deepEqual(await p.deleteById(null, id), { id, n: 4 })
      await p.create(null, { id, n: 5 })
      await p.deleteByIds(null, [id])
      await holds(p, [{ id: 'before' }])
    })
  }

  test('ids that look alike are different', async (p) => {
    await p.createMany(
      null,
      DIFFERENT.map((id, n) => ({ id, n })),
    )
    for (const [n, id] of DIFFERENT.entries()) assert.deepEqual(await p.getOneById(null, id), { id, n })
    await p.deleteByIds(null, DIFFERENT.slice(1))
    await holds(p, [{ id: 'a', n: 0 }])
  })

  for (const [what, id] of [
    ['null', null],
    ['undefined', undefined],
    ['the empty string', ''],
  ] as const) {
    test(`create() generates an id in the place of ${what}`, async (p) => {
      const given = { id, n: 1 }
      const item = await p.create(null, given)
      assert.match(item.id, /^[0-9a-f]{32}$/)
      assert.deepEqual(given, { id, n: 1 })
      await holds(p, [{ id: item.id, n: 1 }])
      assert.deepEqual(await p.getOneById(null, item.id), item)
    })
  }

  test('generated ids are different and ascend with time', async (p) => {
    const ids: string[] = []
    for (let n = 0; n < 50; n++) ids.push((await p.create(null, { n })).id)
    for (const item of await p.createMany(
      null,
      Array.from({ length: 50 }, (_, n) => ({ n: 50 + n })),
    ))
      ids.push(item.id)
    assert.equal(new Set(ids).size, 100)
    assert.deepEqual(
      (await stored(p)).map((item) => item.n),
      Array.from({ length: 100 }, (_, n) => n),
    )
    assert.deepEqual([...ids].sort(), ids)
  })

  test('a field named ID is not the id', async (p) => {
    const item = await p.create(null, { ID: 'x', Id: 'y' })
    assert.match(item.id, /^[0-9a-f]{32}$/)
    await holds(p, [{ id: item.id, ID: 'x', Id: 'y' }])
  })

  for (const [what, id] of NEVER_IDS) {
    for (const [name, write] of Object.entries(WRITES)) {
      test(`${name}() refuses ${what} as id`, async (p) => {
        await p.create(null, { id: 'z' })
        await rejects(write(p, id), 'INVALID_ITEM')
        await holds(p, [{ id: 'z' }])
      })
    }

    test(`${what} as id is unknown to reads and deletions`, async (p) => {
      await p.create(null, { id: 'a' })
      assert.equal(await p.getOneById(null, id), null)
      assert.deepEqual(await p.getListByIds(null, [id, 'a']), [{ id: 'a' }])
      assert.equal(await p.updatePartially(null, id, { n: 1 }), null)
      assert.equal(await p.deleteById(null, id), null)
      await p.deleteByIds(null, [id])
      await holds(p, [{ id: 'a' }])
    })
  }

  const any: CaseOptions = { needs: { ids: 'any' } }
  for (const [what, id] of [
    ['0', 0],
    ['false', false],
    ['true', true],
    ['a negative number', -5],
    ['a fraction', 0.5],
    ['the largest safe integer', 9007199254740991],
  ] as const) {
    test(`${what} is an id like any other`, any, async (p) => {
      const item = await p.create(null, { id, n: 1 })
      assert.deepEqual(item, { id, n: 1 })
      assert.deepEqual(await p.getOneById(null, id), { id, n: 1 })
      assert.equal(await p.getOneById(null, String(id)), null)
      await rejects(p.create(null, { id }), 'DUPLICATE_ID')
      assert.deepEqual(await p.updatePartially(null, id, { n: 2 }), { id, n: 2 })
      assert.deepEqual(await p.getListByIds(null, [id]), [{ id, n: 2 }])
      assert.deepEqual(await p.deleteById(null, id), { id, n: 2 })
      await holds(p, [])
    })
  }

  test('ids are compared strictly in every operation', any, async (p) => {
    await p.createMany(null, [
      { id: 1, n: 'number' },
      { id: '1', n: 'text' },
    ])
    assert.equal((await p.getOneById(null, 1))?.n, 'number')
    assert.equal((await p.getOneById(null, '1'))?.n, 'text')
    assert.deepEqual(idsOf(await p.getListByIds(null, ['1'])), ['1'])
    assert.deepEqual(await p.update(null, { id: 1, n: 'new' }), { id: 1, n: 'new' })
    assert.equal((await p.getOneById(null, '1'))?.n, 'text')
    await p.set(null, { id: true, n: 'boolean' })
    assert.equal(await p.getCountByFilter(null, null), 3)
    await p.deleteByIds(null, ['1'])
    assert.equal((await p.getOneById(null, 1))?.n, 'new')
    assert.deepEqual(await p.deleteById(null, 1), { id: 1, n: 'new' })
    assert.deepEqual(idsOf(await p.getListByFilter(null, null)), [true])
  })

  test('-0 is 0', any, async (p) => {
    const item = await p.create(null, { id: -0, n: 1 })
    assert.ok(Object.is(item.id, 0))
    assert.deepEqual(await p.getOneById(null, 0), { id: 0, n: 1 })
    assert.deepEqual(await p.getOneById(null, -0), { id: 0, n: 1 })
    await rejects(p.create(null, { id: 0 }), 'DUPLICATE_ID')
    assert.equal(await p.getCountByFilter(null, null), 1)
  })

  test('numbers come before texts where ids break ties', any, async (p) => {
    await p.createMany(null, [{ id: 'b' }, { id: 10 }, { id: 'a' }, { id: 9 }])
    assert.deepEqual(idsOf(await p.getListByFilter(null, null, { id: 1 })), [9, 10, 'a', 'b'])
    assert.deepEqual(idsOf(await p.getListByFilter(null, null, { other: 1 })), [9, 10, 'a', 'b'])
  })

  const typed: CaseOptions = { needs: { ids: 'typed' } }
  for (const id of [0, 5, false, true]) {
    for (const [name, write] of Object.entries(WRITES)) {
      test(`${name}() refuses ${String(id)} as id where ids are strings`, typed, async (p) => {
        await p.create(null, { id: 'z' })
        await rejects(write(p, id), 'INVALID_ITEM')
        await holds(p, [{ id: 'z' }])
      })
    }
  }

  test('a number is unknown to reads and deletions where ids are strings', typed, async (p) => {
    await p.create(null, { id: '5' })
    assert.equal(await p.getOneById(null, 5), null)
    assert.deepEqual(await p.getListByIds(null, [5]), [])
    assert.equal(await p.deleteById(null, 5), null)
    await p.deleteByIds(null, [5])
    assert.equal(await p.updatePartially(null, 5, { n: 1 }), null)
    await holds(p, [{ id: '5' }])
  })

  const numbers: CaseOptions = { needs: { ids: 'typed' }, declare: { idType: 'number' } }
  test('ids may be declared as numbers', numbers, async (p) => {
    const values = [10, 9, 0, -5, 0.5, 9007199254740991]
    for (const id of values) await p.create(null, { id, n: String(id) } as Item)
    for (const id of values) assert.deepEqual(await p.getOneById(null, id), { id, n: String(id) })
    assert.deepEqual(idsOf(await stored(p)), [-5, 0, 0.5, 9, 10, 9007199254740991])
    await rejects(p.create(null, { id: 9 }), 'DUPLICATE_ID')
    assert.deepEqual(await p.updatePartially(null, 0, { n: 'new' }), { id: 0, n: 'new' })
    assert.deepEqual(await p.update(null, { id: -5, n: 'new' }), { id: -5, n: 'new' })
    assert.deepEqual(await p.deleteById(null, 0.5), { id: 0.5, n: '0.5' })
    await p.deleteByIds(null, [9007199254740991, 10])
    await holds(p, [
      { id: -5, n: 'new' },
      { id: 0, n: 'new' },
      { id: 9, n: '9' },
    ])
  })

  test('a text is refused, and unknown to reads, where ids are numbers', numbers, async (p) => {
    await p.create(null, { id: 5 })
    for (const write of Object.values(WRITES)) await rejects(write(p, '5'), 'INVALID_ITEM')
    assert.equal(await p.getOneById(null, '5'), null)
    assert.equal(await p.deleteById(null, '5'), null)
    assert.deepEqual(await p.getListByIds(null, ['5', 5]), [{ id: 5 }])
    await holds(p, [{ id: 5 }])
  })

  test('pages by token go by number where ids are numbers', numbers, async (p) => {
    await p.createMany(null, [{ id: 10 }, { id: 9 }, { id: 1 }])
    const first = await p.getPageByToken(null, null, { take: 2 }, null)
    assert.deepEqual(idsOf(first.data), [1, 9])
    const second = await p.getPageByToken(null, null, { take: 2, token: first.token }, null)
    assert.deepEqual(idsOf(second.data), [10])
  })

  test('-0 is 0 where ids are numbers', numbers, async (p) => {
    await p.create(null, { id: -0 })
    assert.ok(Object.is((await p.getOneById(null, 0))?.id, 0))
    await rejects(p.create(null, { id: 0 }), 'DUPLICATE_ID')
  })

  const portable: CaseOptions = { needs: { values: 'portable' } }
  for (const [what, id] of [
    ['with U+0000', 'a\0b'],
    ['with half of a surrogate pair', 'a\ud800b'],
    ['that is half of a surrogate pair', '\udc00'],
    ['of 513 bytes', 'x'.repeat(513)],
    ['of 257 letters that take two bytes', 'é'.repeat(257)],
  ] as const) {
    test(`an id ${what} is refused`, portable, async (p) => {
      await p.create(null, { id: 'z' })
      for (const write of Object.values(WRITES)) await rejects(write(p, id), 'INVALID_ITEM')
      await holds(p, [{ id: 'z' }])
    })

    test(`an id ${what} is unknown to reads and deletions`, portable, async (p) => {
      await p.create(null, { id: 'z' })
      assert.equal(await p.getOneById(null, id), null)
      assert.deepEqual(await p.getListByIds(null, [id, 'z']), [{ id: 'z' }])
      assert.equal(await p.deleteById(null, id), null)
      await p.deleteByIds(null, [id])
      assert.equal(await p.updatePartially(null, id, { n: 1 }), null)
      await holds(p, [{ id: 'z' }])
    })
  }
}
