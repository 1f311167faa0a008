// biome-ignore-all lint/suspicious/noExplicitAny: these values can be anything, as in Pip.Services

import { entriesOf, pairsOf } from './entries.js'
import { parseLine, putTexts, StringValueMap } from './StringValueMap.js'

/** What to read, as names and texts: `FilterParams.fromTuples('key', 'a', 'ids', '1,2')`. */
export class FilterParams extends StringValueMap {
  override clone(): any {
    return new FilterParams(this)
  }

  static override fromValue(value: any): FilterParams {
    return new FilterParams(value)
  }

  static override fromTuples(...tuples: any[]): FilterParams {
    return FilterParams.fromTuplesArray(tuples)
  }

  static override fromTuplesArray(tuples: any[] | null): FilterParams {
    return putTexts(new FilterParams(), pairsOf(tuples))
  }

  static override fromString(line: string | null): FilterParams {
    return putTexts(new FilterParams(), parseLine(line))
  }

  static override fromMaps(...maps: any[]): FilterParams {
    const result = new FilterParams()
    for (const map of maps) putTexts(result, entriesOf(map))
    return result
  }
}
