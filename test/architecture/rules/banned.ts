import { isIn, type Rule, type Violation } from '../rule.ts'
import { type Source, sourcesIn, type Tree } from '../tree.ts'

/** Something that may be used in some places only. */
interface Ban {
  readonly uses: RegExp
  readonly only: readonly string[]
  readonly wayOut: string
}

const AT_THE_EDGE = ['test/', 'bench/', 'scripts/', '*.config.ts']
const TESTS = ['*.test.ts', '*.contract.ts']

const BANS: readonly Ban[] = [
  {
    uses: /^process(\.(env|argv|loadEnvFile))?$/,
    only: ['src/app/', 'src/cli/main.ts', ...AT_THE_EDGE, ...TESTS],
    wayOut: 'take the value as an option; app reads the environment once',
  },
  {
    uses: /^(Date|Date\.now|new Date|performance|performance\..*|process\.(hrtime|uptime))$/,
    only: ['src/kernel/clock.ts', 'src/testing/', 'web/', ...AT_THE_EDGE, ...TESTS],
    wayOut: 'take a Clock and ask nowMs() or monotonicMs(); leases ask the database',
  },
  {
    uses: /^Math\.random$/,
    only: [],
    wayOut: 'take a random source as an argument; ids come from newId()',
  },
  {
    uses: /^(set|clear)(Timeout|Interval)$/,
    only: ['src/kernel/clock.ts', 'web/', ...AT_THE_EDGE],
    wayOut: 'use clock.after(), or ctx.sendAfter() inside a process; a test waits for the event',
  },
  {
    uses: /^(queueMicrotask|setImmediate|clearImmediate)$/,
    only: ['src/otp/', 'src/testing/', ...AT_THE_EDGE, ...TESTS],
    wayOut: 'send a message to a process: the scheduler decides when it runs',
  },
  {
    uses: /^console(\..*)?$/,
    only: AT_THE_EDGE,
    wayOut: 'emit a telemetry event; app turns events into logs',
  },
  {
    uses: /^process\.(stdout|stderr|stdin)$/,
    only: [
      'src/cli/main.ts',
      'src/cli/output.ts',
      'src/agent/output.ts',
      'src/app/output.ts',
      ...AT_THE_EDGE,
      ...TESTS,
    ],
    wayOut: 'write through the output.ts of cli, app or agent, or hand in the stream',
  },
  {
    uses: /^process\.(exit|exitCode|abort|kill|chdir|setuid|setgid)$/,
    only: ['src/cli/', 'src/agent/', 'src/storage/', ...AT_THE_EDGE, ...TESTS],
    wayOut: 'return an outcome; the command decides how the program ends',
  },
  {
    uses: /^process\.(on|once|off|removeListener)$/,
    only: ['src/cli/', 'src/app/', 'src/agent/', ...AT_THE_EDGE, ...TESTS],
    wayOut: 'let cli or app listen to the process and pass the news on',
  },
  {
    uses: /^(eval|Function|globalThis\.(eval|Function))$/,
    only: [],
    wayOut: 'write the code down, or run it in a thread or child process made for that',
  },
  {
    uses: /^globalThis\.(process|console|setTimeout|setInterval|Date|performance)$/,
    only: [],
    wayOut: 'use the name directly where it is allowed; globalThis is no way round',
  },
  {
    uses: /^import\(computed\)$/,
    // A thread imports the module of the server that it was made for.
    only: ['src/otp/thread/host.thread.ts', ...AT_THE_EDGE],
    wayOut: 'write the module out, so that the arrows between rooms can be seen',
  },
  {
    uses: /^export default$/,
    only: ['*.config.ts'],
    wayOut: 'export it by name, so that it has one name everywhere',
  },
  {
    uses: /^(enum|namespace)$/,
    only: [],
    wayOut: 'write a union of string literals, or a module',
  },
  {
    uses: /^test\.only$/,
    only: [],
    wayOut: 'remove .only: it silently skips every other test of the file',
  },
]

const MODULE_BANS: readonly Ban[] = [
  {
    uses: /^(node:)?timers(\/promises)?$/,
    only: AT_THE_EDGE,
    wayOut: 'use clock.after(), or ctx.sendAfter() inside a process',
  },
  {
    uses: /^(node:)?(process|console)$/,
    only: [],
    wayOut: 'use the global where it is allowed',
  },
]

const FOLDERS = ['src', 'web', 'test', 'bench', 'scripts']

/** The outside is reached in a few known places. */
export const banned: Rule = {
  name: 'globals and syntax in their places',
  check: (tree) => sourcesIn(tree, ...FOLDERS).flatMap(wrongUses),
}

function wrongUses({ path, uses, imports }: Source): readonly Violation[] {
  const met = [
    ...uses.map(({ name, line }) => ({ name, line, bans: BANS })),
    ...imports.map(({ specifier, line }) => ({ name: specifier, line, bans: MODULE_BANS })),
  ]
  return met.flatMap(({ name, line, bans }) =>
    bans
      .filter((ban) => ban.uses.test(name) && !isIn(path, ban.only))
      .map(({ wayOut }) => ({ file: `${path}:${line}`, message: `uses ${name}`, wayOut })),
  )
}

/** `any` and compiler silencers need a reason beside them. */
export const typesHold: Rule = {
  name: 'types hold',
  check: (tree) => sourcesIn(tree, ...FOLDERS).flatMap((source) => silencedTypes(source, tree)),
}

function silencedTypes({ path, uses }: Source, tree: Tree): readonly Violation[] {
  const lines = (tree.get(path) ?? '').split('\n')
  const excused = (line: number): boolean =>
    [lines[line - 2], lines[line - 1]].some((text) => /\/\/ any: \w/.test(text ?? ''))
  const anys = uses.filter(({ name, line }) => name === 'any' && !excused(line))
  const silencers = lines.flatMap((text, index) =>
    /^\s*\/[/*]+\s*@ts-(ignore|nocheck)/.test(text) ? index + 1 : [],
  )
  return [
    ...anys.map(({ line }) => ({
      file: `${path}:${line}`,
      message: 'uses any',
      wayOut: 'use unknown, never or a generic; if inference truly needs it, say why: // any: <reason>',
    })),
    ...silencers.map((line) => ({
      file: `${path}:${line}`,
      message: 'silences the compiler',
      wayOut: 'mend the type; in a test, @ts-expect-error proves a refusal',
    })),
  ]
}
