import { factsOf } from '../facts.ts'
import type { Rule, Violation } from '../rule.ts'
import type { Tree } from '../tree.ts'

/** Where the public names are written down. */
export const EXPORTS_PIN = 'test/architecture/pins/exports.json'

type Names = Readonly<Record<string, readonly string[]>>

/** The public subpaths (`quorate/otp`) and the front door each one leads to. */
export function publicDoors(tree: Tree): ReadonlyMap<string, string> {
  const manifest = JSON.parse(tree.get('package.json') ?? '{}') as { exports?: Record<string, string> }
  const code = Object.entries(manifest.exports ?? {}).filter(([subpath]) => subpath !== './package.json')
  return new Map(
    code.map(([subpath, file]) => [subpath, file.replace(/^\.\/dist\//, 'src/').replace(/\.js$/, '.ts')]),
  )
}

/** The names each public subpath exports today. */
export function publicNames(tree: Tree): Names {
  const named = [...publicDoors(tree)].flatMap(([subpath, door]) => {
    const text = tree.get(door)
    return text === undefined ? [] : [[subpath, [...factsOf(door, text).exports].sort()] as const]
  })
  return Object.fromEntries(named)
}

/** What users import changes only on purpose. */
export const pinnedExports: Rule = {
  name: 'pinned exports',
  check(tree) {
    const pinned = JSON.parse(tree.get(EXPORTS_PIN) ?? '{}') as Names
    const actual = publicNames(tree)
    const subpaths = new Set([...Object.keys(pinned), ...Object.keys(actual)])
    return [...subpaths].flatMap((subpath) => drift(subpath, pinned[subpath] ?? [], actual[subpath] ?? []))
  },
}

function drift(subpath: string, pinned: readonly string[], actual: readonly string[]): readonly Violation[] {
  const gone = pinned.filter((name) => !actual.includes(name)).map((name) => `-${name}`)
  const added = actual.filter((name) => !pinned.includes(name)).map((name) => `+${name}`)
  if (gone.length + added.length === 0) return []
  return [
    {
      file: EXPORTS_PIN,
      message: `quorate${subpath.slice(1)} changed its names: ${[...gone, ...added].join(' ')}`,
      wayOut: 'run npm run pin and commit the difference if users are meant to see it',
    },
  ]
}

/** Every public subpath leads to the front door of a room that exists. */
export const exportsMap: Rule = {
  name: 'exports lead to rooms',
  check: (tree) =>
    [...publicDoors(tree)]
      .filter(([, door]) => !/^src\/[^/]+\/index\.ts$/.test(door) || !tree.has(door))
      .map(([subpath, door]) => ({
        file: 'package.json',
        message: `exports ${subpath} as ${door}, which is no front door`,
        wayOut: 'point it at ./dist/<room>/index.js of an existing room',
      })),
}
