import { describe, expect, test } from 'vitest'
import { ConfigException } from '../../src/errors/index.js'
import { FilePersistence } from '../../src/file/FilePersistence.js'
import { IdentifiableFilePersistence } from '../../src/file/IdentifiableFilePersistence.js'
import { JsonFilePersister } from '../../src/file/JsonFilePersister.js'
import { IdentifiableMemoryPersistence } from '../../src/memory/IdentifiableMemoryPersistence.js'
import { MemoryPersistence } from '../../src/memory/MemoryPersistence.js'
import { IdentifiablePersistence } from '../../src/persistence/IdentifiablePersistence.js'

function badConfig(attempt: () => unknown): void {
  expect(attempt).toThrow(ConfigException)
  expect(attempt).toThrow(expect.objectContaining({ code: 'BAD_CONFIG' }))
}

describe('what is given to a constructor', () => {
  test.each(['data/x.json', new URL('file:///x.json'), { path: 'data/x.json' }, 5])(
    '%s is no persister',
    (given) => {
      badConfig(() => new FilePersistence(given as never))
      badConfig(() => new IdentifiableFilePersistence(given as never))
      badConfig(() => new MemoryPersistence(given as never))
      badConfig(() => new IdentifiableMemoryPersistence(null, given as never))
    },
  )

  test('whatever loads and saves is a loader and a saver, by inheritance too', () => {
    class Own {
      load = async () => []
      async save() {}
    }
    new MemoryPersistence(new Own(), new Own())
    new MemoryPersistence(new Own())
    new MemoryPersistence(null, null)
  })

  test.each([new URL('file:///tmp/x.json'), 5, {}])('the path %s is BAD_CONFIG at open', async (path) => {
    const store = new IdentifiableFilePersistence(new JsonFilePersister<never>(path as never))
    await expect(store.open('call-7')).rejects.toMatchObject({ code: 'BAD_CONFIG', trace_id: 'call-7' })
  })

  test.each<unknown>([{ maxPageSize: 5 }, { toString: 5 }, { uri: 'memory:' }, 'memory:', null])(
    'IdentifiablePersistence does not take the options %j',
    (options) => badConfig(() => new IdentifiablePersistence('things', options as never)),
  )
})

describe('configure()', () => {
  const COMPONENTS = [
    () => new MemoryPersistence(),
    () => new FilePersistence(),
    () => new IdentifiableFilePersistence(),
    () => new IdentifiablePersistence('things', { url: 'memory:' }),
  ]

  test.each([{ url: 'file:./x.json', options: { max_page_size: 5 } }, null, undefined, 'url=memory:'])(
    'does not take %j',
    (config) => {
      for (const make of COMPONENTS) badConfig(() => make().configure(config as never))
    },
  )

  test('of what is no configuration changes nothing', async () => {
    const things = new IdentifiablePersistence('things', { url: 'memory:' })
    badConfig(() => things.configure({ url: 'file:./x.json' } as never))
    await things.open(null)
    expect(things.capabilities?.name).toBe('memory')
  })
})
