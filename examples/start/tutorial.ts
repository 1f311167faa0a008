import {
  AnyValueMap,
  type CallContext,
  type DataPage,
  FilterParams,
  type IOpenable,
  type IPartialUpdater,
  type IWriter,
  PagingParams,
} from 'holdfast'
import type { Dummy } from './Dummy.js'

/** What the tutorial does with a component, whatever keeps its items. */
export interface Dummies extends IOpenable, IWriter<Dummy, string>, IPartialUpdater<Dummy, string> {
  clear(context: CallContext): Promise<void>
  getPageByFilter(
    context: CallContext,
    filter: FilterParams | null,
    paging: PagingParams | null,
  ): Promise<DataPage<Dummy>>
  getOneByKey(context: CallContext, key: string): Promise<Dummy | null>
}

type Step = (dummies: Dummies) => Promise<void>

/**
 * Creates three dummies, reads them, changes and deletes, each change followed by the read that shows it.
 *
 * @param make    a component over the same data at each call
 * @param reopen  close the component after every step, and do the next with a new one
 */
export async function runTutorial(make: () => Dummies, reopen: boolean): Promise<void> {
  let dummies = make()
  await dummies.open(null)
  // A server may have those of an earlier run.
  await dummies.clear(null)
  for (const step of steps) {
    await step(dummies)
    if (!reopen) continue
    await dummies.close(null)
    dummies = make()
    await dummies.open(null)
  }
  await dummies.close(null)
}

const steps: Step[] = [
  async (dummies) => {
    const dummy1: Dummy = { id: '1', key: 'key 1', content: 'content 1' }
    const dummy2: Dummy = { id: 'id 1', key: 'key 2', content: 'content 2' }
    // Without an id the component makes one.
    const dummy3: Dummy = { id: '', key: 'key 3', content: 'content 3' }
    for (const dummy of [dummy1, dummy2, dummy3]) {
      const created = await dummies.create(null, dummy)
      console.log(`Created Dummy with ID: ${created.id}`)
    }
  },

  async (dummies) => {
    const byKey = FilterParams.fromTuples('key', 'key 2')
    const page = await dummies.getPageByFilter(null, byKey, new PagingParams(0, null, true))
    console.log(`Has ${page.total} items`)
    page.data.forEach(print)
  },

  async (dummies) => {
    const page = await dummies.getPageByFilter(null, null, new PagingParams(0, null, true))
    console.log(`Has ${page.total} items`)
    page.data.forEach(print)
  },

  async (dummies) => {
    const dummy = await dummies.getOneByKey(null, 'key 2')
    if (dummy === null) throw new Error('The dummy with key 2 is gone.')
    await dummies.update(null, { ...dummy, content: 'new content 2' })
  },
  printById('id 1'),

  async (dummies) => {
    await dummies.updatePartially(null, 'id 1', AnyValueMap.fromTuples('content', 'new new content 2'))
  },
  printById('id 1'),

  async (dummies) => {
    await dummies.deleteById(null, '1')
  },
  async (dummies) => {
    const byId = FilterParams.fromTuples('id', '1')
    const page = await dummies.getPageByFilter(null, byId, new PagingParams(0, 3, true))
    console.log(`Has ${page.total} items`)
  },
]

function printById(id: string): Step {
  return async (dummies) => {
    const page = await dummies.getPageByFilter(
      null,
      FilterParams.fromTuples('id', id),
      new PagingParams(0, 3),
    )
    page.data.forEach(print)
  }
}

function print(dummy: Dummy): void {
  console.log(`${dummy.id}, ${dummy.key}, ${dummy.content}`)
}
