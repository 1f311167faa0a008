import { randomBytes } from 'node:crypto'
import { open, stat, symlink, unlink } from 'node:fs/promises'
import { createConnection, createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { basename, dirname, join, resolve } from 'node:path'
import { messageOf } from '../core/messageOf.js'
import { clearTimeout, setTimeout } from '../core/timers.js'
import type { DiskListener } from './Disk.js'

/**
 * Bytes that the path of a socket may have: `sun_path` less its closing zero, 108 on Linux and 104 on macOS and BSD.
 * libuv cuts a longer one without a word, so that two files would share a lock or a lock would stand somewhere else.
 * Source: unix(7).
 */
const PATH_LIMIT = process.platform === 'linux' ? 107 : 103

/** How long a listener may be silent until it counts as stopped or busy, but alive. */
const SILENCE_MS = 500

/** Listens as `Disk.listen` says. */
export function listenOnSocket(name: string, greeting: () => string): Promise<DiskListener> {
  return withinLimit(
    name,
    (address) =>
      new Promise<DiskListener>((done, fail) => {
        const server = createServer((caller) => {
          caller.on('error', () => {})
          // Not only our half: closing the server would wait for a caller that never hangs up.
          caller.end(greeting(), () => caller.destroy())
          caller.unref()
        })
        server.once('error', fail)
        // Whoever may write in the folder may knock: else a dead name of another user would look alive for ever.
        // "Exclusive": in a worker of node:cluster its primary would listen instead, and the lock end when the worker
        // disconnects (node:net, server.listen()).
        server.listen({ path: address, readableAll: true, writableAll: true, exclusive: true }, () => {
          server.off('error', fail)
          server.on('error', () => {})
          done({ close: () => closeServer(server) })
        })
        server.unref()
      }),
  )
}

/** Greets as `Disk.greet` says. */
export async function greetSocket(name: string): Promise<string | null> {
  // A listener that hangs up without a word is being closed or killed; the next try tells which.
  for (let attempt = 0; attempt < 5; attempt++) {
    let answer: string | null | undefined
    try {
      answer = await withinLimit(name, hear)
    } catch (error) {
      if (isGone(error)) return null
      throw error
    }
    if (answer === undefined) continue
    return answer
  }
  return ''
}

/** One connection: the greeting, `null` for nobody, `''` for silence, undefined when it broke without a word. */
function hear(address: string): Promise<string | null | undefined> {
  return new Promise((done, fail) => {
    let heard = ''
    const socket = createConnection(address)
    const timer = setTimeout(() => finish(heard), SILENCE_MS)
    const finish = (answer: string | null | undefined) => {
      clearTimeout(timer)
      socket.destroy()
      done(answer)
    }
    socket.setEncoding('utf8')
    socket.on('data', (text: string) => {
      heard += text
    })
    socket.on('end', () => finish(heard === '' ? undefined : heard))
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (isGone(error)) finish(null)
      else if (error.code === 'ECONNRESET' || error.code === 'EPIPE') finish(undefined)
      // A full queue of callers, or a socket of another user: somebody may well be there.
      else if (error.code === 'EAGAIN' || error.code === 'EACCES' || error.code === 'EPERM') finish('')
      else {
        // Before the answer that ends the connection: of the two, the first counts.
        fail(error)
        finish(undefined)
      }
    })
  })
}

function isGone(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException).code
  return code === 'ECONNREFUSED' || code === 'ENOENT' || code === 'ENOTSOCK'
}

function closeServer(server: Server): Promise<void> {
  return new Promise((done) => server.close(() => done()))
}

/**
 * Runs `use` with an address for the socket `name` that fits into the limit: the path itself, the same through the
 * descriptor of its folder, or through a link to the folder from a short one. Binding and connecting look the name up
 * once, so the detour is taken down when `use` is through.
 */
async function withinLimit<V>(name: string, use: (address: string) => Promise<V>): Promise<V> {
  if (process.platform === 'win32') return use(name)
  const path = resolve(name)
  if (Buffer.byteLength(path) <= PATH_LIMIT) return use(path)
  const [folder, entry] = [dirname(path), basename(path)]
  if (process.platform === 'linux') {
    const handle = await open(folder, 'r')
    try {
      // Where /proc is not mounted every name would seem to be gone, and a live owner dead.
      const alias = `/proc/self/fd/${handle.fd}`
      const mounted = await stat(alias).then(
        () => true,
        () => false,
      )
      const address = join(alias, entry)
      if (mounted && Buffer.byteLength(address) <= PATH_LIMIT) return await use(address)
    } finally {
      await handle.close()
    }
  }
  let cause: unknown
  for (const short of [tmpdir(), '/tmp']) {
    const link = join(short, `hf-${randomBytes(6).toString('hex')}`)
    const address = join(link, entry)
    if (Buffer.byteLength(address) > PATH_LIMIT) continue
    try {
      await symlink(folder, link)
    } catch (error) {
      // A folder for temporary files that is not there says nothing about who lives.
      cause = error
      continue
    }
    try {
      return await use(address)
    } finally {
      await unlink(link).catch(() => {})
    }
  }
  const why = cause === undefined ? '' : `, and no link to its folder can be made: ${messageOf(cause)}`
  throw Object.assign(new Error(`The name of a socket is too long: ${path}${why}`, { cause }), {
    code: 'ENAMETOOLONG',
  })
}
