import { resolve } from 'node:path'
import { readFailed } from './fileErrors.js'

/** The absolute path. @throws FileException READ_FAILED  it is relative, and the working directory was removed */
export function fullPath(path: string): string {
  try {
    return resolve(path)
  } catch (error) {
    throw readFailed(path, error)
  }
}
