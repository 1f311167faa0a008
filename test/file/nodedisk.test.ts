import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import * as fs from 'node:fs'
import { createRequire, syncBuiltinESMExports } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { isMountPoint, nodeDisk } from '../../src/file/NodeDisk.js'
import { salvage } from '../../src/file/salvage.js'
import { codeOf, found, reopened } from './support/TestOwner.js'

/** The exports of `node:fs`, where a function of it can be replaced. */
const mutable = createRequire(import.meta.url)('node:fs') as {
  link: (from: string, to: string, done: (error: Error) => void) => void
}

const canMount = spawnSync('unshare', ['--mount', 'true']).status === 0

let folder: string
const at = (name: string) => join(folder, name)
const bytes = (text: string) => new TextEncoder().encode(text)

beforeEach(() => {
  folder = fs.realpathSync(fs.mkdtempSync(join(tmpdir(), 'holdfast-disk-')))
})
afterEach(() => fs.rmSync(folder, { recursive: true, force: true }))

test('create makes a new file with the mode asked for, whatever the umask', async () => {
  const file = await nodeDisk.open(at('a'), 'create', 0o666)
  await file.write(bytes('hello'), 0, 5, 0)
  await file.sync()
  expect(await file.stat()).toMatchObject({ size: 5, mode: 0o666 })
  await file.close()
  await expect(nodeDisk.open(at('a'), 'create')).rejects.toMatchObject({ code: 'EEXIST' })
  await (await nodeDisk.open(at('b'), 'create')).close()
  expect(fs.statSync(at('b')).mode & 0o777).toBe(0o600)
})

test('write opens what is there and keeps its content', async () => {
  await expect(nodeDisk.open(at('a'), 'write')).rejects.toMatchObject({ code: 'ENOENT' })
  fs.writeFileSync(at('a'), 'hello world')
  const file = await nodeDisk.open(at('a'), 'write')
  expect(await file.write(bytes('xJy'), 1, 1, 0)).toBe(1)
  await file.truncate(7)
  const buffer = new Uint8Array(10)
  expect(await file.read(buffer, 1, 9, 5)).toBe(2)
  expect(await file.read(buffer, 0, 9, 7)).toBe(0)
  await file.close()
  expect(fs.readFileSync(at('a'), 'utf8')).toBe('Jello w')
})

describe('a new name', () => {
  beforeEach(() => {
    fs.writeFileSync(at('a'), 'A')
    fs.writeFileSync(at('b'), 'B')
    fs.symlinkSync('nowhere', at('link'))
  })

  test.each(['b', 'link'])('is refused where something stands (%s)', async (taken) => {
    await expect(nodeDisk.renameNew(at('a'), at(taken))).rejects.toMatchObject({ code: 'EEXIST' })
    expect(fs.readFileSync(at('a'), 'utf8') + fs.readFileSync(at('b'), 'utf8')).toBe('AB')
    expect(fs.readlinkSync(at('link'))).toBe('nowhere')
  })

  test('takes the place of the old one', async () => {
    await nodeDisk.renameNew(at('a'), at('c'))
    expect(fs.readdirSync(folder).sort()).toEqual(['b', 'c', 'link'])
    expect(fs.readFileSync(at('c'), 'utf8')).toBe('A')
  })

  test('is given where files have one name only, and refused there too', async () => {
    const { link } = mutable
    mutable.link = (_from, _to, done) => done(Object.assign(new Error('EPERM'), { code: 'EPERM' }))
    syncBuiltinESMExports()
    try {
      await expect(nodeDisk.renameNew(at('a'), at('b'))).rejects.toMatchObject({ code: 'EEXIST' })
      await nodeDisk.renameNew(at('a'), at('c'))
    } finally {
      mutable.link = link
      syncBuiltinESMExports()
    }
    expect(fs.readFileSync(at('b'), 'utf8') + fs.readFileSync(at('c'), 'utf8')).toBe('BA')
    expect(fs.existsSync(at('a'))).toBe(false)
  })
})

test('a mode that somebody changes while the store is open is kept', async () => {
  fs.writeFileSync(at('items.json'), '[{"id":"A"}]', { mode: 0o644 })
  const owner = await reopened(nodeDisk, at('items.json'))
  await owner.put('a')
  fs.chmodSync(at('items.json'), 0o600)
  await owner.close()
  expect(fs.statSync(at('items.json')).mode & 0o777).toBe(0o600)
})

test('a folder is not opened', async () => {
  for (const how of ['read', 'write'] as const)
    await expect(nodeDisk.open(folder, how)).rejects.toThrow('it is not a file')
})

describe('a pipe, at whose other end nobody is', () => {
  beforeEach(({ skip }) => skip(spawnSync('mkfifo', ['--version']).error !== undefined, 'there is no mkfifo'))

  test.each(['read', 'write'] as const)('is not opened and not waited for (%s)', async (how) => {
    spawnSync('mkfifo', [at('pipe')])
    await expect(nodeDisk.open(at('pipe'), how)).rejects.toThrow('it is not a file')
  })

  test('in the place of the file lets no closing wait, and nothing is lost', async () => {
    const owner = await reopened(nodeDisk, at('items.json'))
    await owner.put('a')
    spawnSync('mkfifo', [at('items.json')])
    await expect(owner.close()).rejects.toMatchObject({
      code: 'WRITE_FAILED',
      message: expect.stringContaining('it is not a file'),
    })
    fs.rmSync(at('items.json'))
    await owner.close()
    expect(await found(nodeDisk, at('items.json'))).toBe('a')
  })

  test('is READ_FAILED for salvage', async () => {
    spawnSync('mkfifo', [at('items.json')])
    expect(await codeOf(salvage(at('items.json'), at('out.json')))).toBe('READ_FAILED')
  })
})

test('durable files are those whose writes Linux flushes as they are made; elsewhere there are none', async () => {
  for (const how of ['create', 'write'] as const) {
    const plain = await nodeDisk.open(at('plain'), how, 0o600)
    const durable = await nodeDisk.open(at('durable'), how, 0o600, true)
    expect(plain.durable).toBe(false)
    expect(durable.durable).toBe(process.platform === 'linux')
    expect(await durable.write(bytes('hello'), 0, 5, 0)).toBe(5)
    if (durable.durable)
      expect([flagsOf(at('plain')), flagsOf(at('durable'))]).toEqual([0, fs.constants.O_DSYNC])
    await plain.close()
    await durable.close()
  }
})

/** O_DSYNC, or 0, as the kernel has it for the descriptor that is open on the file (proc_pid_fdinfo(5)). */
function flagsOf(path: string): number {
  const fd = fs.readdirSync('/proc/self/fd').find((name) => linkOf(`/proc/self/fd/${name}`) === path)
  const flags = /^flags:\s*([0-7]+)/m.exec(fs.readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8'))![1]!
  return Number.parseInt(flags, 8) & fs.constants.O_DSYNC
}

function linkOf(path: string): string | null {
  try {
    return fs.readlinkSync(path)
  } catch {
    return null
  }
}

test('read opens for reading only', async () => {
  await expect(nodeDisk.open(at('a'), 'read')).rejects.toMatchObject({ code: 'ENOENT' })
  fs.writeFileSync(at('a'), 'hello')
  const file = await nodeDisk.open(at('a'), 'read')
  await expect(file.write(bytes('x'), 0, 1, 0)).rejects.toMatchObject({ code: 'EBADF' })
  await file.close()
})

test('stat follows links, tells identity, and is null for what is not there', async () => {
  fs.writeFileSync(at('a'), 'hello')
  fs.symlinkSync(at('a'), at('link'))
  const [direct, linked] = [await nodeDisk.stat(at('a')), await nodeDisk.stat(at('link'))]
  expect(linked).toEqual(direct)
  expect(direct?.inode).toBe(fs.statSync(at('a'), { bigint: true }).ino)
  expect(direct?.mtimeNs).toBe(fs.statSync(at('a'), { bigint: true }).mtimeNs)
  expect(await nodeDisk.stat(at('none'))).toBeNull()
  await expect(nodeDisk.stat(join(at('a'), 'b'))).rejects.toMatchObject({ code: 'ENOTDIR' })
})

test('rename replaces, unlink removes, list names, syncFolder flushes', async () => {
  fs.writeFileSync(at('a'), 'new')
  fs.writeFileSync(at('b'), 'old')
  await nodeDisk.rename(at('a'), at('b'))
  await nodeDisk.syncFolder(folder)
  expect(await nodeDisk.list(folder)).toEqual(['b'])
  expect(fs.readFileSync(at('b'), 'utf8')).toBe('new')
  await nodeDisk.unlink(at('b'))
  expect(await nodeDisk.list(folder)).toEqual([])
  await expect(nodeDisk.unlink(at('b'))).rejects.toMatchObject({ code: 'ENOENT' })
  await expect(nodeDisk.syncFolder(at('none'))).rejects.toMatchObject({ code: 'ENOENT' })
})

test('makeFolder makes one level, and is content with a folder but not with a file', async () => {
  await nodeDisk.makeFolder(at('d'))
  await nodeDisk.makeFolder(at('d'))
  expect(fs.statSync(at('d')).isDirectory()).toBe(true)
  fs.writeFileSync(at('f'), '')
  await expect(nodeDisk.makeFolder(at('f'))).rejects.toMatchObject({ code: 'EEXIST' })
  await expect(nodeDisk.makeFolder(join(at('x'), 'y'))).rejects.toMatchObject({ code: 'ENOENT' })
})

test('realPath resolves links of the file and its folders, also towards a file that is missing', async () => {
  fs.mkdirSync(at('d'))
  fs.symlinkSync(at('d'), at('e'))
  fs.symlinkSync('d/target', at('link'))
  expect(await nodeDisk.realPath(join(at('e'), 'file'))).toBe(join(at('d'), 'file'))
  expect(await nodeDisk.realPath(at('link'))).toBe(join(at('d'), 'target'))
  fs.writeFileSync(join(at('d'), 'target'), '')
  expect(await nodeDisk.realPath(at('link'))).toBe(join(at('d'), 'target'))
  await expect(nodeDisk.realPath(join(at('none'), 'file'))).rejects.toMatchObject({ code: 'ENOENT' })
  fs.symlinkSync(at('loop2'), at('loop1'))
  fs.symlinkSync(at('loop1'), at('loop2'))
  await expect(nodeDisk.realPath(at('loop1'))).rejects.toMatchObject({ code: 'ELOOP' })
})

test('realPath counts the target of a link, there or not, from where the link really stands', async () => {
  fs.mkdirSync(join(at('d'), 'inner'), { recursive: true })
  fs.symlinkSync(join(at('d'), 'inner'), at('e'))
  fs.symlinkSync('../target', join(at('d'), 'inner', 'up'))
  fs.symlinkSync('e/../target', at('through'))
  const target = join(at('d'), 'target')
  for (let there = 0; there < 2; there++) {
    for (const link of [join(at('e'), 'up'), join(at('d'), 'inner', 'up'), at('through')])
      expect(await nodeDisk.realPath(link)).toBe(target)
    fs.writeFileSync(target, '')
  }
})

describe('a path through the root of a process', () => {
  test('works where that is the root of this one', async ({ skip }) => {
    skip(!fs.existsSync('/proc/self/root'), 'there is no /proc here')
    expect(await nodeDisk.realPath(join('/proc/self/root', at('a')))).toBe(at('a'))
    fs.writeFileSync(at('a'), '[{"id":"a"}]')
    expect(await found(nodeDisk, join('/proc/self/root', at('a')))).toBe('a')
  })

  test('is refused where the path without it means another file, or none', async ({ skip }) => {
    skip(!canMount, 'unshare makes no name space of mounts here')
    const path = at('items.json')
    const script = `mount -t tmpfs tmpfs ${folder} && echo '[{"id":"there"}]' > ${path} && echo ready && exec sleep 60`
    const other = spawn('unshare', ['--mount', 'sh', '-c', script])
    try {
      await once(other.stdout, 'data')
      const through = `/proc/${other.pid}/root${path}`
      expect(fs.readFileSync(through, 'utf8')).toContain('there')
      for (let there = 0; there < 2; there++) {
        for (const name of [through, `${through}.missing`]) {
          expect(await codeOf(reopened(nodeDisk, name))).toBe('WRITE_FAILED')
          expect(await codeOf(reopened(nodeDisk, name, { readOnly: true }))).toBe('READ_FAILED')
        }
        fs.writeFileSync(path, '[{"id":"here"}]')
      }
      expect(await found(nodeDisk, path)).toBe('here')
    } finally {
      other.kill('SIGKILL')
      await once(other, 'close')
    }
  })

  test('is not taken for another file while that is being replaced', async () => {
    fs.symlinkSync(folder, at('link'))
    fs.writeFileSync(at('a'), '')
    let stop = false
    const replacing = (async () => {
      while (!stop) {
        fs.writeFileSync(at('new'), '')
        await nodeDisk.rename(at('new'), at('a'))
      }
    })()
    for (let i = 0; i < 200; i++) expect(await nodeDisk.realPath(join(at('link'), 'a'))).toBe(at('a'))
    stop = true
    await replacing
  })
})

test('canReplace is true for files and for what is not there', async () => {
  fs.writeFileSync(at('a'), '')
  expect(await nodeDisk.canReplace(at('a'))).toBe(true)
  expect(await nodeDisk.canReplace(at('none'))).toBe(true)
})

test('mount points are found in the list of mounts, with blanks and other letters', () => {
  const list = [
    '22 28 0:20 / /sys rw,nosuid shared:7 - sysfs sysfs rw',
    '36 35 98:0 /x /data/my\\040items.json rw,noatime master:1 - ext3 /dev/root rw',
    '37 35 98:0 /y /data/é.json rw - ext3 /dev/root rw',
    '',
  ].join('\n')
  expect(isMountPoint(list, '/data/my items.json')).toBe(true)
  expect(isMountPoint(list, '/data/é.json')).toBe(true)
  expect(isMountPoint(list, '/data/other.json')).toBe(false)
  expect(isMountPoint(list, '/data')).toBe(false)
})

// The mount is made in a name space of its own, so that nothing of this machine changes.
const script = (path: string) =>
  `mount --bind ${path} ${path} && exec ${process.execPath} --import tsx --input-type=module -e ` +
  `'const { nodeDisk } = await import("${join(import.meta.dirname, '../../src/file/NodeDisk.ts')}");` +
  `console.log(await nodeDisk.canReplace("${path}"))'`
test('canReplace is false for a bind-mounted file', ({ skip }) => {
  skip(!canMount, 'unshare makes no name space of mounts here')
  fs.writeFileSync(at('a'), '')
  const ran = spawnSync('unshare', ['--mount', 'sh', '-c', script(at('a'))], { encoding: 'utf8' })
  expect(ran.stdout.trim()).toBe('false')
})
