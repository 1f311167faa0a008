import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const root = new URL('../..', import.meta.url).pathname

/** What the examples of docs/queries.md take for granted. */
const PRELUDE = `
import { DataPage, FilterParams, PagingParams, ProjectionParams, SortField, SortParams, TokenizedDataPage, TokenizedPagingParams } from '${root}src/data/index.js'
import { path, type Filter, type Projection, type Sort } from '${root}src/query/Filter.js'

declare const orders: {
  getListByFilter(context: null, filter: Filter<Order>, sort?: Sort<Order>): Promise<Order[]>
  getPageByFilter(context: null, filter: Filter<Order>, paging: PagingParams | { skip?: number; take?: number; total?: boolean } | null, sort?: Sort<Order>, select?: Projection<Order>): Promise<DataPage<Order>>
  getPageByFilter(context: null, filter: Filter<Order>, paging: PagingParams | null, sort: Sort<Order>, select: ProjectionParams): Promise<DataPage<Order>>
  getPageByToken(context: null, filter: Filter<Order>, paging: { token: string | null; take: number }, sort: Sort<Order>): Promise<TokenizedDataPage<Order>>
}
`

test('the examples of docs/queries.md compile', () => {
  const text = readFileSync(join(root, 'docs/queries.md'), 'utf8')
  const examples = [...text.matchAll(/^```ts\n(.*?)^```$/gms)].map((match) => match[1] as string)
  expect(examples.length).toBeGreaterThan(5)
  const [shapes, ...rest] = examples
  expect(check([shapes, ...rest.map((example) => `{\n${example}}`)].join('\n'))).toBe('')
  expect(check(`${shapes}\nawait orders.getListByFilter(null, { stat: 'open' })`)).toContain("'stat'")
})

/** What the type checker has to say about `code`. */
function check(code: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'docs-queries-'))
  try {
    writeFileSync(join(folder, 'examples.ts'), PRELUDE + code)
    const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc')
    const flags =
      '--noEmit --strict --exactOptionalPropertyTypes --target ES2022 --module preserve --skipLibCheck'
    const types = ['--typeRoots', join(root, 'node_modules/@types'), '--types', 'node']
    execFileSync(process.execPath, [tsc, ...flags.split(' '), ...types, join(folder, 'examples.ts')], {
      encoding: 'utf8',
    })
    return ''
  } catch (error) {
    return (error as { stdout: string }).stdout
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
