import { KERNEL_NODE, NO_PACKAGES, PACKAGE_HOMES, ROOMS, TESTING, WEB_MAY_ENTER } from '../rooms.ts'
import type { Rule, Violation } from '../rule.ts'
import { isTest, roomOf, type Source, sourcesIn, type Tree, targetOf } from '../tree.ts'

/** Rooms enter only the rooms below them. */
export const arrows: Rule = {
  name: 'arrows between rooms',
  check: (tree) => sourcesIn(tree, 'src', 'web').flatMap(wrongArrows),
}

function wrongArrows(source: Source): readonly Violation[] {
  const from = roomOf(source.path) ?? 'web'
  const allowed = from === 'web' ? WEB_MAY_ENTER : (ROOMS.get(from) ?? [])
  return source.imports.flatMap((found) => {
    const to = roomOf(targetOf(source.path, found) ?? '')
    if (to === undefined || to === from || allowed.includes(to)) return []
    if (to === TESTING && isTest(source.path)) return []
    return {
      file: `${source.path}:${found.line}`,
      message: `${from} enters ${to}, but may enter only: ${allowed.join(', ') || 'nothing'}`,
      wayOut: `declare the interface ${from} needs inside ${from} and let app hand in what satisfies it`,
    }
  })
}

/** Rooms are entered through their front door. */
export const frontDoors: Rule = {
  name: 'front doors only',
  check: (tree) =>
    sourcesIn(tree, 'src', 'web', 'test', 'bench', 'examples', 'scripts').flatMap((source) =>
      backDoors(source, tree),
    ),
}

function backDoors(source: Source, tree: Tree): readonly Violation[] {
  const from = roomOf(source.path)
  return source.imports.flatMap((found) => {
    const target = targetOf(source.path, found)
    const to = roomOf(target ?? '')
    if (target === undefined || to === undefined || found.isUrl) return []
    if (to !== from && target !== `src/${to}/index.ts`) {
      return {
        file: `${source.path}:${found.line}`,
        message: `reaches into ${target}, past the front door of ${to}`,
        wayOut: `import from src/${to}/index.ts, and export the name there if others may rely on it`,
      }
    }
    if (to === from && target === `src/${to}/index.ts` && !isTest(source.path) && tree.has(target)) {
      return {
        file: `${source.path}:${found.line}`,
        message: 'imports its own front door',
        wayOut: 'import the file that holds the name',
      }
    }
    return []
  })
}

/** Low rooms stand on Node alone, and some packages have one home. */
export const packages: Rule = {
  name: 'packages stay in their rooms',
  check: (tree) =>
    sourcesIn(tree, 'src')
      .filter((source) => !isTest(source.path))
      .flatMap((source) => strayPackages(source, runtimePackages(tree))),
}

function runtimePackages(tree: Tree): ReadonlySet<string> {
  const manifest = JSON.parse(tree.get('package.json') ?? '{}') as Record<string, object | undefined>
  return new Set(
    ['dependencies', 'optionalDependencies', 'peerDependencies'].flatMap((group) =>
      Object.keys(manifest[group] ?? {}),
    ),
  )
}

function strayPackages(source: Source, runtime: ReadonlySet<string>): readonly Violation[] {
  const room = roomOf(source.path) ?? ''
  return source.imports.flatMap(({ specifier, line, isUrl }) => {
    if (specifier === '' || specifier.startsWith('.') || isUrl) return []
    const problem = packageProblem(room, specifier, runtime)
    return problem === undefined ? [] : { file: `${source.path}:${line}`, ...problem }
  })
}

function packageProblem(
  room: string,
  specifier: string,
  runtime: ReadonlySet<string>,
): Omit<Violation, 'file'> | undefined {
  if (specifier.startsWith('node:')) {
    if (room !== 'kernel' || KERNEL_NODE.includes(specifier)) return undefined
    return { message: `kernel uses ${specifier}`, wayOut: 'kernel does no I/O: put this on a higher floor' }
  }
  if (NO_PACKAGES.includes(room)) {
    return { message: `${room} uses the package ${specifier}`, wayOut: `${room} stands on Node alone` }
  }
  const home = PACKAGE_HOMES.find(({ name }) => name.test(specifier))
  if (home !== undefined && !home.homes.includes(room)) {
    return {
      message: `${room} uses ${specifier}, which belongs to ${home.homes.join(', ')}`,
      wayOut: `ask ${home.homes[0]} through its front door, or change PACKAGE_HOMES in test/architecture/rooms.ts with a reason`,
    }
  }
  const name = specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/')
  if (runtime.has(name)) return undefined
  return {
    message: `${specifier} is not among the dependencies users install`,
    wayOut: 'list it under dependencies in package.json, with an exact version',
  }
}
