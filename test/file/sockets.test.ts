import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { greetSocket, listenOnSocket } from '../../src/file/sockets.js'

let folder: string
const servers: Server[] = []

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'holdfast-sockets-'))
})

afterEach(async () => {
  vi.doUnmock('node:fs/promises')
  for (const server of servers.splice(0)) await new Promise((done) => server.close(done))
  rmSync(folder, { recursive: true, force: true })
})

/** Somebody else's listener, which does with a caller what it wants. */
async function listener(name: string, answer: (caller: Socket) => void): Promise<string> {
  const path = join(folder, name)
  const server = createServer(answer)
  servers.push(server)
  await new Promise<void>((done) => server.listen(path, done))
  return path
}

/** The same module as another system would load it. */
async function onPlatform<V>(
  platform: string,
  work: (it: typeof import('../../src/file/sockets.js')) => Promise<V>,
) {
  const own = Object.getOwnPropertyDescriptor(process, 'platform')!
  Object.defineProperty(process, 'platform', { ...own, value: platform })
  try {
    vi.resetModules()
    return await work(await import('../../src/file/sockets.js'))
  } finally {
    Object.defineProperty(process, 'platform', own)
    vi.resetModules()
  }
}

const links = () => readdirSync(tmpdir()).filter((name) => name.startsWith('hf-'))

describe('greeting', () => {
  test('nobody is told from somebody', async () => {
    const name = join(folder, 'lock')
    expect(await greetSocket(name)).toBeNull()
    const listening = await listenOnSocket(name, () => 'here')
    expect(await greetSocket(name)).toBe('here')
    await listening.close()
    expect(await greetSocket(name)).toBeNull()
    writeFileSync(name, 'no socket')
    expect(await greetSocket(name)).toBeNull()
  })

  test('whoever hangs up without a word, however often, may live', async () => {
    let callers = 0
    const name = await listener('mute', (caller) => {
      callers++
      caller.end()
      caller.resume()
    })
    expect(await greetSocket(name)).toBe('')
    expect(callers).toBeGreaterThan(1)
  })

  test('one that hung up without a word and then answers is heard', async () => {
    let callers = 0
    const name = await listener('late', (caller) => {
      caller.resume()
      caller.end(++callers < 3 ? '' : 'there')
    })
    expect(await greetSocket(name)).toBe('there')
  })

  test('what a silent one said before it fell silent counts', async () => {
    const held: Socket[] = []
    const name = await listener('slow', (caller) => {
      held.push(caller)
      caller.on('error', () => {})
      caller.write('own')
    })
    expect(await greetSocket(name)).toBe('own')
    for (const caller of held) caller.destroy()
  })

  test('a name that cannot be looked up is an error, and nobody is taken for dead', async () => {
    writeFileSync(join(folder, 'file'), '')
    await expect(greetSocket(join(folder, 'file', 'lock'))).rejects.toMatchObject({ code: 'ENOTDIR' })
    const far = join(folder, 'd'.repeat(120))
    writeFileSync(far, '')
    await expect(greetSocket(join(far, 'lock'))).rejects.toMatchObject({ code: 'ENOTDIR' })
  })

  test('a socket that lets nobody in may well be somebody’s', async ({ skip }) => {
    skip(process.getuid?.() !== 0, 'only root can become somebody else')
    const name = join(folder, 'closed')
    const listening = await listenOnSocket(name, () => 'here')
    chmodSync(name, 0o600)
    chmodSync(folder, 0o755)
    process.seteuid!(65534)
    try {
      expect(await greetSocket(name)).toBe('')
    } finally {
      process.seteuid!(0)
    }
    await listening.close()
  })
})

describe('long paths', () => {
  const entry = '.items.json.lock-0mabcdefg-12345-0123456789abcdef'
  const deep = () => join(folder, 'd'.repeat(120))

  async function spoken(it: typeof import('../../src/file/sockets.js')): Promise<void> {
    mkdirSync(deep(), { recursive: true })
    const name = join(deep(), entry)
    const before = links()
    expect(await it.greetSocket(name)).toBeNull()
    const listening = await it.listenOnSocket(name, () => 'here')
    // The socket stands under its whole name in its own folder, and the detour is taken down.
    expect(readdirSync(deep())).toEqual([entry])
    expect(await it.greetSocket(name)).toBe('here')
    expect(links()).toEqual(before)
    await listening.close()
  }

  test('go through the descriptor of the folder', () => spoken({ greetSocket, listenOnSocket }))

  test('go through a link where the system has no descriptors as files', () => onPlatform('darwin', spoken))

  test('go through a link where they are not mounted: a live owner is not taken for dead', async () => {
    vi.doMock('node:fs/promises', async (original) => ({
      ...(await original<typeof import('node:fs/promises')>()),
      // A descriptor that /proc knows nothing of, as it knows nothing of any when it is not there.
      open: async () => ({ fd: 999_999, close: async () => {} }),
    }))
    await onPlatform('linux', spoken)
  })

  test('go through a link in /tmp where the folder for temporary files is not there', async () => {
    const given = process.env.TMPDIR
    try {
      await onPlatform('darwin', async (it) => {
        mkdirSync(deep())
        const listening = await it.listenOnSocket(join(deep(), entry), () => 'here')
        process.env.TMPDIR = join(folder, 'missing')
        expect(await it.greetSocket(join(deep(), entry))).toBe('here')
        await listening.close()
      })
    } finally {
      if (given === undefined) delete process.env.TMPDIR
      else process.env.TMPDIR = given
    }
  })

  test('where no link can be made nobody is taken for dead', async () => {
    vi.doMock('node:fs/promises', async (original) => ({
      ...(await original<typeof import('node:fs/promises')>()),
      symlink: async () => {
        throw Object.assign(new Error('ENOENT: nowhere'), { code: 'ENOENT' })
      },
    }))
    await onPlatform('darwin', async (it) => {
      const error = await it.greetSocket(join(deep(), entry)).catch((e) => e)
      expect(error).toMatchObject({ code: 'ENAMETOOLONG' })
      expect(error.message).toContain('ENOENT: nowhere')
    })
  })

  test('in a folder that is missing belong to nobody, and cannot be listened on', async () => {
    const name = join(deep(), entry)
    expect(await greetSocket(name)).toBeNull()
    await expect(listenOnSocket(name, () => '')).rejects.toMatchObject({ code: 'ENOENT' })
  })

  test('whose last part alone is too long are refused, not cut', async () => {
    const name = join(folder, 'n'.repeat(110))
    await expect(listenOnSocket(name, () => '')).rejects.toMatchObject({ code: 'ENAMETOOLONG' })
    expect(readdirSync(folder)).toEqual([])
  })

  test('are no matter where names are not paths', () =>
    onPlatform('win32', async (it) => {
      // The name is handed on as it is, and here it is one that the system takes.
      const name = join(folder, 'pipe')
      const listening = await it.listenOnSocket(name, () => 'here')
      expect(await it.greetSocket(name)).toBe('here')
      await listening.close()
    }))
})
