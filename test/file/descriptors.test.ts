import { afterEach, expect, test, vi } from 'vitest'
import { FailingDisk } from './support/FailingDisk.js'
import { reopened, TestOwner } from './support/TestOwner.js'

const PATH = '/d/items.json'
const realNow = performance.now.bind(performance)

afterEach(() => {
  vi.restoreAllMocks()
})

/** The disk after a kill in the middle of a write: a file, a journal, and a tail behind it; or, before a fold was over, two. */
async function killed(kind: 'killed' | 'folding'): Promise<FailingDisk> {
  const disk = new FailingDisk()
  disk.putFile(PATH, '[{"id":"x"}]')
  const owner = await reopened(disk, PATH, { foldOnClose: false })
  await owner.put('y')
  if (kind === 'folding') {
    disk.rule = (call, path) => (call === 'unlink' && path.includes('journal') ? 'EIO' : null)
    await owner.log.save(null, owner.items()).catch(() => {})
    disk.rule = () => null
    await owner.log.abandon()
    expect([...disk.files().keys()]).toHaveLength(3)
    return disk
  }
  await owner.close()
  const journal = `${PATH}.journal-1`
  disk.putFile(journal, Buffer.concat([disk.getFile(journal)!, Buffer.from('torn')]))
  return disk
}

/** Opens, writes, saves and closes, whatever is refused, and closes at the end on a disk that works. */
async function live(disk: FailingDisk): Promise<void> {
  let later = 0
  vi.spyOn(performance, 'now').mockImplementation(() => realNow() + later)
  const owner = new TestOwner(disk, PATH, { checkpointSize: 100 })
  const opening = await owner.open().catch(() => null)
  if (opening === null) return
  await owner.put('a').catch(() => {})
  await Promise.allSettled(['b', 'c', 'd'].map((id) => owner.put(id)))
  await owner.log.save(null, owner.items()).catch(() => {})
  await owner.put('e').catch(() => {})
  await owner.close().catch(() => {})
  disk.rule = () => null
  for (let i = 0; i < 5; i++) {
    later += 1001
    await owner.close().catch(() => {})
  }
}

test.each(['killed', 'folding', 'new'] as const)(
  'each file that is opened is closed once, whichever call fails (%s)',
  async (kind) => {
    let calls = Number.POSITIVE_INFINITY
    for (let at = 1; at <= calls; at++) {
      const disk = kind === 'new' ? new FailingDisk() : await killed(kind)
      disk.opened.length = 0
      let call = 0
      let failed = ''
      disk.rule = (what, path) => {
        if (++call !== at) return null
        failed = `call ${at}: ${what} ${path}`
        return 'EIO'
      }
      await live(disk)
      if (failed === '') calls = call
      expect({ failed, wrong: disk.opened.filter(({ closed }) => closed !== 1) }).toEqual({
        failed,
        wrong: [],
      })
    }
    expect(calls).toBeGreaterThan(50)
  },
)
