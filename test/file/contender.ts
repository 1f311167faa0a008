/*
 * A process that takes and lets go of a lock again and again, for the tests of the lock.
 * Arguments: path of the file, milliseconds to go on. While it owns the file it holds `<path>.owner`, made with
 * O_EXCL; a process that finds that file there has met a second owner, unless the other one was killed.
 * Prints `ready`, then the number of times it owned the file, or `TWO OWNERS` and what it saw.
 */
import { readFileSync, unlinkSync, writeFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { acquireLock } from '../../src/file/Lock.js'
import { nodeDisk } from '../../src/file/NodeDisk.js'

const [path, duration] = [process.argv[2]!, Number(process.argv[3])]
const mark = `${path}.owner`

function isDead(pid: number): boolean {
  try {
    // A killed process whose parent has not looked yet is a zombie: it owns nothing any more.
    return / Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return true
  }
}

async function takeMark(): Promise<void> {
  try {
    writeFileSync(mark, String(process.pid), { flag: 'wx' })
    return
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
  const other = Number(readFileSync(mark, 'utf8'))
  for (let waited = 0; other !== 0 && !isDead(other); waited += 5) {
    // A second owner takes its mark away when it lets go; one that was killed never does.
    if (waited > 2000 || Number(readFileSync(mark, 'utf8')) !== other)
      throw new Error(`process ${other} lives`)
    await sleep(5)
  }
  writeFileSync(mark, String(process.pid))
}

let owned = 0
console.log('ready')
const end = performance.now() + duration
try {
  while (performance.now() < end) {
    const lock = await acquireLock(nodeDisk, path, { waitMs: owned % 2 ? 50 : 0 }).catch((error) => {
      if (error.code !== 'LOCKED') throw error
      return null
    })
    if (lock === null) continue
    await takeMark()
    owned++
    if (owned % 3) await sleep(Math.random() * 4)
    if (Number(readFileSync(mark, 'utf8')) !== process.pid) throw new Error('the mark was taken over')
    unlinkSync(mark)
    await lock.release()
  }
  console.log(`owned ${owned}`)
} catch (error) {
  console.log(`TWO OWNERS: ${(error as Error).stack}`)
}
