import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { BREAKAGES } from './breakages.js'

// `npm run test:broken` makes these edits and runs the checks; that takes too long for each run of the tests.
test.each(BREAKAGES)('the engine can still be broken: $name', ({ edits }) => {
  for (const { file, find, put } of edits) {
    const source = readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8')
    expect(source.split(find)).toHaveLength(2)
    expect(put).not.toBe(find)
  }
})
