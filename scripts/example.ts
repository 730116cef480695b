/** `npm run example -- <name> [arguments]`: runs `examples/<name>/main.ts`, which says by its exit code whether it went well. */
import { existsSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'

const FOLDER = join(import.meta.dirname, '../examples')
const mainOf = (name: string): string => join(FOLDER, name, 'main.ts')
const [name, ...rest] = process.argv.slice(2)

if (name !== undefined && existsSync(mainOf(name))) {
  process.argv = [process.execPath, mainOf(name), ...rest]
  await import(mainOf(name))
} else {
  const names = (await readdir(FOLDER)).filter((folder) => existsSync(mainOf(folder)))
  console.log(`npm run example -- <name>, with one of:\n  ${names.join('\n  ')}`)
  process.exitCode = name === undefined ? 0 : 2
}
