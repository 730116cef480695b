/**
 * `npm run pin`: writes down the public names and the digests of new migrations,
 * so that the guard notices any later change. It never re-pins a migration that
 * changed: that is for a person to decide.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { MIGRATIONS_PIN, migrationDigests, pinnedDigests } from '../test/architecture/rules/migrations.ts'
import { EXPORTS_PIN, publicNames } from '../test/architecture/rules/pinned-exports.ts'
import { ROOT, readTree } from '../test/architecture/tree.ts'

const tree = readTree()

function write(path: string, value: object): void {
  const text = `${JSON.stringify(value, null, 2)}\n`
  if (tree.get(path) === text) return
  writeFileSync(join(ROOT, path), text)
  console.log(`${path} written; commit it with the change it belongs to`)
}

write(EXPORTS_PIN, publicNames(tree))
write(MIGRATIONS_PIN, { ...migrationDigests(tree), ...pinnedDigests(tree) })
