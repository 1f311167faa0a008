import { runInNewContext } from 'node:vm'
import { afterEach, expect, test } from 'vitest'
import { IdentifiableFilePersistence, JsonFilePersister } from '../../src/index.js'
import { SimulatedDisk } from '../simulated/SimulatedDisk.js'

interface Visit {
  id: string
  at: Date
}

class Visits extends IdentifiableFilePersistence<Visit, string> {
  constructor(disk: SimulatedDisk, declared = true) {
    super(new JsonFilePersister<Visit>('/d/visits.json', { disk }))
    if (declared) this.dateFields('at')
  }
}

const { toJSON, toISOString } = Date.prototype
afterEach(() => {
  Object.assign(Date.prototype, { toJSON, toISOString })
})

function newDisk(): SimulatedDisk {
  const disk = new SimulatedDisk()
  disk.putFolder('/d')
  return disk
}

const when = () => new Date('2026-11-22T17:05:12.345Z')

/** What some programs do, to have local times in what they send. */
const patches = {
  toJSON: () => '22.11.2026, 18:05',
  toISOString: () => '2026-11-22T18:05:12.345',
}

test.each(Object.entries(patches))(
  'where somebody replaced Date.prototype.%s, a declared Date is refused that would be written as other text',
  async (name, patch) => {
    const disk = newDisk()
    const visits = new Visits(disk)
    await visits.open(null)
    await visits.create(null, { id: '1', at: when() })
    Object.assign(Date.prototype, { [name]: patch })
    const refused = { code: 'INVALID_ITEM', message: expect.stringContaining(`Date.prototype.${name}`) }
    await expect(visits.create(null, { id: '2', at: when() })).rejects.toMatchObject(refused)
    await expect(visits.updatePartially(null, '1', { at: new Date(7) } as never)).rejects.toMatchObject(
      refused,
    )
    const text = '2026-11-22T17:05:12.345Z' as unknown as Date
    await expect(visits.create(null, { id: '2', at: text })).rejects.toMatchObject(refused)
    Object.assign(Date.prototype, { toJSON, toISOString })
    await visits.close(null)
    expect(disk.getText('/d/visits.json')).toBe('[\n{"id":"1","at":"2026-11-22T17:05:12.345Z"}\n]\n')
  },
)

test('a file with declared Dates is not opened then: the next fold would write all of them as other text', async () => {
  const disk = newDisk()
  disk.putFile('/d/visits.json', '[{"id":"1","at":"2026-11-22T17:05:12.345Z"}]')
  Object.assign(Date.prototype, { toJSON: patches.toJSON })
  await expect(new Visits(disk).open(null)).rejects.toMatchObject({ code: 'INVALID_ITEM' })
  Object.assign(Date.prototype, { toJSON })
  const visits = new Visits(disk)
  await visits.open(null)
  expect(await visits.getOneById(null, '1')).toEqual({ id: '1', at: when() })
  await visits.close(null)
})

test('without declared Dates, what Date.prototype.toJSON says is the affair of the program', async () => {
  const disk = newDisk()
  const visits = new Visits(disk, false)
  await visits.open(null)
  Object.assign(Date.prototype, { toJSON: patches.toJSON })
  await visits.create(null, { id: '1', at: when() })
  await visits.close(null)
  expect(disk.getText('/d/visits.json')).toBe('[\n{"id":"1","at":"22.11.2026, 18:05"}\n]\n')
})

test('a Date of another realm, as from a vm or a test environment, is a Date', async () => {
  const disk = newDisk()
  const visits = new Visits(disk)
  await visits.open(null)
  await visits.create(null, { id: '1', at: runInNewContext('new Date(1795367112345)') })
  expect((await visits.getOneById(null, '1'))?.at).toBeInstanceOf(Date)
  await visits.close(null)
  expect(disk.getText('/d/visits.json')).toContain(new Date(1795367112345).toISOString())
  const invalid = { id: '2', at: runInNewContext('new Date(NaN)') }
  await visits.open(null)
  await expect(visits.create(null, invalid)).rejects.toMatchObject({ code: 'INVALID_ITEM' })
})
