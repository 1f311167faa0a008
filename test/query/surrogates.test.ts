import { describe, expect, test } from 'vitest'
import { parseFilter } from '../../src/query/parseFilter.js'

describe('half of a surrogate pair', () => {
  test.each(['$contains', '$startsWith', '$icontains', '$istartsWith'])('is refused by %s', (operator) => {
    for (const text of ['\ud83d', 'a\ude00', '\ud83dx']) {
      expect(() => parseFilter({ name: { [operator]: text } })).toThrow(
        expect.objectContaining({ code: 'INVALID_FILTER' }),
      )
    }
    expect(() => parseFilter({ name: { [operator]: '\u{1f600}' } })).not.toThrow()
  })
})
