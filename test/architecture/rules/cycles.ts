import type { Rule } from '../rule.ts'
import { sourcesIn, targetOf } from '../tree.ts'

type Graph = ReadonlyMap<string, readonly string[]>

/**
 * No file can reach itself. Type imports count too: two files that need each
 * other's types are one noun in two places, or two nouns with a third missing.
 */
export const cycles: Rule = {
  name: 'no import cycles',
  check(tree) {
    const sources = sourcesIn(tree, 'src', 'web', 'test', 'bench', 'scripts')
    const graph: Graph = new Map(
      sources.map((source) => [
        source.path,
        source.imports.flatMap((found) => (found.isUrl ? [] : (targetOf(source.path, found) ?? []))),
      ]),
    )
    return findCycles(graph).map((path) => ({
      file: path[0] ?? '',
      message: `imports itself: ${path.join(' -> ')}`,
      wayOut: 'move what both need into a file below them, or hand it in as an argument',
    }))
  },
}

/** One shortest-found cycle per entangled group of files; depth first, each file visited once. */
function findCycles(graph: Graph): readonly (readonly string[])[] {
  const done = new Set<string>()
  const trail: string[] = []
  const found: (readonly string[])[] = []
  const visit = (file: string): void => {
    const start = trail.indexOf(file)
    if (start >= 0) found.push([...trail.slice(start), file])
    if (start >= 0 || done.has(file)) return
    trail.push(file)
    graph.get(file)?.forEach(visit)
    trail.pop()
    done.add(file)
  }
  for (const file of graph.keys()) visit(file)
  return found
}
