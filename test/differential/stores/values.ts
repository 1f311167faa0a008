import type { Random } from '../../simulated/random.js'
import { SPECIAL_NUMBERS, SPECIAL_TEXTS } from '../../sql/arbitraries.js'

/** Fields that items, filters and sorts speak of: few, so that they often meet. */
export const FIELDS = ['a', 'b', 'k', 'n', 'o', 'tags', '0', 'c d', 'é'] as const
/** What is inside `o`, where objects are nested. */
const INNER = ['a', 'p', 'q', '0'] as const
const DATES = [0, 1, 951782400000, 1767225600000, 1767225600001, -1, -62135596800000, 253402300799999]
const FEW_TEXTS = ['a', 'A', 'b', '5', '05', '', 'true', 'null', 'ab', '\ue000', '\u{1f600}'] as const
const FEW_NUMBERS = [0, 1, 2, 5, -1, 0.5, 5.5, -0] as const
/** Letters for texts put together by chance: quotes, wildcards, what folds strangely, what UTF-16 and UTF-8 order differently. */
const LETTERS = [
  'a',
  'A',
  'ß',
  'İ',
  'ı',
  'ſ',
  'Σ',
  'ς',
  '\u0301',
  '%',
  '_',
  "'",
  '"',
  '\\',
  '\ue000',
  '\uffff',
  '😀',
] as const

/** Values that every store takes. */
export class Values {
  readonly random: Random

  constructor(random: Random) {
    this.random = random
  }

  date(): Date {
    return new Date(this.random.pick(DATES))
  }

  number(): number {
    const { random } = this
    const kind = random.below(20)
    if (kind < 13) return random.pick(FEW_NUMBERS)
    if (kind < 17) return random.pick(SPECIAL_NUMBERS)
    // SQLite tells neighbouring doubles apart between 1e-80 and 1e120 only: see its dialect.
    const size = 10 ** (random.below(180) - 70)
    return (random.chance(0.5) ? 1 : -1) * (1 + random.next() / 2 ** 32 + random.next() / 2 ** 53) * size
  }

  text(): string {
    const { random } = this
    const kind = random.below(20)
    if (kind < 11) return random.pick(FEW_TEXTS)
    if (kind < 15) return random.pick(SPECIAL_TEXTS)
    if (kind < 16) return this.date().toISOString()
    return this.letters(1 + random.below(4))
  }

  letters(count: number): string {
    let text = ''
    for (let i = 0; i < count; i++) text += this.random.pick(LETTERS)
    return text
  }

  /** What a filter can compare with. */
  scalar(): string | number | boolean | null {
    const kind = this.random.below(10)
    if (kind < 1) return null
    if (kind < 2) return this.random.chance(0.5)
    return kind < 6 ? this.number() : this.text()
  }

  value(depth = 0): unknown {
    const { random } = this
    const kind = random.below(depth > 3 ? 12 : 16)
    if (kind < 12) return this.scalar()
    if (kind < 14) return this.array(depth)
    return this.object(depth)
  }

  array(depth = 0): unknown[] {
    return Array.from({ length: this.random.below(4) }, () => this.value(depth + 1))
  }

  object(depth = 0): Record<string, unknown> {
    const object: Record<string, unknown> = {}
    const count = this.random.below(4)
    for (let i = 0; i < count; i++) object[this.random.pick(INNER)] = this.value(depth + 1)
    if (this.random.chance(0.1)) object[this.random.pick(INNER)] = undefined
    return object
  }

  /** A path into items; now and then one that ends in a scalar, or nowhere. */
  path(): string {
    const { random } = this
    const kind = random.below(20)
    if (kind < 7) return random.pick(['a', 'b', 'k', 'n'])
    if (kind < 13) return random.pick(FIELDS)
    if (kind < 15) return `o.${random.pick(INNER)}`
    if (kind < 16) return `o.${random.pick(INNER)}.${random.pick(INNER)}`
    if (kind < 17) return 'id'
    if (kind < 18) return 'tags.0'
    return random.pick(['when', 'o.at', 'o.p.q.a.0.p.q.a', 'missing'])
  }
}

/** Values that no store takes, in an item. Made anew each time: nobody shares them. */
export function unstorable(random: Random): unknown {
  const made: readonly (() => unknown)[] = [
    () => Number.NaN,
    () => Number.NEGATIVE_INFINITY,
    () => 1n,
    () => () => 1,
    () => Symbol('s'),
    () => new Map([[1, 2]]),
    () => new Set([1]),
    () => /a/,
    () => [undefined],
    () => new Date(5),
    () => new Date(Number.NaN),
    () => 'a\0b',
    () => '\ud800',
    () => ['x\udfff'],
    () => ({ 'k\ud83d': 1 }),
    () => ({ 'k\0': 1 }),
    () => new Uint8Array(2),
    () => {
      const cycle: Record<string, unknown> = {}
      cycle.self = cycle
      return cycle
    },
    () => ({ at: new Date(5), toJSON: () => 1 }),
  ]
  return random.pick(made)()
}
