import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { ConfigParams } from '../../src/component/index.js'
import { IdentifiableFilePersistence } from '../../src/file/IdentifiableFilePersistence.js'
import { JsonFilePersister } from '../../src/file/JsonFilePersister.js'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'holdfast-opening-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

test('an opening that fails after the journal was read loses nothing of file and journal', async () => {
  const path = join(folder, 'items.json')
  const depth = 20_000
  writeFileSync(path, `[{"id":"deep","a":${'['.repeat(depth)}${']'.repeat(depth)}}]`)
  const first = new IdentifiableFilePersistence<{ id: string }, string>(
    new JsonFilePersister(path, { foldOnClose: false }),
  )
  await first.open(null)
  await first.create(null, { id: 'new' })
  await first.close(null)

  // Freezing an item that deep is more than the stack holds.
  const frozen = new IdentifiableFilePersistence<{ id: string }, string>(new JsonFilePersister(path))
  frozen.configure(ConfigParams.fromTuples('options.reads', 'frozen'))
  await expect(frozen.open(null)).rejects.toThrow()

  const found = await new JsonFilePersister<{ id: string }>(path).load(null)
  expect(found.map(({ id }) => id)).toEqual(['deep', 'new'])
})
