import type { Rule, Violation } from '../rule.ts'
import type { Tree } from '../tree.ts'

const FOLDER = 'docs/decisions/'

/** Decision pages are numbered, listed, and say when to revisit them. */
export const decisions: Rule = {
  name: 'decision pages',
  check: (tree) =>
    [...tree.keys()]
      .filter((path) => path.startsWith(FOLDER) && path !== `${FOLDER}README.md`)
      .sort()
      .flatMap((path, index) => flaws(tree, path, String(index).padStart(3, '0'))),
}

function flaws(tree: Tree, path: string, number: string): readonly Violation[] {
  const name = path.slice(FOLDER.length)
  const found: Violation[] = []
  if (!new RegExp(`^${number}-[a-z0-9]+(-[a-z0-9]+)*\\.md$`).test(name)) {
    found.push({ file: path, message: 'is out of line', wayOut: `name it ${number}-title-in-kebab-case.md` })
  }
  if (!/^(#+ |\*\*)When to revisit/m.test(tree.get(path) ?? '')) {
    found.push({ file: path, message: 'never ends', wayOut: 'add a part "When to revisit"' })
  }
  if (!(tree.get(`${FOLDER}README.md`) ?? '').includes(`(${name})`)) {
    found.push({ file: path, message: 'is not in the list', wayOut: `add a row to ${FOLDER}README.md` })
  }
  return found
}
