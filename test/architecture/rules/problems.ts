import type { Rule, Violation } from '../rule.ts'

const PAGE = 'docs/reference/problems.md'

/** Every code that a `Problem` carries is explained on one page, and the page explains nothing else. */
export const problems: Rule = {
  name: 'problems are listed',
  check: (tree) => {
    const listed = codesListed(tree.get(PAGE) ?? '')
    const sources = [...tree].filter(([path]) => /^src\/.*\.ts$/.test(path) && !path.endsWith('.test.ts'))
    return [...unlisted(sources, listed), ...unused(sources, listed)]
  },
}

function unlisted(
  sources: readonly (readonly [string, string])[],
  listed: ReadonlySet<string>,
): readonly Violation[] {
  return sources.flatMap(([file, text]) => {
    const codes = [...text.matchAll(/new Problem\(\s*'([a-z_]+)'/g)].map(([, code = '']) => code)
    return codes
      .filter((code) => !listed.has(code))
      .map((code) => ({
        file,
        message: `the code ${code} is explained nowhere`,
        wayOut: `add a row to ${PAGE}: what happened, what to do`,
      }))
  })
}

function unused(
  sources: readonly (readonly [string, string])[],
  listed: ReadonlySet<string>,
): readonly Violation[] {
  const everything = sources.map(([, text]) => text).join('\n')
  return [...listed]
    .filter((code) => !new RegExp(`\\b${code}\\b`).test(everything))
    .map((code) => ({ file: PAGE, message: `nothing has the code ${code}`, wayOut: 'remove its row' }))
}

function codesListed(page: string): ReadonlySet<string> {
  return new Set([...page.matchAll(/^\| `([a-z_]+)` \|/gm)].map(([, code = '']) => code))
}
