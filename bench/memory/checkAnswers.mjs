import assert from 'node:assert/strict'
import { idOf, itemOf } from '../harness/items.mjs'

/** A subject that gives wrong answers, or hands out what it stores, is not measured. */
export async function checkAnswers(subject, size) {
  const items = size <= 10_000 ? Array.from({ length: size }, (_, index) => itemOf(index)) : null
  const first = itemOf(0)
  const given = await subject.getOneById(first.id)
  same(given, first)
  if (!subject.handsOutStored) {
    given.tags.push('changed by the caller')
    given.name = 'changed by the caller'
  }
  same(await subject.getOneById(first.id), first)

  const extra = itemOf(size)
  await subject.create(extra)
  if (!subject.handsOutStored) extra.tags.push('changed by the caller')
  same(await subject.getOneById(idOf(size)), itemOf(size))
  const changed = itemOf(size, 1)
  await subject.update(changed)
  if (!subject.handsOutStored) changed.tags.push('changed by the caller')
  same(await subject.getOneById(idOf(size)), itemOf(size, 1))
  await subject.updatePartially(idOf(size), { population: 5 })
  same(await subject.getOneById(idOf(size)), itemOf(size, 1, 5))
  await subject.deleteById(idOf(size))
  assert.equal((await subject.getOneById(idOf(size))) ?? null, null)

  const page = await pageOf(subject.pageByCountry(first.country))
  assert.ok(page.length > 0 && page.every((item) => item.country === first.country))
  if (items === null) return
  const count = items.filter((item) => item.population > 500_000).length
  assert.equal(await subject.countAbove(500_000), count)
  assert.equal(page.length, Math.min(20, items.filter((item) => item.country === first.country).length))
  if (subject.firstSortedPage === undefined) return
  const names = items.map((item) => item.name).sort()
  const sorted = await pageOf(subject.firstSortedPage())
  assert.deepEqual(
    sorted.map((item) => item.name),
    names.slice(0, 20),
  )
}

async function pageOf(answer) {
  const page = await answer
  return Array.isArray(page) ? page : page.data
}

/** Every field of the item; a peer may have added its own. */
function same(given, item) {
  for (const [field, value] of Object.entries(item)) assert.deepEqual(given?.[field], value)
}
