import type { CallContext } from '../component/IContext.js'
import type { Batch } from '../contract/Change.js'
import type { ChangeLog, ItemsSince } from '../contract/ChangeLog.js'
import type { ISaver } from '../contract/ISaver.js'
import type { Awaitable } from '../contract/Store.js'
import { changesOf, DirectWriting, Draft, Overlay, TableView, type Write, type Writing } from './Draft.js'
import type { FieldIndex } from './FieldIndex.js'
import { Gate } from './Gate.js'
import { idOf, type Slot } from './Slot.js'
import type { Table } from './Table.js'

/** Decides what a batch writes, and returns what is answered: stored or deleted objects. May throw: nothing happened. */
export type Plan<T, A> = (writing: Writing<T>) => A

/**
 * The way of a write: planned against the newest pending state in the call, made durable, and only then laid into the
 * table, so that reads see acknowledged writes only and a failed write leaves nothing to take back.
 *
 * Without a saver all of it happens in the call. With a change log, writes overlap and share flushes. With a user's own
 * saver they go one at a time, each with a whole save.
 */
export class WritePath<T> {
  /** Indexes that refuse a second item with the same key. */
  readonly unique: FieldIndex[] = []
  /** A subclass may have edited items that are not saved yet. */
  edited = false
  /**
   * A subclass has the array of items in hand, or had, and what it does to that shows here at once and in the file
   * later.
   */
  inHand = false
  /** A deletion by position is under way: no other write is. */
  #counting = false
  /** The items among which it counts, when a subclass may have edited them since. */
  #counted: readonly T[] | null = null
  /** The open change log; `null` when there is none. */
  log: ChangeLog<T> | null = null
  readonly #table: Table<T>
  readonly #view: TableView<T>
  readonly #pending: Overlay<T>
  readonly #direct: DirectWriting<T>
  readonly #gate = new Gate()
  readonly #saver: () => ISaver<T> | null | undefined

  /** @param saver  asked at each use, since subclasses assign it late; not used while a change log is open */
  constructor(table: Table<T>, saver: () => ISaver<T> | null | undefined) {
    this.#table = table
    this.#view = new TableView(table)
    this.#pending = new Overlay(this.#view)
    this.#direct = new DirectWriting(table, this.#view, this.unique)
    this.#saver = saver
  }

  /** Without a saver a change is made in the call. */
  get isPlain(): boolean {
    return this.log === null && !this.#saver()
  }

  /** Writes are under way, which were planned against what there was. */
  get isBusy(): boolean {
    return this.#gate.isBusy
  }

  /** Runs a task that waits for all writes before it, and that all after it wait for. */
  exclusive<V>(task: () => V | Promise<V>): Promise<V> {
    return this.#gate.exclusive(task)
  }

  /**
   * Plans a batch of at most `count` writes, makes it durable, applies it.
   *
   * @param give  makes the answer of what `plan` returns, once that is stored
   */
  write<A, V>(context: unknown, count: number, plan: Plan<T, A>, give: (answer: A) => V): Awaitable<V> {
    const { log } = this
    if (log !== null)
      return this.#gate.shared((leave) => this.#writeToLog(context, log, plan, give, leave), this.#hasTwins)
    const saver = this.#saver()
    if (saver) return this.#gate.exclusive(() => this.#writeBySaving(context, saver, plan, give))
    return give(count > 1 ? this.#writeDraft(plan) : plan(this.#direct))
  }

  /**
   * Whether ids do not tell the items apart that have them: which of those with one id a write will meet is known when
   * the writes before it are done.
   */
  readonly #hasTwins = (): boolean => {
    const table = this.#table
    if (!table.identified) return false
    table.settle()
    return !table.regular
  }

  /** Before a subclass gets the array of items in hand. */
  handOut(): void {
    if (this.#counting && !this.inHand) this.#counted = this.#table.toArray()
    this.edited = true
    this.inHand = true
  }

  /** What a file is to hold that the change log writes of its own accord: a new array of the items, or of those counted. */
  items(): T[] {
    return this.#counted?.slice() ?? this.#table.toArray()
  }

  /** The same for a checkpoint. */
  itemsSince(): ItemsSince<T> {
    return this.#counted === null ? this.#table.toArraySince() : { items: this.items(), positions: null }
  }

  /** Deletes everything, as one batch. */
  async clear(context: unknown): Promise<void> {
    const clear = () => this.#table.clear()
    if (this.isPlain) return clear()
    await this.exclusive(async () => {
      if (this.log !== null) return this.#append(context, this.log, [{ op: 'clear' }], clear)
      await this.#saver()?.save(context as CallContext, [])
      clear()
    })
  }

  /** Deletes what stands in these places, as one batch; called within `exclusive`, or where `isPlain`. */
  delete(context: unknown, slots: readonly Slot[]): Awaitable<void> {
    if (slots.length === 0 && this.log?.isInDoubt !== true) return
    const items = slots.map((slot) => this.#table.at(slot)!)
    // Not by place: a subclass may edit the items while the deletion is under way.
    const remove = () => this.#removeAll(items)
    if (this.log !== null) return this.#deleteFromLog(context, this.log, slots, items, remove)
    const saver = this.#saver()
    if (saver) return Promise.resolve(saver.save(context as CallContext, this.#without(items))).then(remove)
    remove()
  }

  /** Saves all items as they are; called within `exclusive`. */
  async saveAll(context: unknown): Promise<void> {
    if (this.log === null) {
      await this.#saver()?.save(context as CallContext, this.#table.toArray())
      return
    }
    // Edits made while the save is under way count for the next one.
    this.edited = false
    try {
      await this.log.save(context, this.#table.toArray())
    } catch (error) {
      this.edited = true
      throw error
    }
  }

  /** A write that is refused takes those before it along, so none is applied until all are planned. */
  #writeDraft<A>(plan: Plan<T, A>): A {
    const draft = new Draft(this.#view, this.unique, this.#table.identified)
    const answer = plan(draft)
    this.#apply(draft.writes)
    return answer
  }

  #writeToLog<A, V>(
    context: unknown,
    log: ChangeLog<T>,
    plan: Plan<T, A>,
    give: (answer: A) => V,
    leave: () => void,
  ): Awaitable<V> {
    const { identified } = this.#table
    const draft = new Draft(this.#pending, this.unique, identified)
    this.#pending.consulted = false
    const answer = plan(draft)
    const { writes } = draft
    // That there is nothing to do may rest on a write under way, such as a deletion, or on one that was refused and may
    // be found again. What is answered must not be undone: an empty batch is acknowledged, or refused, behind that write.
    if (writes.length === 0 && !this.#pending.consulted && log.isInDoubt !== true) {
      leave()
      return give(answer)
    }
    // Most batches are a single write, of an item that was looked up last.
    const { lastSlot } = this.#table
    const batch: Batch<T> = identified
      ? changesOf(writes)
      : writes.map(({ after }) => ({ op: 'put', id: null, item: after! }))
    return new Promise((resolve, reject) => {
      try {
        log.append(context, batch, (error) => {
          if (error !== null) {
            // Whatever was planned after it fails with it, so nothing pending is left. Who waits is planned when all of
            // those have been told.
            this.#pending.clear()
            reject(error)
            queueMicrotask(leave)
            return
          }
          leave()
          try {
            try {
              this.#apply(writes, lastSlot)
            } finally {
              // Not even what an array of a subclass refuses stays pending: its id would be taken for ever.
              for (const write of writes) this.#pending.settle(write, this.unique, identified)
            }
            resolve(give(answer))
          } catch (problem) {
            reject(problem)
          }
        })
      } catch (problem) {
        // It was not appended, and must not be seen as pending by those that are planned next.
        leave()
        reject(problem)
        return
      }
      for (const write of writes) this.#pending.add(write, this.unique, identified)
    })
  }

  async #writeBySaving<A, V>(
    context: unknown,
    saver: ISaver<T>,
    plan: Plan<T, A>,
    give: (answer: A) => V,
  ): Promise<V> {
    const draft = new Draft(this.#view, this.unique, this.#table.identified)
    const answer = plan(draft)
    if (draft.writes.length > 0) {
      await saver.save(context as CallContext, this.#after(draft.writes))
      this.#apply(draft.writes)
    }
    return give(answer)
  }

  #apply(writes: readonly Write<T>[], likely?: Slot): void {
    for (const { before, after } of writes) this.#table.write(before, after, likely)
  }

  /** The list of all items as it would be after these writes. */
  #after(writes: readonly Write<T>[]): T[] {
    const changed = new Map<T, T | null>()
    const added: T[] = []
    for (const { before, after } of writes) {
      if (before === undefined) added.push(after!)
      else changed.set(before, after)
    }
    const items: T[] = []
    for (const item of this.#table.toArray()) {
      const after = changed.get(item)
      if (after === undefined) items.push(item)
      else if (after !== null) items.push(after)
    }
    return items.concat(added.map((item) => changed.get(item) ?? item))
  }

  async #deleteFromLog(
    context: unknown,
    log: ChangeLog<T>,
    slots: readonly number[],
    items: readonly T[],
    remove: () => void,
  ): Promise<void> {
    const table = this.#table
    if (table.identified && table.regular) {
      const writes = items.map((before) => ({ before, after: null }))
      return this.#append(context, log, changesOf(writes), remove)
    }
    // Items that no id tells apart are named by position, which holds while the file and the memory are known to agree.
    if (!table.identified && !this.inHand) {
      const batch: Batch<T> = [{ op: 'deleteAt', positions: table.positionsOf(slots) }]
      const over = () => {
        this.#counting = false
        this.#counted = null
      }
      this.#counting = true
      try {
        return await this.#append(context, log, batch, () => {
          over()
          remove()
        })
      } finally {
        over()
      }
    }
    await log.save(context, this.#without(items))
    remove()
  }

  #removeAll(items: readonly T[]): void {
    const table = this.#table
    table.settle()
    if (table.identified && table.regular) {
      for (const item of items) {
        const slot = table.slotOfKnown(idOf(item))
        if (slot >= 0) table.deleteQuietly(slot)
      }
    } else {
      const dropped = new Set(items)
      for (let slot = 0; slot < table.slotCount; slot++) {
        const item = table.at(slot)
        if (item !== undefined && dropped.has(item)) table.deleteQuietly(slot)
      }
    }
    table.tidy()
  }

  #without(items: readonly T[]): T[] {
    const dropped = new Set(items)
    return this.#table.toArray().filter((item) => !dropped.has(item))
  }

  /** Appends a batch; `apply` runs in the same call as the acknowledgement, so that a checkpoint never falls between. */
  #append(context: unknown, log: ChangeLog<T>, batch: Batch<T>, apply: () => void): Promise<void> {
    return new Promise((resolve, reject) => {
      log.append(context, batch, (error) => {
        if (error !== null) return reject(error)
        apply()
        resolve()
      })
    })
  }
}
