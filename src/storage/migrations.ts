import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { err, ok, Problem, type Result } from '../kernel/index.ts'

/** One numbered, frozen file of SQL. */
export interface Migration {
  readonly version: number
  /** `0010_builds_baseline`: number, owning room, title. */
  readonly name: string
  readonly sql: string
  /** SHA-256 of the file, 64 hex digits. */
  readonly sha256: string
}

/** A migration as the database remembers it. */
export interface Applied {
  readonly version: number
  readonly name: string
  readonly sha256: string
}

/** The same depth below the package's root in `src` and in `dist`. */
const OWN_FOLDER = fileURLToPath(new URL('../../migrations/', import.meta.url))

/** Reads a folder of `NNNN_room_title.sql`, in order of their numbers. Gaps are allowed, twins are not. */
export async function loadMigrations(folder = OWN_FOLDER): Promise<Migration[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.sql')).toSorted()
  const migrations = await Promise.all(names.map((name) => loadMigration(folder, name)))
  const twin = migrations.find((migration, index) => migration.version === migrations[index - 1]?.version)
  if (twin !== undefined) throw malformed(`two migrations have the number of ${twin.name}`)
  return migrations
}

async function loadMigration(folder: string, file: string): Promise<Migration> {
  const [, name, digits] = /^((\d{4})_[a-z]+_[a-z0-9_]+)\.sql$/.exec(file) ?? []
  if (name === undefined) throw malformed(`${file} is not called NNNN_room_title.sql`)
  const sql = await readFile(join(folder, file), 'utf8')
  return { version: Number(digits), name, sql, sha256: createHash('sha256').update(sql).digest('hex') }
}

function malformed(what: string): Problem {
  return new Problem('migrations_malformed', what, { wayOut: 'Rename the file; applied files never change.' })
}

/**
 * What is still to do, when the database is at a state that this code has been
 * through; otherwise why the two do not fit.
 */
export function pendingMigrations(
  known: readonly Migration[],
  applied: readonly Applied[],
): Result<Migration[], 'schema_newer' | 'schema_changed'> {
  const newest = known.at(-1)?.version ?? 0
  const ahead = applied.find(({ version }) => version > newest)
  if (ahead !== undefined) {
    return err('schema_newer', `the database is at ${applied.at(-1)?.name}, newer than this program knows`)
  }
  const odd = applied.findIndex((past, index) => !isSame(past, known[index]))
  if (odd === -1) return ok(known.slice(applied.length))
  return err(
    'schema_changed',
    `the database ran ${applied[odd]?.name}, this program has ${difference(known[odd])}`,
  )
}

function isSame(past: Applied, migration: Migration | undefined): boolean {
  return past.name === migration?.name && past.sha256 === migration.sha256
}

function difference(migration: Migration | undefined): string {
  return migration === undefined ? 'no such migration' : `another ${migration.name} in that place`
}
