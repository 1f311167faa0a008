import { expect, test } from 'vitest'
import { reopened, type TestOwner } from '../file/support/TestOwner.js'
import { SimulatedDisk } from '../simulated/SimulatedDisk.js'

const PATH = '/d/items.json'
/** Small, so that one life holds a checkpoint or two. */
const OPTIONS = { checkpointSize: 300 }
const TEXT = 'x'.repeat(40)

/** The same disk as a process sees it that is killed when it has begun `calls` calls: no later one begins. */
function untilCall(disk: SimulatedDisk, calls: number, killed: () => void): SimulatedDisk {
  let begun = 0
  const mortal = <O extends object>(target: O): O =>
    new Proxy(target, {
      get(_, name) {
        const member: unknown = Reflect.get(target, name, target)
        if (typeof member !== 'function') return member
        return (...given: unknown[]) => {
          if (++begun > calls) {
            killed()
            return new Promise(() => {})
          }
          const answer = member.apply(target, given) as Promise<unknown>
          return name === 'open' ? answer.then((file) => mortal(file as object)) : answer
        }
      },
    })
  return mortal(disk)
}

/** Writes one item after the other, until it is over or the process is dead; `acknowledged` grows with each. */
async function live(owner: TestOwner, ids: string, acknowledged: (id: string) => void): Promise<void> {
  for (const id of ids) {
    await owner.put(id, TEXT)
    acknowledged(id)
    if (id === 'e') await owner.log.save(null, owner.items())
  }
  await owner.close()
}

test('a kill anywhere, then a power cut anywhere in the life after it, lose nothing', async () => {
  let images = 0
  for (let calls = 0; ; calls++) {
    const disk = new SimulatedDisk(calls)
    disk.putFolder('/d')
    disk.putFile(PATH, '[{"id":"A"},{"id":"B"}]')
    let kept = 'AB'
    let killed = () => {}
    const death = new Promise<'dead'>((resolve) => {
      killed = () => resolve('dead')
    })
    const first = reopened(untilCall(disk, calls, killed), PATH, OPTIONS).then((owner) =>
      live(owner, 'abcdefghij', (id) => {
        kept += id
      }),
    )
    if ((await Promise.race([first, death])) !== 'dead') break
    // What was under way is answered; nobody is there to hear it.
    await new Promise((resolve) => setImmediate(resolve))
    for (const name of await disk.list('/d')) if (name.startsWith('.')) await disk.unlink(`/d/${name}`)

    const seen: { image: SimulatedDisk; kept: string }[] = []
    disk.onCall = () => {
      for (let seed = 0; seed < 5; seed++) seen.push({ image: disk.afterCrash(seed), kept })
    }
    const owner = await reopened(disk, PATH, OPTIONS)
    expect(owner.ids().startsWith(kept), `killed at call ${calls}`).toBe(true)
    kept = owner.ids()
    await live(owner, 'klm', (id) => {
      kept += id
    })
    disk.onCall = null
    for (const { image, kept: least } of seen) {
      const found = await reopened(image, PATH).then(
        (after) => after.ids(),
        (error: { code: string }) => error.code,
      )
      if (!found.startsWith(least) || !'ABabcdefghij'.startsWith(found.replace(/k?l?m?$/, '')))
        throw new Error(`Killed at call ${calls}, then a power cut: ${found}, expected ${least} at least`)
    }
    images += seen.length
  }
  console.log(`kill, then power cut: ${images} crash states`)
  expect(images).toBeGreaterThan(5000)
}, 300_000)
