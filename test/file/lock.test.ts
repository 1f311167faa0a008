import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { Disk } from '../../src/file/Disk.js'
import { acquireLock, type Lock } from '../../src/file/Lock.js'
import { nodeDisk } from '../../src/file/NodeDisk.js'

let folder: string
let path: string
const children: ChildProcess[] = []

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'holdfast-lock-'))
  path = join(folder, 'items.json')
})

afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
  rmSync(folder, { recursive: true, force: true })
})

const contender = join(import.meta.dirname, 'contender.ts')
const take = (waitMs = 0, disk: Disk = nodeDisk) => acquireLock(disk, path, { waitMs })
const locked = { code: 'LOCKED' }
const names = () => readdirSync(folder).filter((name) => name.startsWith('.'))

/** Starts a process that runs `code` with `take` at hand, and resolves when it has printed a line. */
async function child(code: string, wrap: string[] = []): Promise<{ process: ChildProcess; line: string }> {
  const source = `
    const { acquireLock } = await import(${JSON.stringify(join(import.meta.dirname, '../../src/file/Lock.ts'))})
    const { nodeDisk } = await import(${JSON.stringify(join(import.meta.dirname, '../../src/file/NodeDisk.ts'))})
    const take = () => acquireLock(nodeDisk, ${JSON.stringify(path)}, { waitMs: 0 })
    ${code}`
  const command = [...wrap, process.execPath, '--import', 'tsx', '--input-type=module', '-e', source]
  const started = spawn(command[0]!, command.slice(1), { stdio: ['ignore', 'pipe', 'inherit'] })
  children.push(started)
  return { process: started, line: await firstLine(started) }
}

function firstLine(started: ChildProcess): Promise<string> {
  return new Promise((done, fail) => {
    let text = ''
    started.stdout!.on('data', (data) => {
      text += data
      if (text.includes('\n')) done(text.split('\n')[0]!)
    })
    started.once('exit', (code) => fail(new Error(`The child ended with ${code}: ${text}`)))
  })
}

const owning = `const lock = await take(); console.log('own'); setInterval(() => {}, 1000)`

test('a second claim in the process is LOCKED, names path and pid, and gets the lock after the release', async () => {
  const lock = await take()
  const error = await take().catch((e) => e)
  expect(error).toMatchObject({ code: 'LOCKED', details: { path, pid: process.pid } })
  expect(error.message).toContain(path)
  expect(error.message).toContain(String(process.pid))
  await lock.release()
  expect(names()).toEqual([])
  await (await take()).release()
  await lock.release()
})

test('release leaves the lock of the next owner alone when it is called twice', async () => {
  const first = await take()
  await first.release()
  const second = await take()
  await first.release()
  await expect(take()).rejects.toMatchObject(locked)
  await second.release()
})

test('locks of two files in a folder do not meet', async () => {
  const one = await take()
  const two = await acquireLock(nodeDisk, `${path}.more`, { waitMs: 0 })
  const three = await acquireLock(nodeDisk, join(folder, 'items'), { waitMs: 0 })
  for (const lock of [one, two, three]) await lock.release()
  expect(names()).toEqual([])
})

test('of many claims at once exactly one wins', async () => {
  for (let round = 0; round < 20; round++) {
    const results = await Promise.allSettled(Array.from({ length: 30 }, () => take()))
    const won = results.filter((result) => result.status === 'fulfilled')
    const codes = results.flatMap((result) => (result.status === 'rejected' ? [result.reason.code] : []))
    expect(won.length).toBe(1)
    expect(new Set(codes)).toEqual(new Set(['LOCKED']))
    await won[0]!.value.release()
    expect(names()).toEqual([])
  }
})

test('those who wait get the lock one after the other', async () => {
  let owners = 0
  const run = async () => {
    const lock = await take(30_000)
    expect(++owners).toBe(1)
    await sleep(1)
    owners--
    await lock.release()
  }
  await Promise.all(Array.from({ length: 12 }, run))
  expect(names()).toEqual([])
})

test('waiting ends with LOCKED when the time is over', async () => {
  const lock = await take()
  const start = performance.now()
  await expect(take(120)).rejects.toMatchObject(locked)
  expect(performance.now() - start).toBeGreaterThanOrEqual(115)
  await lock.release()
})

test('a symbolic link to the file is the file', async () => {
  writeFileSync(path, '[]')
  const link = join(folder, 'link.json')
  symlinkSync(path, link)
  const lock = await acquireLock(nodeDisk, link, { waitMs: 0 })
  await expect(take()).rejects.toMatchObject(locked)
  await lock.release()
})

test('a path of 300 characters and a name of 250 are locked as others are', async () => {
  const deep = join(folder, 'd'.repeat(130), 'e'.repeat(130))
  mkdirSync(deep, { recursive: true })
  for (const name of ['items.json', `${'n'.repeat(245)}.json`]) {
    path = join(deep, name)
    expect(path.length).toBeGreaterThan(300 - 10)
    const lock = await take()
    await expect(take()).rejects.toMatchObject(locked)
    expect(readdirSync(deep).length).toBe(1)
    await lock.release()
    expect(readdirSync(deep)).toEqual([])
  }
  expect(readdirSync(tmpdir()).filter((name) => name.startsWith('hf-'))).toEqual([])
})

test('two names that differ only after a long common part are two files', async () => {
  const one = await acquireLock(nodeDisk, join(folder, `${'n'.repeat(200)}1`), { waitMs: 0 })
  const two = await acquireLock(nodeDisk, join(folder, `${'n'.repeat(200)}2`), { waitMs: 0 })
  await one.release()
  await two.release()
})

test('another process has the lock until it is killed, and nothing has to be cleaned up', async () => {
  const owner = await child(owning)
  await expect(take()).rejects.toMatchObject({ code: 'LOCKED', details: { pid: owner.process.pid } })
  const gone = new Promise((done) => owner.process.once('exit', done))
  owner.process.kill('SIGKILL')
  await gone
  expect(names().length).toBe(1)
  const lock = await take()
  await lock.release()
  expect(names()).toEqual([])
})

test('a stopped process still owns the file, and is named', async () => {
  const owner = await child(owning)
  owner.process.kill('SIGSTOP')
  for (let i = 0; i < 3; i++) {
    await expect(take()).rejects.toMatchObject({ code: 'LOCKED', details: { pid: owner.process.pid } })
  }
  owner.process.kill('SIGCONT')
  await expect(take()).rejects.toMatchObject(locked)
  owner.process.kill('SIGKILL')
  await (await take(5000)).release()
})

test('a stopped process owns the file however many have knocked', async () => {
  const owner = await child(owning)
  owner.process.kill('SIGSTOP')
  // More than the kernel keeps waiting for one listener.
  const results = await Promise.allSettled(Array.from({ length: 700 }, () => take()))
  expect(new Set(results.map((r) => (r.status === 'rejected' ? r.reason.code : 'owner')))).toEqual(
    new Set(['LOCKED']),
  )
})

test('holding a lock does not keep a process alive', async () => {
  const owner = await child(`await take(); console.log('own')`)
  await new Promise((done) =>
    owner.process.exitCode === null ? owner.process.once('exit', done) : done(null),
  )
  await (await take()).release()
  expect(names()).toEqual([])
})

test('a worker thread is another owner', async () => {
  const source = `
    import('tsx/esm/api').then(async ({ register }) => {
      register()
      const { acquireLock } = await import(${JSON.stringify(join(import.meta.dirname, '../../src/file/Lock.ts'))})
      const { nodeDisk } = await import(${JSON.stringify(join(import.meta.dirname, '../../src/file/NodeDisk.ts'))})
      const { parentPort } = await import('node:worker_threads')
      await acquireLock(nodeDisk, ${JSON.stringify(path)}, { waitMs: 0 })
      parentPort.postMessage('own')
      setInterval(() => {}, 1000)
    })`
  const worker = new Worker(source, { eval: true })
  await new Promise((done, fail) => worker.once('message', done).once('error', fail))
  await expect(take()).rejects.toMatchObject(locked)
  await worker.terminate()
  await (await take(1000)).release()
  expect(names()).toEqual([])
})

test('a worker of node:cluster holds its lock itself, until it lets go of it', async () => {
  const lockTs = JSON.stringify(join(import.meta.dirname, '../../src/file/Lock.ts'))
  const diskTs = JSON.stringify(join(import.meta.dirname, '../../src/file/NodeDisk.ts'))
  const file = join(folder, 'cluster.mjs')
  writeFileSync(
    file,
    `import cluster from 'node:cluster'
     if (cluster.isPrimary) {
       const worker = cluster.fork()
       worker.once('message', () => {
         worker.once('disconnect', () => setTimeout(() => console.log('disconnected'), 200))
         worker.disconnect()
       })
     } else {
       const { acquireLock } = await import(${lockTs})
       const { nodeDisk } = await import(${diskTs})
       await acquireLock(nodeDisk, ${JSON.stringify(path)}, { waitMs: 0 })
       process.send('own')
       setTimeout(() => process.exit(), 10_000)
     }`,
  )
  const primary = spawn(process.execPath, ['--import', 'tsx', file], { stdio: ['ignore', 'pipe', 'inherit'] })
  children.push(primary)
  await firstLine(primary)
  const error = await take().catch((e) => e)
  expect(error).toMatchObject({ code: 'LOCKED' })
  // The worker, which has nothing to do with its primary any more.
  process.kill(error.details.pid, 'SIGKILL')
  await (await take(1000)).release()
})

test('whatever the clock says, a second claim is LOCKED', async () => {
  for (const now of [-1e10, 1.7e12 + 0.25, Date.UTC(9999, 11, 31), Number.NaN]) {
    const clock = vi.spyOn(Date, 'now').mockReturnValue(now)
    try {
      const lock = await take()
      await expect(take()).rejects.toMatchObject(locked)
      await lock.release()
      expect(names()).toEqual([])
    } finally {
      clock.mockRestore()
    }
  }
})

const namespaces = spawnSync('unshare', ['--pid', '--fork', 'true']).status === 0
test('an owner in another pid namespace is seen, and its death too', async ({ skip }) => {
  skip(!namespaces, 'unshare makes no name space of processes here')
  const owner = await child(`${owning}; console.log(process.pid)`, [
    'unshare',
    '--pid',
    '--fork',
    '--kill-child',
  ])
  // Over there it is process 1, as in every container.
  await expect(take()).rejects.toMatchObject({ code: 'LOCKED', details: { pid: 1 } })
  owner.process.kill('SIGKILL')
  await (await take(5000)).release()
  expect(names()).toEqual([])
})

test('contending processes that are killed at any moment never own the file together', async () => {
  const failures: string[] = []
  let owned = 0
  let killed = 0
  const end = performance.now() + 8_000
  const run = async (kill: boolean) => {
    while (performance.now() < end) {
      const left = Math.ceil(end - performance.now())
      const started = spawn(process.execPath, ['--import', 'tsx', contender, path, String(left)])
      children.push(started)
      let out = ''
      started.stdout.on('data', (data) => {
        out += data
        if (kill && out === 'ready\n')
          setTimeout(() => started.kill('SIGKILL') && killed++, Math.random() * 300)
      })
      started.stderr.on('data', (data) => failures.push(String(data)))
      await new Promise((done) => started.once('close', done))
      if (out.includes('TWO OWNERS')) failures.push(out)
      owned += Number(/owned (\d+)/.exec(out)?.[1] ?? 0)
    }
  }
  await Promise.all([run(false), run(false), run(false), run(true), run(true), run(true)])
  expect(failures).toEqual([])
  expect(owned).toBeGreaterThan(20)
  expect(killed).toBeGreaterThan(5)
  const lock = await take()
  await lock.release()
  expect(names()).toEqual([])
})

test('a name whose process is between bind and listen may be removed: the claim begins again', async () => {
  let renames = 0
  const disk: Disk = Object.assign(Object.create(nodeDisk) as Disk, {
    rename: async (from: string, to: string) => {
      if (renames++ < 3) await nodeDisk.unlink(from)
      await nodeDisk.rename(from, to)
    },
  })
  const lock = await take(0, disk)
  await expect(take()).rejects.toMatchObject(locked)
  await lock.release()
  expect(names()).toEqual([])
})

test('a folder that is not there or cannot hold sockets is WRITE_FAILED, with the reason', async () => {
  path = join(folder, 'none', 'items.json')
  await expect(take()).rejects.toMatchObject({ code: 'WRITE_FAILED', cause: { code: 'ENOENT' } })
  path = join(folder, 'items.json')
  const disk: Disk = Object.assign(Object.create(nodeDisk) as Disk, {
    listen: () => Promise.reject(Object.assign(new Error('operation not supported'), { code: 'ENOTSUP' })),
  })
  await expect(take(0, disk)).rejects.toMatchObject({ code: 'WRITE_FAILED', cause: { code: 'ENOTSUP' } })
  expect(names()).toEqual([])
})

test('a disk without room for the name of a socket is STORAGE_FULL, with the way out', async () => {
  const disk: Disk = Object.assign(Object.create(nodeDisk) as Disk, {
    listen: () => Promise.reject(Object.assign(new Error('no space left'), { code: 'ENOSPC' })),
  })
  await expect(take(0, disk)).rejects.toMatchObject({
    code: 'STORAGE_FULL',
    message: expect.stringContaining('inodes'),
    cause: { code: 'ENOSPC' },
  })
  expect(names()).toEqual([])
})

test('a fault at any step of claiming leaves no lock behind', async () => {
  for (const step of ['realPath', 'list', 'listen', 'rename'] as const) {
    for (let k = 1; k <= 2; k++) {
      let calls = 0
      const disk: Disk = Object.assign(Object.create(nodeDisk) as Disk, {
        [step]: (...args: never[]) =>
          ++calls === k
            ? Promise.reject(Object.assign(new Error('i/o error'), { code: 'EIO' }))
            : (nodeDisk[step] as (...args: never[]) => unknown)(...args),
      })
      const result = await take(0, disk).catch((error) => error)
      if (calls >= k) expect(result).toMatchObject({ code: 'WRITE_FAILED', cause: { code: 'EIO' } })
      else await (result as Lock).release()
      await (await take()).release()
      expect(names()).toEqual([])
    }
  }
})

test('where the system has pipes, one name is the lock', async () => {
  const held = new Map<string, () => string>()
  const pipes: Disk = Object.assign(Object.create(nodeDisk) as Disk, {
    sockets: 'kernel',
    listen: async (name: string, greeting: () => string) => {
      if (held.has(name)) throw Object.assign(new Error('in use'), { code: 'EADDRINUSE' })
      held.set(name, greeting)
      return { close: async () => void held.delete(name) }
    },
    greet: async (name: string) => held.get(name)?.() ?? null,
  })
  const lock = await take(0, pipes)
  expect([...held.keys()][0]).toMatch(/^\\\\\.\\pipe\\holdfast-[0-9a-f]{64}$/)
  await expect(take(0, pipes)).rejects.toMatchObject({ code: 'LOCKED', details: { pid: process.pid } })
  await lock.release()
  await (await take(0, pipes)).release()
  expect(held.size).toBe(0)
})

test('a pipe that cannot be asked is somebody’s, and one that cannot be made is an error', async () => {
  const failing = (code: string): Disk =>
    Object.assign(Object.create(nodeDisk) as Disk, {
      sockets: 'kernel',
      listen: () => Promise.reject(Object.assign(new Error(code), { code })),
      greet: async () => '',
    })
  for (const code of ['EADDRINUSE', 'EACCES']) {
    const error = await take(0, failing(code)).catch((e) => e)
    expect(error).toMatchObject({ code: 'LOCKED', details: { pid: null } })
    expect(error.message).toContain('another process')
  }
  await expect(take(0, failing('EMFILE'))).rejects.toMatchObject({
    code: 'WRITE_FAILED',
    cause: { code: 'EMFILE' },
  })
})

test('a pipe that cannot be closed does not spoil the release', async () => {
  const disk: Disk = Object.assign(Object.create(nodeDisk) as Disk, {
    sockets: 'kernel',
    listen: async () => ({ close: () => Promise.reject(new Error('it cannot be closed')) }),
  })
  await (await take(0, disk)).release()
})

test('a claim that is not published yet is nobody’s rival, and is not removed while it lives', async () => {
  const other = '.items.json.claim-000000000-1-0123456789abcdef'
  const server = createServer((caller) => caller.end('claiming')).listen(join(folder, other))
  await new Promise((done) => server.once('listening', done))
  const lock = await take()
  expect(names()).toContain(other)
  await lock.release()
  await new Promise((done) => server.close(done))
})

test('names that cannot be removed or listeners that cannot be closed do not spoil the release', async () => {
  const disk: Disk = Object.assign(Object.create(nodeDisk) as Disk, {
    unlink: () => Promise.reject(new Error('it cannot be removed')),
    listen: async (...args: Parameters<Disk['listen']>) => {
      const listening = await nodeDisk.listen(...args)
      return { close: () => listening.close().then(() => Promise.reject(new Error('nor closed'))) }
    },
  })
  await (await take(0, disk)).release()
  // The name that stays is dead, and goes with the next claim.
  expect(names()).toHaveLength(1)
  await (await take()).release()
  expect(names()).toEqual([])
})

test('two spellings of a name are one file where the file system may have no case', async () => {
  const upper = join(folder, 'ITEMS.json')
  const own = Object.getOwnPropertyDescriptor(process, 'platform')!
  const linux = [await take(), await acquireLock(nodeDisk, upper, { waitMs: 0 })]
  for (const lock of linux) await lock.release()
  Object.defineProperty(process, 'platform', { ...own, value: 'darwin' })
  try {
    const lock = await take()
    await expect(acquireLock(nodeDisk, upper, { waitMs: 0 })).rejects.toMatchObject(locked)
    await lock.release()
  } finally {
    Object.defineProperty(process, 'platform', own)
  }
})

test('a socket of somebody else with another name is left alone', async () => {
  const other = join(folder, '.items.json.lock-mine')
  const server = createServer().listen(other)
  await new Promise((done) => server.once('listening', done))
  const lock = await take()
  await lock.release()
  expect(existsSync(other)).toBe(true)
  await new Promise((done) => server.close(done))
  chmodSync(folder, 0o700)
})
