/**
 * Makes `dist/`: ES modules with types by the TypeScript compiler, and beside them the CommonJS side.
 *
 * The CommonJS side is a one-line wrapper per sub-path over the same modules, so that a program that both imports and
 * requires the package has one set of classes. Its type files are copies under a `"type": "commonjs"` folder, because
 * TypeScript tells the module format of a type file by the nearest package.json.
 *
 * The sub-paths are those of `exports` in package.json. Nothing is done when no input has changed since the last build.
 */
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const dist = join(root, 'dist')
const stamp = join(dist, '.inputs')
const require = createRequire(import.meta.url)

const inputs = hashInputs()
if (existsSync(stamp) && readFileSync(stamp, 'utf8') === inputs) process.exit(0)

// Build beside and rename at the end: a build that fails, or one that runs at the same time, never leaves half a dist/.
const staging = join(root, `dist.${process.pid}.tmp`)
const old = join(root, `dist.${process.pid}.old`)
try {
  compile(staging)
  addCommonJs(staging)
  writeFileSync(join(staging, '.inputs'), inputs)
  replaceDist()
} catch (error) {
  console.error(`build: ${error.message}`)
  process.exitCode = 1
} finally {
  rmSync(staging, { recursive: true, force: true })
  rmSync(old, { recursive: true, force: true })
}

/** Two builds may run at once; whichever renames last wins, and neither may fall over the other. */
function replaceDist() {
  for (let attempt = 1; ; attempt++) {
    try {
      if (existsSync(dist)) renameSync(dist, old)
      renameSync(staging, dist)
      return
    } catch (error) {
      if (attempt === 5) throw error
      rmSync(old, { recursive: true, force: true })
    }
  }
}

function hashInputs() {
  const hash = createHash('sha256')
  const files = [
    ...filesUnder(join(root, 'src')),
    ...['package.json', 'tsconfig.json', 'tsconfig.build.json', 'scripts/build.mjs'].map((f) =>
      join(root, f),
    ),
  ]
  hash.update(require('typescript/package.json').version)
  for (const file of files) hash.update(`\0${relative(root, file)}\0`).update(readFileSync(file))
  return hash.digest('hex')
}

function compile(outDir) {
  const tsc = require.resolve('typescript/bin/tsc')
  const args = [tsc, '-p', 'tsconfig.build.json', '--outDir', outDir, '--noEmitOnError']
  const { status } = spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit' })
  if (status !== 0) throw new Error('the sources do not compile; dist/ is as it was')
}

function addCommonJs(folder) {
  const cjs = join(folder, 'cjs')
  for (const file of filesUnder(folder).filter((f) => f.endsWith('.d.ts'))) {
    const copy = join(cjs, relative(folder, file))
    mkdirSync(dirname(copy), { recursive: true })
    cpSync(file, copy)
  }
  writeFileSync(join(cjs, 'package.json'), '{ "type": "commonjs" }\n')
  for (const entry of commonJsEntries()) {
    const target = relative(dirname(join(cjs, entry)), join(folder, entry))
      .split(sep)
      .join('/')
    if (!existsSync(join(folder, entry)))
      throw new Error(`package.json exports ${entry}, which no source makes`)
    writeFileSync(join(cjs, entry), `module.exports = require('${target}')\n`)
  }
}

/** The files that `exports` gives to `require`, relative to dist/cjs: `index.js`, `testing/index.js` … */
function commonJsEntries() {
  const { exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  return Object.values(exports)
    .map((entry) => entry.require?.default)
    .filter((path) => path !== undefined)
    .map((path) => path.replace('./dist/cjs/', ''))
}

function filesUnder(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
}
