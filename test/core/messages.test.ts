import { describe, expect, test } from 'vitest'
import { ConfigParams } from '../../src/component/index.js'
import { IdentifiablePersistence } from '../../src/persistence/IdentifiablePersistence.js'

// Codes are what programs go by. Messages are looked at here only for a way out that would be refused itself.

async function things(idType: 'string' | 'number') {
  const store = new IdentifiablePersistence<never>('things', { url: 'memory:' })
  store.configure(ConfigParams.fromTuples('options.id_type', idType))
  await store.open(null)
  return store
}

async function messageOf(failing: Promise<unknown>): Promise<string> {
  return failing.then(
    () => expect.fail('It did not fail.'),
    (error: Error) => error.message,
  )
}

describe('the way out that a message names', () => {
  test('for an id of the other type is the setting, and nothing that the component refuses', async () => {
    const toStrings = await messageOf((await things('string')).create(null, { id: 5 } as never))
    expect(toStrings).toContain('options.id_type')
    expect(toStrings).not.toContain('finite number')
    const toNumbers = await messageOf((await things('number')).create(null, { id: '5' } as never))
    expect(toNumbers).toContain('options.id_type')
    expect(toNumbers).not.toMatch(/Give a string|empty/)
  })

  test('for a Date is dateFields() where that reaches', async () => {
    const store = await things('string')
    expect(await messageOf(store.create(null, { at: new Date(0) } as never))).toContain("dateFields('at')")
    for (const item of [new Date(0), { all: [new Date(0)] }])
      expect(await messageOf(store.create(null, item as never))).not.toContain('dateFields(')
  })

  test('a Date as filter is called invalid only when it is', async () => {
    const store = await things('string')
    expect(await messageOf(store.getListByFilter(null, new Date(0) as never))).not.toContain('invalid')
    expect(await messageOf(store.getListByFilter(null, new Date('?') as never))).toContain('invalid Date')
  })
})
