import { isDeepStrictEqual } from 'node:util'
import type { Disk } from '../../src/file/Disk.js'

export interface Item {
  id: string
  v: number
  text?: string
}

/**
 * A store under test. Operations are asked for in order; each resolves when it is acknowledged. What each does when
 * it is carried out is in `step`.
 */
export interface Subject {
  create(item: Item): Promise<unknown>
  /** Replaces the item with that id; nothing when there is none. */
  update(item: Item): Promise<unknown>
  updatePartially(id: string, data: Partial<Item>): Promise<unknown>
  delete(id: string): Promise<unknown>
  createMany(items: Item[]): Promise<unknown>
  /** A whole save of other items, as by a subclass that edited `_items`. */
  save(items: Item[]): Promise<unknown>
  /** Whether readers go on seeing the other items when that save fails. */
  readonly keepsEdits: boolean
  /** Creates an item after which a fold is due, which then runs beside what follows. */
  checkpoint(item: Item): Promise<unknown>
  flush(): Promise<unknown>
  close(): Promise<unknown>
  /** What readers see now. */
  items(): Promise<Item[]>
}

export type OpenSubject = (disk: Disk, path: string) => Promise<Subject>

export const KINDS = [
  'create',
  'update',
  'updatePartially',
  'delete',
  'createMany',
  'checkpoint',
  'save',
  'reopen',
] as const
export type Kind = (typeof KINDS)[number]

/** One operation of a history with all that it needs, so that a model can carry it out too. */
export type Step =
  | { readonly kind: 'create' | 'update' | 'checkpoint'; readonly item: Item }
  | { readonly kind: 'updatePartially'; readonly id: string; readonly data: Partial<Item> }
  | { readonly kind: 'delete'; readonly id: string }
  | { readonly kind: 'createMany' | 'save'; readonly items: Item[] }
  | { readonly kind: 'reopen' }

/** The items after a step, in storage order. This is the whole model. */
export function after(items: readonly Item[], step: Step): Item[] {
  switch (step.kind) {
    case 'create':
    case 'checkpoint':
      return [...items, step.item]
    case 'createMany':
      return [...items, ...step.items]
    case 'update':
      return items.map((item) => (item.id === step.item.id ? step.item : item))
    case 'updatePartially':
      return items.map((item) => (item.id === step.id ? { ...item, ...step.data } : item))
    case 'delete':
      return items.filter((item) => item.id !== step.id)
    case 'save':
      return step.items
    case 'reopen':
      return [...items]
  }
}

/** Asks the store for the step. Not for `reopen`, which ends one subject and begins another. */
export function ask(subject: Subject, step: Step): Promise<unknown> {
  switch (step.kind) {
    case 'create':
      return subject.create({ ...step.item })
    case 'createMany':
      return subject.createMany(step.items.map((item) => ({ ...item })))
    case 'update':
      return subject.update({ ...step.item })
    case 'updatePartially':
      return subject.updatePartially(step.id, { ...step.data })
    case 'delete':
      return subject.delete(step.id)
    case 'save':
      return subject.save(step.items.map((item) => ({ ...item })))
    case 'checkpoint':
      return subject.checkpoint({ ...step.item })
    case 'reopen':
      throw new Error('reopen is not asked of a subject')
  }
}

/**
 * Makes the step of that kind for a store that holds `items`, as the `n`-th of a history. Sizes differ so that records
 * lie across sectors now and then.
 *
 * @param unit  what texts repeat
 */
export function makeStep(kind: Kind, items: readonly Item[], n: number, unit = 'x'): Step {
  const text = unit.repeat((n * 211) % 700)
  switch (kind) {
    case 'create':
      return { kind, item: { id: `c${n}`, v: n, text } }
    case 'createMany':
      return { kind, items: [0, 1, 2].map((i) => ({ id: `m${n}.${i}`, v: n, text: unit.repeat(i * 300) })) }
    case 'update':
      return { kind, item: { id: items[0]?.id ?? 'none', v: n, text } }
    case 'updatePartially':
      return { kind, id: items.at(-1)?.id ?? 'none', data: { v: n } }
    case 'delete':
      return { kind, id: items[n % Math.max(1, items.length)]?.id ?? 'none' }
    case 'save':
      return { kind, items: [{ id: `s${n}`, v: n, text }, ...[...items].reverse().slice(0, 3)] }
    case 'checkpoint':
      // A fold is due when the journal is larger than half of the file, so the item is larger than the file.
      return { kind, item: { id: `k${n}`, v: n, text: 'z'.repeat(JSON.stringify(items).length) } }
    case 'reopen':
      return { kind }
  }
}

export const same = (a: unknown, b: unknown): boolean => isDeepStrictEqual(a, b)
