import { expect, test } from 'vitest'
import { IdentifiableMemoryPersistence } from '../../src/index.js'
import { DiskError, FakeLog } from './FakeLog.js'

interface Item {
  id: string
  v?: number
}

/** A component whose deletion of `a` is under way. */
async function deleting() {
  const log = new FakeLog<Item>([{ id: 'a' }, { id: 'b' }])
  const component = new IdentifiableMemoryPersistence<Item, string>(log, log)
  await component.open(null)
  const deleted = component.deleteById(null, 'a')
  return { log, component, deleted }
}

const CALLS: Record<string, (component: IdentifiableMemoryPersistence<Item, string>) => Promise<unknown>> = {
  deleteById: (component) => component.deleteById(null, 'a'),
  deleteByIds: (component) => component.deleteByIds(null, ['a']),
  update: (component) => component.update(null, { id: 'a', v: 1 }),
  updatePartially: (component) => component.updatePartially(null, 'a', { v: 1 }),
}

/*
 * What finds nothing to do because of a deletion under way must not say so before that is done: the deletion may be refused,
 * and then the item is there.
 */
test.each(Object.entries(CALLS))(
  '%s of an item that is being deleted is answered with the deletion',
  async (_, call) => {
    const { log, component, deleted } = await deleting()
    let answers = 0
    const calls = [call(component), call(component)]
    for (const answer of calls) answer.then(() => answers++)
    await new Promise((resume) => setTimeout(resume, 5))
    expect(answers).toBe(0)
    expect(await component.getOneById(null, 'a')).toEqual({ id: 'a' })
    log.acknowledge()
    expect(await deleted).toEqual({ id: 'a' })
    for (const answer of calls) expect((await answer) ?? null).toBeNull()
    expect(log.batches).toBe(1)
    await component.close(null)
  },
)

test.each(Object.entries(CALLS))('and %s fails with it', async (_, call) => {
  const { log, component, deleted } = await deleting()
  const answer = call(component)
  log.refuse()
  await expect(deleted).rejects.toThrow(DiskError)
  await expect(answer).rejects.toThrow(DiskError)
  expect(await component.getOneById(null, 'a')).toEqual({ id: 'a' })
  log.automatic = true
  await call(component)
  await component.close(null)
})

test('the order of calls stays, and what has nothing to do with writes under way does not wait', async () => {
  const { log, component, deleted } = await deleting()
  expect(await component.update(null, { id: 'c' })).toBeNull()
  const updated = component.update(null, { id: 'a', v: 1 })
  const made = component.create(null, { id: 'a', v: 2 })
  const again = component.updatePartially(null, 'a', { v: 3 })
  log.acknowledge()
  expect(await deleted).toEqual({ id: 'a' })
  expect(await updated).toBeNull()
  expect(await made).toEqual({ id: 'a', v: 2 })
  expect(await again).toEqual({ id: 'a', v: 3 })
  expect(log.mismatch).toBeNull()
  await component.close(null)
})
