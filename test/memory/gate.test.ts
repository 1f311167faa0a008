import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Gate } from '../../src/memory/Gate.js'

interface Task {
  readonly exclusive: boolean
  /** Whether that is said only when it is its turn. */
  readonly late: boolean
  readonly fails: boolean
}

/** A task that is over when the test says so. */
class Running {
  started = false
  over = false
  finish!: () => void
  answer!: Promise<unknown>
}

function nothing(): void {}

async function rest(): Promise<void> {
  for (let i = 0; i < 20; i++) await null
}

function start(gate: Gate, task: Task): Running {
  const running = new Running()
  const body = (leave: () => void = nothing) => {
    running.started = true
    return new Promise<string>((resolve, reject) => {
      running.finish = () => {
        running.over = true
        leave()
        if (task.fails) reject(new Error('failed'))
        else resolve('done')
      }
    })
  }
  const answer = Promise.resolve(
    task.exclusive && !task.late ? gate.exclusive(() => body()) : gate.shared(body, () => task.exclusive),
  )
  running.answer = answer.catch((error: Error) => error.message)
  return running
}

describe('Gate', () => {
  test('tasks start in the order of calls; exclusive ones alone, shared ones together', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ exclusive: fc.boolean(), late: fc.boolean(), fails: fc.boolean() }), {
          minLength: 1,
          maxLength: 12,
        }),
        fc.infiniteStream(fc.nat()),
        async (tasks, picks) => {
          const gate = new Gate()
          const all = tasks.map((task) => start(gate, task))
          for (;;) {
            await rest()
            const first = all.findIndex((task) => !task.over)
            if (first < 0) break
            // From the first that is not over: it, and with it the shared ones up to the next exclusive one.
            const until = tasks.findIndex((task, i) => i > first && task.exclusive)
            const together = tasks[first]!.exclusive ? first + 1 : until < 0 ? tasks.length : until
            expect(all.map((task) => task.started)).toEqual(tasks.map((_, i) => i < together))
            const running = all.slice(first, together).filter((task) => !task.over)
            running[picks.next().value! % running.length]!.finish()
          }
          expect(await Promise.all(all.map((task) => task.answer))).toEqual(
            tasks.map((task) => (task.fails ? 'failed' : 'done')),
          )
        },
      ),
      { numRuns: 150 },
    )
  })

  test('nobody slips in between an exclusive task that ends and those that wait for it', async () => {
    for (let turns = 0; turns < 12; turns++) {
      const gate = new Gate()
      const order: string[] = []
      const enter = (name: string) => (leave: () => void) => {
        order.push(name)
        leave()
      }
      const first = gate.exclusive(() => order.push('first'))
      const second = gate.shared(enter('second'))
      for (let i = 0; i < turns; i++) await null
      await Promise.all([first, second, gate.shared(enter('third'))])
      expect(order).toEqual(['first', 'second', 'third'])
    }
  })

  test('a shared task runs in the call when nothing exclusive is before it', () => {
    const gate = new Gate()
    let ran = 0
    const run = (leave: () => void) => {
      leave()
      return ++ran
    }
    expect(gate.shared(run)).toBe(1)
    expect(ran).toBe(1)
  })

  test('whether a task runs alone is asked when it is its turn', async () => {
    const gate = new Gate()
    let alone = false
    const before = gate.exclusive(async () => {
      await rest()
      alone = true
    })
    const first = start(gate, { exclusive: true, late: true, fails: false })
    const told = start(gate, { exclusive: false, late: true, fails: false })
    expect(alone).toBe(false)
    await before
    await rest()
    expect([first.started, told.started]).toEqual([true, false])
    first.finish()
    await rest()
    expect(told.started).toBe(true)
  })

  test('a task that cannot say whether it runs alone does, and concerns nobody else', async () => {
    const gate = new Gate()
    const order: string[] = []
    const first = gate.exclusive(() => order.push('first'))
    const second = gate.shared(
      () => order.push('second'),
      () => {
        throw new Error('not known')
      },
    )
    const third = gate.exclusive(() => order.push('third'))
    expect(await Promise.all([first, second, third])).toEqual([1, 2, 3])
  })

  test('a shared task that throws has left: it holds up nobody', async () => {
    const gate = new Gate()
    expect(() =>
      gate.shared(() => {
        throw new Error('refused')
      }),
    ).toThrow('refused')
    expect(await gate.exclusive(() => 'in')).toBe('in')
    const first = gate.exclusive(() => null)
    const second = gate.shared(() => {
      throw new Error('refused later')
    })
    await expect(second).rejects.toThrow('refused later')
    await first
    expect(await gate.exclusive(() => 'in again')).toBe('in again')
  })
  test('however many wait and leave in the call, all are let in', async () => {
    const gate = new Gate()
    const first = gate.exclusive(() => null)
    const many = Array.from({ length: 20_000 }, (_, i) =>
      gate.shared((leave) => {
        leave()
        return i
      }),
    )
    await first
    expect(await Promise.all(many)).toEqual(many.map((_, i) => i))
    expect(gate.isBusy).toBe(false)
    expect(await gate.exclusive(() => 'in')).toBe('in')
  })

  test('what was let in is forgotten, though somebody waits at any time', async () => {
    const gate = new Gate()
    const uses = (it: object) => () => it !== null
    let big: object | null = { big: true }
    const kept = new WeakRef(big)
    const line: Promise<unknown>[] = [gate.exclusive(() => null), gate.exclusive(uses(big))]
    big = null
    for (let i = 0; i < 5000; i++) {
      line.push(gate.exclusive(() => i))
      if (line.length > 2) await line.shift()
    }
    let finish = () => {}
    const held = new Promise<void>((resolve) => {
      finish = resolve
    })
    line.push(
      gate.exclusive(() => held),
      gate.exclusive(() => null),
    )
    setFlagsFromString('--expose-gc')
    await new Promise(setImmediate)
    runInNewContext('gc')()
    expect(kept.deref()).toBeUndefined()
    finish()
    await Promise.all(line)
  })
})
