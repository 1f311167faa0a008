import { expect, test } from 'vitest'
import {
  IdentifiableFilePersistence,
  IdentifiableMemoryPersistence,
  JsonFilePersister,
  salvage,
  verify,
} from '../../src/index.js'
import { SimulatedDisk } from '../simulated/SimulatedDisk.js'
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
    // The deletion, and an empty batch for each of them.
    expect(log.batches).toBe(3)
    expect(log.disk).toEqual([{ id: 'b' }])
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

test('what finds nothing because a write was refused in doubt says so when that is certain', async () => {
  const disk = new SimulatedDisk()
  disk.putFolder('/d')
  const component = new IdentifiableFilePersistence<Item, string>(
    new JsonFilePersister('/d/items.json', { disk }),
  )
  await component.open(null)
  await component.create(null, { id: 'a' })
  // Its write passes, neither its flush nor fresh files do.
  disk.setFault({ kind: 'ENOSPC', at: 2, forever: true })
  const outcome = (promise: Promise<unknown>) =>
    promise.then(
      () => 'done',
      (error) => error.code,
    )
  expect(await outcome(component.create(null, { id: 'x' }))).toBe('OUTCOME_UNKNOWN')
  const deletions = () =>
    Promise.all(
      [
        component.deleteById(null, 'x'),
        component.deleteByIds(null, ['x']),
        component.deleteByFilter(null, { id: 'x' }),
        component.update(null, { id: 'x', v: 1 }),
      ].map(outcome),
    )
  expect(await deletions()).toEqual(Array(4).fill('STORE_FAILED'))
  const mayBeFound = new JsonFilePersister<Item>('/d/items.json', { disk: disk.afterKill() })
  expect(await mayBeFound.load(null)).toEqual([{ id: 'a' }, { id: 'x' }])
  disk.setFault(null)
  await expect.poll(deletions, { timeout: 5000 }).toEqual(Array(4).fill('done'))
  const isGone = new JsonFilePersister<Item>('/d/items.json', { disk: disk.afterKill() })
  expect(await isGone.load(null)).toEqual([{ id: 'a' }])
  await component.close(null)
})

test('in a file each is refused with the trace id of its own call, and what was acknowledged is found after a kill', async () => {
  const disk = new SimulatedDisk()
  disk.putFolder('/d')
  const path = '/d/items.json'
  const component = new IdentifiableFilePersistence<Item, string>(new JsonFilePersister(path, { disk }))
  await component.open(null)
  await component.createMany(null, [{ id: 'a' }, { id: 'b' }])
  const deletions = () => ['first', 'second'].map((trace) => component.deleteByIds(trace as never, ['a']))
  disk.setFault({ kind: 'ENOSPC', at: 1, forever: false })
  const refused = await Promise.allSettled(deletions())
  disk.setFault(null)
  expect(refused).toMatchObject(
    ['first', 'second'].map((trace_id) => ({
      status: 'rejected',
      reason: { code: 'STORAGE_FULL', trace_id },
    })),
  )
  expect(await component.getListByIds(null, ['a'])).toEqual([{ id: 'a' }])
  await Promise.all(deletions())
  const killed = disk.afterKill()
  expect(await verify(path, { disk: killed })).toMatchObject({ ok: true, items: 1, tailBytes: 0 })
  expect(await salvage(path, '/d/out.json', { disk: killed })).toMatchObject({ written: 1, problems: [] })
  const next = new IdentifiableFilePersistence<Item, string>(new JsonFilePersister(path, { disk: killed }))
  await next.open(null)
  expect(await next.getListByFilter(null, null)).toEqual([{ id: 'b' }])
  await next.close(null)
  await component.close(null)
})
