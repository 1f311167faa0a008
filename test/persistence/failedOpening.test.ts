import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { IdentifiableFilePersistence } from '../../src/file/IdentifiableFilePersistence.js'
import { JsonFilePersister } from '../../src/file/JsonFilePersister.js'

class Indexed extends IdentifiableFilePersistence<{ id: string; v?: number }, string> {
  constructor(persister: JsonFilePersister<{ id: string; v?: number }>) {
    super(persister)
    this.ensureIndex({ v: 1 }, { unique: true })
  }
}

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'holdfast-opening-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

test('an opening that fails after the journal was read loses nothing of file and journal', async () => {
  const path = join(folder, 'items.json')
  writeFileSync(path, '[{"id":"a","v":1},{"id":"b","v":1}]')
  const first = new IdentifiableFilePersistence<{ id: string }, string>(
    new JsonFilePersister(path, { foldOnClose: false }),
  )
  await first.open(null)
  await first.create(null, { id: 'new' })
  await first.close(null)

  // Stored items violate the index, and that shows only when all have been read.
  const indexed = new Indexed(new JsonFilePersister(path))
  await expect(indexed.open(null)).rejects.toMatchObject({ code: 'DUPLICATE_KEY' })

  const found = await new JsonFilePersister<{ id: string }>(path).load(null)
  expect(found.map(({ id }) => id)).toEqual(['a', 'b', 'new'])
})
