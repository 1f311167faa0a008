import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { rejects, stored } from '../expectations.js'
import type { Cases } from '../Suite.js'

async function inFolder(body: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-backup-'))
  try {
    await body(folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

export const backup: Cases = (test) => {
  const needs = { backup: true } as const

  test('backup() writes all items as a JSON array', { needs }, async (p) => {
    await inFolder(async (folder) => {
      const items = [
        { id: 'a', n: 1 },
        { id: 'b', text: 'ä\u{1f600}' },
        { id: 'c', nested: [{ x: null }] },
      ]
      await p.createMany(null, items)
      await p.backup(null, join(folder, 'copy.json'))
      assert.deepEqual(JSON.parse(await readFile(join(folder, 'copy.json'), 'utf8')), items)
      await p.create(null, { id: 'd' })
      assert.equal((await stored(p)).length, 4)
    })
  })

  test('backup() of an empty store writes an empty array', { needs }, async (p) => {
    await inFolder(async (folder) => {
      await p.backup(null, join(folder, 'copy.json'))
      assert.deepEqual(JSON.parse(await readFile(join(folder, 'copy.json'), 'utf8')), [])
    })
  })

  test('backup() never writes over a file', { needs }, async (p) => {
    await inFolder(async (folder) => {
      await p.create(null, { id: 'a' })
      await writeFile(join(folder, 'copy.json'), 'precious')
      await rejects(p.backup(null, join(folder, 'copy.json')), 'WRITE_FAILED')
      assert.equal(await readFile(join(folder, 'copy.json'), 'utf8'), 'precious')
    })
  })

  test('backup() is UNSUPPORTED where it is not declared', { needs: { backup: false } }, async (p) => {
    await inFolder(async (folder) => {
      await p.create(null, { id: 'a' })
      await rejects(p.backup(null, join(folder, 'copy.json')), 'UNSUPPORTED')
      await assert.rejects(readFile(join(folder, 'copy.json')))
      assert.equal((await stored(p)).length, 1)
    })
  })

  test('flush() resolves, before and after writes', async (p) => {
    assert.equal(await p.flush(null), undefined)
    await p.create(null, { id: 'a' })
    assert.equal(await p.flush(null), undefined)
    assert.equal((await stored(p)).length, 1)
  })
}
