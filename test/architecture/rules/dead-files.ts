import { doorOf } from '../rooms.ts'
import type { Rule } from '../rule.ts'
import { isTest, roomOf, type Source, sourcesIn, targetOf } from '../tree.ts'

/** Every file in `src` and `web` is reached from a door, or, if it serves tests, from a test. */
export const deadFiles: Rule = {
  name: 'no dead files',
  check(tree) {
    const sources = sourcesIn(tree, 'src', 'web', 'test')
    const product = reach(sources, (path) => isDoor(path) && !path.startsWith('test/'))
    const tests = reach(sources, (path) => /\.(test|test-d)\.tsx?$/.test(path))
    return sources
      .filter(({ path }) => /^(src|web)\//.test(path) && !path.endsWith('.d.ts'))
      .filter(({ path }) => !(isTest(path) ? tests : product).has(path))
      .map(({ path }) => ({
        file: path,
        message: isTest(path) ? 'is run by no test' : 'is reached from no front door',
        wayOut: 'import it where it is needed, or delete it (git remembers)',
      }))
  },
}

const isDoor = (path: string): boolean =>
  path === doorOf(roomOf(path) ?? '') || /^web\/([^/]+\.config|src\/main)\.tsx?$/.test(path)

function reach(sources: readonly Source[], isEntry: (path: string) => boolean): ReadonlySet<string> {
  const byPath = new Map(sources.map((source) => [source.path, source]))
  const reached = new Set<string>()
  const visit = (path: string): void => {
    const source = byPath.get(path)
    if (source === undefined || reached.has(path)) return
    reached.add(path)
    for (const found of source.imports) {
      const target = targetOf(path, found)
      if (target !== undefined) visit(target)
    }
  }
  for (const { path } of sources) if (isEntry(path)) visit(path)
  return reached
}
