import { resolve } from 'node:path'
import { messageOf } from '../core/messageOf.js'
import { readFailed } from './fileErrors.js'

/** The absolute path. @throws FileException READ_FAILED  it is relative, and the working directory was removed */
export function fullPath(path: string): string {
  try {
    return resolve(path)
  } catch (cause) {
    const what = `the working directory was removed, and the path is relative to it (${messageOf(cause)}); give an absolute path`
    throw readFailed(path, new Error(what, { cause }))
  }
}
