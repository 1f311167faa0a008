import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const SCRIPT = fileURLToPath(new URL('./child.mjs', import.meta.url))

/**
 * A process of its own for one subject: its heap, and what its code was optimised for, are not shared with the others.
 * It answers one question at a time; while others are asked it waits.
 */
export class Child {
  #process
  #waiting = null
  /** Why it is no longer there; `null` while it is. */
  lost = null

  /** @param {string | URL} module  a module with `start(options)`, which answers an object of functions */
  constructor(module, options, execArgv = []) {
    this.#process = fork(SCRIPT, [String(module), JSON.stringify(options)], {
      execArgv: ['--expose-gc', '--max-old-space-size=12000', ...execArgv],
      serialization: 'advanced',
    })
    this.#process.on('message', (answer) => this.#settle(answer))
    this.#process.on('exit', (code, signal) => this.#settle({ error: `it ended (${signal ?? code})` }))
  }

  get pid() {
    return this.#process.pid
  }

  /** Calls a function of the subject. Past `timeoutMs` the process is ended, and the answer is an error. */
  ask(name, args = [], timeoutMs = 120_000) {
    if (this.lost !== null) return Promise.reject(new Error(this.lost))
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#settle({ error: `no answer to ${name} within ${timeoutMs / 1000} s` })
        this.stop()
      }, timeoutMs)
      this.#waiting = { resolve, reject, timer }
      this.#process.send({ name, args })
    })
  }

  /** Ends the process as a crash would. */
  async stop() {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return
    const ended = new Promise((resolve) => this.#process.once('exit', resolve))
    this.lost ??= 'it was stopped'
    this.#process.kill('SIGKILL')
    await ended
  }

  #settle(answer) {
    const waiting = this.#waiting
    this.#waiting = null
    if (answer.error !== undefined && waiting === null) this.lost ??= answer.error
    if (waiting === null) return
    clearTimeout(waiting.timer)
    if (answer.error === undefined) waiting.resolve(answer.value)
    else {
      if (/^(it ended|no answer)/.test(answer.error)) this.lost = answer.error
      waiting.reject(new Error(answer.error))
    }
  }
}
