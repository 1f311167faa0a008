import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** A page of documentation that holds TypeScript, read as one program. */
export interface Page {
  /** Path from the root of the project. */
  readonly path: string
  /** Name of the program's file, without extension. */
  readonly name: string
  /** The snippets at the lines they have on the page, and before each a statement that prints its mark. */
  readonly program: string
  readonly snippets: readonly Snippet[]
}

export interface Snippet {
  /** Line of the page on which the snippet begins, from 1. */
  readonly line: number
  /** What the page says it prints; null when it does not say. */
  readonly expected: string | null
}

/** What a snippet prints follows its mark on a line of its own. */
export const MARK = '\u0001snippet '

/** Every page with at least one block marked `ts`: README.md and docs/*.md. */
export function readPages(root: string): Page[] {
  const docs = readdirSync(join(root, 'docs')).filter((file) => file.endsWith('.md'))
  return ['README.md', ...docs.map((file) => `docs/${file}`)]
    .map((path) => parsePage(path, readFileSync(join(root, path), 'utf8')))
    .filter((page) => page.snippets.length > 0)
}

/**
 * A comment that begins with `<!-- ts` is part of the program too: what the snippets of a page rest on, and a reader
 * need not see.
 */
export function parsePage(path: string, text: string): Page {
  const program: string[] = []
  const snippets: { line: number; expected: string | null }[] = []
  let fence: string | null = null
  let hidden = false
  let expected: string[] = []
  for (const [index, line] of text.split('\n').entries()) {
    let kept = ''
    const mark = /^ *```(.*)$/.exec(line)
    if (fence === null && (hidden || line === '<!-- ts')) {
      if (hidden && line !== '-->') kept = line
      hidden = line !== '-->'
    } else if (mark === null) {
      if (fence === 'ts') kept = line
      if (fence === 'text') expected.push(line)
    } else if (fence === null) {
      fence = mark[1]?.trim() ?? ''
      expected = []
      if (fence === 'ts') {
        snippets.push({ line: index + 1, expected: null })
        kept = `console.log(${JSON.stringify(MARK)} + ${index + 1});`
      }
    } else {
      const last = snippets.at(-1)
      if (fence === 'text' && last?.expected === null) last.expected = `${expected.join('\n')}\n`
      fence = null
    }
    program.push(kept)
  }
  return { path, name: path.replace(/\.md$/, '').replace(/\W/g, '-'), program: program.join('\n'), snippets }
}
