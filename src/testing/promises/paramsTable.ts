import { FilterParams } from '../../data/index.js'
import type { Row } from './filterTable.js'

/** FilterParams as given to a base method, over the same documents. */
export const paramsTable: readonly Row[] = [
  ['an entry matches the text', FilterParams.fromTuples('v', 'apple'), ['text apple']],
  ['an entry matches the number whose text it is', FilterParams.fromTuples('v', '5'), ['five', 'text 5']],
  [
    'an entry matches the boolean whose text it is',
    FilterParams.fromTuples('v', 'false'),
    ['false', 'text false'],
  ],
  ['an entry matches true', FilterParams.fromTuples('v', 'true'), ['true']],
  ['an entry given as a number is its text', FilterParams.fromTuples('v', 10), ['ten', 'text 10']],
  ['an entry given as a boolean is its text', FilterParams.fromTuples('v', false), ['false', 'text false']],
  ['an entry matches a negative number', FilterParams.fromTuples('v', '-1'), ['minus one']],
  ['an entry matches a fraction', FilterParams.fromTuples('v', '0.5'), ['half']],
  ['an entry matches a number written with an exponent', FilterParams.fromTuples('v', '1e+300'), ['huge']],
  ['another spelling of a number is another text', FilterParams.fromTuples('v', '5.0'), []],
  ['leading zeros are another text', FilterParams.fromTuples('v', '05'), []],
  ['blanks count', FilterParams.fromTuples('v', ' 5'), []],
  ['the text null does not match null', FilterParams.fromTuples('v', 'null'), ['text null']],
  ['0 matches 0 and its text', FilterParams.fromTuples('v', 0), ['zero', 'text 0']],
  ['an entry does not match arrays', FilterParams.fromTuples('v', 'b'), []],
  ['an entry may be a path', FilterParams.fromTuples('v.a', '1'), ['object', 'object text']],
  ['every entry must hold', FilterParams.fromTuples('v', '5', 'id', 'five'), ['five']],
  ['an empty entry is left out', FilterParams.fromTuples('v', '5', 'id', ''), ['five', 'text 5']],
  ['wildcards are letters', FilterParams.fromTuples('v', '%'), []],
  ['the largest safe integer matches', FilterParams.fromTuples('v', '9007199254740991'), ['largest integer']],
]
