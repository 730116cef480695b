import { createHash } from 'node:crypto'
import { ROOMS } from '../rooms.ts'
import type { Rule, Violation } from '../rule.ts'
import type { Tree } from '../tree.ts'

/** Where the digests of landed migrations are written down. */
export const MIGRATIONS_PIN = 'test/architecture/pins/migrations.json'

type Digests = Readonly<Record<string, string>>

const migrationsIn = (tree: Tree): readonly string[] =>
  [...tree.keys()].filter((path) => /^migrations\/.*\.sql$/.test(path)).sort()

/** SHA-256 of every migration in the tree. */
export function migrationDigests(tree: Tree): Digests {
  const digest = (path: string): string =>
    createHash('sha256')
      .update(tree.get(path) ?? '')
      .digest('hex')
  return Object.fromEntries(migrationsIn(tree).map((path) => [path, digest(path)]))
}

/** The digests written down. */
export const pinnedDigests = (tree: Tree): Digests => JSON.parse(tree.get(MIGRATIONS_PIN) ?? '{}') as Digests

/** A landed migration never changes: databases out there have run it already. */
export const frozenMigrations: Rule = {
  name: 'frozen migrations',
  check(tree) {
    const pinned = pinnedDigests(tree)
    const actual = migrationDigests(tree)
    const paths = new Set([...Object.keys(pinned), ...Object.keys(actual)])
    return [...paths].flatMap((path) => thawed(path, pinned[path], actual[path]))
  },
}

function thawed(path: string, pinned: string | undefined, actual: string | undefined): readonly Violation[] {
  if (pinned === actual) return []
  if (pinned === undefined) {
    return [
      { file: path, message: 'is not frozen yet', wayOut: 'run npm run pin and commit the digest with it' },
    ]
  }
  const message = actual === undefined ? 'landed and was removed' : 'changed after it landed'
  const wayOut = `restore it and write a new migration; only if no database has run it, drop its line from ${MIGRATIONS_PIN}`
  return [{ file: path, message, wayOut }]
}

/** Migrations are numbered without gaps and name the room that owns them. */
export const numberedMigrations: Rule = {
  name: 'numbered migrations',
  check: (tree) =>
    migrationsIn(tree).flatMap((path, index) => {
      const number = String(index + 1).padStart(4, '0')
      const [, found, room] = /^migrations\/(\d{4})_([a-z]+)_[a-z0-9_]+\.sql$/.exec(path) ?? []
      if (found === number && room !== undefined && ROOMS.has(room)) return []
      return {
        file: path,
        message: `should be migrations/${number}_<room>_<title>.sql`,
        wayOut: 'rename it: four digits without gaps, the owning room, a title in snake_case',
      }
    }),
}
