import { execFile } from 'node:child_process'
import { cp, mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const execute = promisify(execFile)

/** The folder of this package. */
export const root = fileURLToPath(new URL('../..', import.meta.url))
const fixtures = fileURLToPath(new URL('./fixtures', import.meta.url))
const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc')

/** An empty project that has installed what `npm pack` makes, as a user's would. */
export interface Project {
  readonly folder: string
  readonly tarball: string
  /** Paths of the files in the tarball. */
  readonly packed: readonly string[]
  /** Packages that the installation brought. */
  readonly installed: readonly string[]
  /** Copies a folder of fixtures into the project. */
  add(fixture: string): Promise<void>
  /** Compiles with the package's own compiler; resolves what it printed, '' when there was nothing to say. */
  compile(tsconfig: string): Promise<string>
  /** Runs a file of the project under node; resolves its standard output. */
  run(file: string, ...args: string[]): Promise<string>
  remove(): Promise<void>
}

export async function createProject(): Promise<Project> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'holdfast-packaging-')))
  const { tarball, packed } = await pack(folder)
  await writeFile(join(folder, 'package.json'), '{ "private": true }\n')
  // Offline, because a package without dependencies needs no registry: it would fail if one crept in.
  await npm(folder, 'install', '--ignore-scripts', '--offline', '--no-audit', '--no-fund', tarball)
  const lock = JSON.parse(await readFile(join(folder, 'package-lock.json'), 'utf8'))
  return {
    folder,
    tarball,
    packed,
    installed: Object.keys(lock.packages).filter((path) => path !== ''),
    add: (fixture) => cp(join(fixtures, fixture), join(folder, fixture), { recursive: true }),
    compile: (tsconfig) => outputOf(folder, tsc, '-p', join(folder, tsconfig), '--pretty', 'false'),
    run: async (file, ...args) => (await execute(process.execPath, [file, ...args], { cwd: folder })).stdout,
    remove: () => rm(folder, { recursive: true, force: true }),
  }
}

interface PackReport {
  readonly filename: string
  readonly files: readonly { readonly path: string }[]
}

async function pack(destination: string): Promise<{ tarball: string; packed: string[] }> {
  await execute(process.execPath, [join(root, 'scripts/build.mjs')])
  const { stdout } = await npm(root, 'pack', '--ignore-scripts', '--json', '--pack-destination', destination)
  // npm 10 and 11 give a list of reports, npm 12 an object with a report for each package.
  const [report] = Object.values<PackReport>(JSON.parse(stdout))
  if (report === undefined) throw new Error(`npm pack reported nothing: ${stdout}`)
  return { tarball: join(destination, report.filename), packed: report.files.map((file) => file.path) }
}

function npm(cwd: string, ...args: string[]) {
  // Settings that an outer npm hands down through the environment must not reach this one.
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^npm_/i.test(name)))
  return execute('npm', args, { cwd, env, shell: process.platform === 'win32', maxBuffer: 1 << 26 })
}

async function outputOf(cwd: string, ...args: string[]): Promise<string> {
  try {
    const { stdout, stderr } = await execute(process.execPath, args, { cwd })
    return stdout + stderr
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string }
    return stdout + stderr || String(error)
  }
}
