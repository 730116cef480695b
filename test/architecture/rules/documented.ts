import type { Rule, Violation } from '../rule.ts'
import { type Source, sourcesIn, targetOf } from '../tree.ts'
import { publicDoors } from './pinned-exports.ts'

/** What users import says what it is: the API reference is made from these comments. */
export const documentedExports: Rule = {
  name: 'documented exports',
  check(tree) {
    const sources = new Map(sourcesIn(tree, 'src').map((source) => [source.path, source]))
    return [...publicDoors(tree).values()].flatMap((door) =>
      (sources.get(door)?.passed ?? []).flatMap(({ original, specifier }) =>
        undocumented(sources, targetOf(door, { specifier }), original),
      ),
    )
  },
}

type Sources = ReadonlyMap<string, Source>

function undocumented(sources: Sources, path: string | undefined, name: string): readonly Violation[] {
  const source = path === undefined ? undefined : sources.get(path)
  if (source === undefined) return []
  const passed = source.passed.find((one) => one.name === name)
  if (passed) return undocumented(sources, targetOf(source.path, passed), passed.original)
  if (source.documented.includes(name)) return []
  return [
    {
      file: source.path,
      message: `${name} is public and has no doc comment`,
      wayOut: 'say above it what it is, its units, limits and errors',
    },
  ]
}
