import type { Rule, Violation } from '../rule.ts'
import { roomOf, type Source, sourcesIn } from '../tree.ts'

/** What a suffix promises: where such files live and what they must contain. */
interface Role {
  readonly rooms?: readonly string[]
  readonly mustUse?: string
}

/** `heartbeat.server.ts` is a process, `build.store.ts` is SQL: the suffix says the role. */
const ROLES: Readonly<Record<string, Role>> = {
  server: { mustUse: 'defineServer' },
  supervisor: { mustUse: 'upervisor' },
  events: { mustUse: 'defineEvent' },
  store: {},
  machine: {},
  codec: {},
  routes: { rooms: ['http', 'dashboard'] },
  command: { rooms: ['cli'] },
  thread: {},
  contract: {},
  test: {},
  types: {},
  'test-d': {},
}

const KEBAB = /^[a-z0-9]+(-[a-z0-9]+)*$/

/** File names say noun and role. */
export const names: Rule = {
  name: 'names and suffixes',
  check: (tree) => [
    ...[...tree.keys()].flatMap(wrongCase),
    ...sourcesIn(tree, 'src').flatMap((source) => wrongRole(source, tree.get(source.path) ?? '')),
  ],
}

function wrongCase(path: string): readonly Violation[] {
  if (!/^(src|web|test|bench|scripts)\/.*\.(tsx?|mjs|js)$/.test(path)) return []
  const base = path.slice(path.lastIndexOf('/') + 1)
  if (
    base
      .replace(/\.d\.ts$/, '.ts')
      .split('.')
      .slice(0, -1)
      .every((part) => KEBAB.test(part))
  )
    return []
  return [{ file: path, message: 'is not named in kebab-case', wayOut: 'rename it like work-unit.store.ts' }]
}

function wrongRole({ path }: Source, text: string): readonly Violation[] {
  const parts = path
    .slice(path.lastIndexOf('/') + 1)
    .split('.')
    .slice(1, -1)
  const known = Object.keys(ROLES)
  return parts.flatMap((suffix) => {
    const role = Object.hasOwn(ROLES, suffix) ? ROLES[suffix] : undefined
    if (role === undefined) {
      return { file: path, message: `.${suffix} is no role`, wayOut: `use one of: ${known.join(', ')}` }
    }
    if (role.rooms !== undefined && !role.rooms.includes(roomOf(path) ?? '')) {
      return {
        file: path,
        message: `.${suffix}.ts files live in ${role.rooms.join(' and ')}`,
        wayOut: `move it to src/${role.rooms[0]}`,
      }
    }
    if (parts.length > 1 || role.mustUse === undefined || text.includes(role.mustUse)) return []
    return {
      file: path,
      message: `is called .${suffix}.ts but does not use ${role.mustUse}`,
      wayOut: `drop the suffix, or make it what the suffix says`,
    }
  })
}

/** `*.server.ts` is the only place that defines processes. */
export const servers: Rule = {
  name: 'processes live in server files',
  check: (tree) =>
    sourcesIn(tree, 'src')
      .filter(({ path }) => roomOf(path) !== 'otp' && !/\.(server|test)\.ts$/.test(path))
      .flatMap((source) => {
        const text = tree.get(source.path) ?? ''
        const line = text.slice(0, text.search(/\bdefineServer\(/)).split('\n').length
        if (!/\bdefineServer\(/.test(text)) return []
        return {
          file: `${source.path}:${line}`,
          message: 'defines a process outside a .server.ts file',
          wayOut: 'move the defineServer call to <noun>.server.ts and keep the policy here',
        }
      }),
}
