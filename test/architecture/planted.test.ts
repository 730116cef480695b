import { describe, expect, test } from 'vitest'
import { explain, type Rule } from './rule.ts'
import { arrows, frontDoors, packages } from './rules/arrows.ts'
import { banned, typesHold } from './rules/banned.ts'
import { cycles } from './rules/cycles.ts'
import { deadFiles } from './rules/dead-files.ts'
import { decisions } from './rules/decisions.ts'
import { documentedExports } from './rules/documented.ts'
import { frozenMigrations, MIGRATIONS_PIN, migrationDigests, numberedMigrations } from './rules/migrations.ts'
import { names, servers } from './rules/names.ts'
import { noRegistry } from './rules/no-registry.ts'
import { EXPORTS_PIN, exportsMap, pinnedExports } from './rules/pinned-exports.ts'
import { problems } from './rules/problems.ts'
import { roomsComplete } from './rules/rooms-complete.ts'
import { sqlInStores } from './rules/sql.ts'
import { RULES } from './rules.ts'
import { plant } from './tree.ts'

/** Files that break one rule, and the place the message must point at. */
interface Planted {
  readonly rule: Rule
  readonly as: string
  readonly files: Readonly<Record<string, string | undefined>>
  readonly at: string
}

/** A small tree that keeps every rule; each violation is planted into a copy. */
const files = new Map([
  ['package.json', '{"exports":{"./otp":"./dist/otp/index.js"},"dependencies":{"pg":"1.0.0"}}'],
  ['package-lock.json', '{"packages":{}}'],
  ['.npmrc', 'fund=false'],
  ['src/kernel/index.ts', "export { type Clock, now } from './clock.ts'"],
  ['src/kernel/clock.ts', 'export interface Clock {}\nexport const now = () => Date.now()'],
  ['src/kernel/README.md', '# kernel'],
  ['src/otp/index.ts', "export { run } from './run.ts'"],
  [
    'src/otp/run.ts',
    "import { now } from '../kernel/index.ts'\n/** Runs. */\nexport const run = () => now()",
  ],
  ['src/otp/README.md', '# otp'],
  ['src/builds/index.ts', "export { Beat } from './beat.server.ts'\nexport { beats } from './beat.store.ts'"],
  ['src/builds/beat.server.ts', 'export const Beat = defineServer({})'],
  ['src/builds/beat.store.ts', 'export const beats = (sql) => sql`select id from beats`'],
  ['src/builds/beat.test.ts', "import { clock } from '../testing/index.ts'\nimport './beat.store.ts'"],
  ['src/builds/README.md', '# builds'],
  ['src/testing/index.ts', 'export const clock = 1'],
  ['src/testing/README.md', '# testing'],
  ['migrations/0001_builds_start.sql', 'create table builds ()'],
  ['docs/decisions/README.md', '[000](000-how.md)'],
  ['docs/decisions/000-how.md', '## When to revisit'],
  ['docs/reference/problems.md', '# Problems'],
  [EXPORTS_PIN, '{"./otp":["run"]}'],
])
const sound = plant(files, { [MIGRATIONS_PIN]: JSON.stringify(migrationDigests(files)) })

const run = 'src/otp/run.ts'

const planted: readonly Planted[] = [
  {
    rule: arrows,
    as: 'a room that enters the floor above',
    files: { 'src/kernel/clock.ts': "import { run } from '../otp/index.ts'" },
    at: 'src/kernel/clock.ts:1',
  },
  {
    rule: arrows,
    as: 'a type import from a neighbour',
    files: { 'src/builds/tasks.ts': "import type { Task } from '../tasks/index.ts'" },
    at: 'src/builds/tasks.ts:1',
  },
  {
    rule: arrows,
    as: 'a dynamic import from the floor above',
    files: { [run]: "export const late = () => import('../app/index.ts')" },
    at: `${run}:1`,
  },
  {
    rule: arrows,
    as: 'an inline import type',
    files: { [run]: "export type App = import('../app/index.ts').App" },
    at: `${run}:1`,
  },
  {
    rule: arrows,
    as: 'a product file that enters testing',
    files: { 'src/builds/beat.store.ts': "import { clock } from '../testing/index.ts'" },
    at: 'src/builds/beat.store.ts:1',
  },
  {
    rule: arrows,
    as: 'proofs entering a domain other than volunteers',
    files: { 'src/proofs/index.ts': "export { Beat } from '../builds/index.ts'" },
    at: 'src/proofs/index.ts:1',
  },
  {
    rule: arrows,
    as: 'the page entering the server',
    files: { 'web/src/main.tsx': "import { run } from '../../src/otp/index.ts'" },
    at: 'web/src/main.tsx:1',
  },
  {
    rule: frontDoors,
    as: 'an import past a front door',
    files: { [run]: "import { now } from '../kernel/clock.ts'" },
    at: `${run}:1`,
  },
  {
    rule: frontDoors,
    as: 'a re-export past a front door, from a test folder',
    files: { 'test/scenarios/a.test.ts': "\nexport { now } from '../../src/kernel/clock.ts'" },
    at: 'test/scenarios/a.test.ts:2',
  },
  {
    rule: frontDoors,
    as: 'a file that imports its own front door',
    files: { [run]: "import { x } from './index.ts'" },
    at: `${run}:1`,
  },
  {
    rule: packages,
    as: 'a package in a room that stands alone',
    files: { [run]: "import pg from 'pg'" },
    at: `${run}:1`,
  },
  {
    rule: packages,
    as: 'a package outside its home',
    files: { 'src/builds/beat.store.ts': "import pg from 'pg'" },
    at: 'src/builds/beat.store.ts:1',
  },
  {
    rule: packages,
    as: 'I/O in the kernel',
    files: { 'src/kernel/clock.ts': "import { readFile } from 'node:fs/promises'" },
    at: 'src/kernel/clock.ts:1',
  },
  {
    rule: packages,
    as: 'a package that users do not get',
    files: { 'src/builds/beat.store.ts': "import { test } from 'fast-check'" },
    at: 'src/builds/beat.store.ts:1',
  },
  {
    rule: cycles,
    as: 'two files that need each other',
    files: { [run]: "import './exit.ts'", 'src/otp/exit.ts': "import './run.ts'" },
    at: run,
  },
  {
    rule: cycles,
    as: 'a ring of types',
    files: {
      [run]: "import type { A } from './exit.ts'",
      'src/otp/exit.ts': "export type { B } from './signal.ts'",
      'src/otp/signal.ts': "import { type C } from './run.ts'",
    },
    at: run,
  },
  {
    rule: names,
    as: 'a name in camelCase',
    files: { 'src/otp/timerWheel.ts': '' },
    at: 'src/otp/timerWheel.ts',
  },
  { rule: names, as: 'an unknown suffix', files: { 'src/otp/a.helper.ts': '' }, at: 'src/otp/a.helper.ts' },
  {
    rule: names,
    as: 'a server file without a server',
    files: { 'src/builds/beat.server.ts': 'export const Beat = 1' },
    at: 'src/builds/beat.server.ts',
  },
  {
    rule: names,
    as: 'routes outside the doors of the house',
    files: { 'src/builds/builds.routes.ts': '' },
    at: 'src/builds/builds.routes.ts',
  },
  {
    rule: servers,
    as: 'a process in a plain file',
    files: { 'src/builds/beat.ts': '\nexport const Beat = defineServer({})' },
    at: 'src/builds/beat.ts:2',
  },
  {
    rule: sqlInStores,
    as: 'a tagged statement outside a store',
    files: { 'src/builds/beat.ts': 'export const all = (sql) =>\n sql<Row>`values (1)`' },
    at: 'src/builds/beat.ts:2',
  },
  {
    rule: sqlInStores,
    as: 'a statement in a plain string',
    files: { 'src/builds/beat.ts': "export const q = 'delete from builds where id = 1'" },
    at: 'src/builds/beat.ts:1',
  },
  {
    rule: sqlInStores,
    as: 'a statement in a template',
    files: { 'src/builds/beat.ts': 'export const q = (id) => `\n  update builds set state = ${id}`' },
    at: 'src/builds/beat.ts:1',
  },
  ...(
    [
      ['process.env', 'export const home = process.env.HOME'],
      ['process.env', 'export const home = process["env"]'],
      ['process', 'export const { env } = process'],
      ['Date.now', 'export const t = Date.now()'],
      ['new Date', 'export const t = new Date()'],
      ['performance.now', 'export const t = performance.now()'],
      ['Math.random', 'export const r = Math.random()'],
      ['setTimeout', 'export const s = setTimeout(run, 1)'],
      ['setInterval', 'export const s = { tick: setInterval }'],
      ['node:timers/promises', "import { setTimeout as sleep } from 'node:timers/promises'"],
      ['node:process', "import { env } from 'node:process'"],
      ['console.log', 'export const say = () => console.log(1)'],
      ['process.stdout', 'export const say = () => process.stdout.write("")'],
      ['process.exit', 'export const end = () => process.exit(1)'],
      ['process.on', 'process.on("SIGTERM", end)'],
      ['eval', 'export const x = eval("1")'],
      ['globalThis.process', 'export const p = globalThis.process'],
      ['import(computed)', 'export const load = (name) => import(name)'],
      ['export default', 'export default 1'],
      ['export default', 'export default function main() {}'],
      ['enum', 'export enum State { Open }'],
      ['namespace', 'export namespace Old {}'],
    ] as const
  ).map(([use, text]) => ({ rule: banned, as: `${use}: ${text}`, files: { [run]: text }, at: `${run}:1` })),
  {
    rule: banned,
    as: 'a sleep in a test',
    files: { 'src/otp/run.test.ts': 'setTimeout(done, 50)' },
    at: 'src/otp/run.test.ts:1',
  },
  {
    rule: banned,
    as: 'a focused test',
    files: { 'src/otp/run.test.ts': "test.only('x', () => {})" },
    at: 'src/otp/run.test.ts:1',
  },
  { rule: typesHold, as: 'an any', files: { [run]: '\nexport const x = (y: any) => y' }, at: `${run}:2` },
  {
    rule: typesHold,
    as: 'a silenced error',
    files: { [run]: '// @ts-ignore\nexport const x = 1' },
    at: `${run}:1`,
  },
  { rule: deadFiles, as: 'a file nobody imports', files: { 'src/otp/old.ts': '' }, at: 'src/otp/old.ts' },
  {
    rule: deadFiles,
    as: 'a file only its test imports',
    files: { 'src/otp/old.ts': '', 'src/otp/old.test.ts': "import './old.ts'" },
    at: 'src/otp/old.ts',
  },
  {
    rule: deadFiles,
    as: 'a contract suite nobody runs',
    files: { 'src/builds/beat.store.contract.ts': '' },
    at: 'src/builds/beat.store.contract.ts',
  },
  {
    rule: roomsComplete,
    as: 'a room without README',
    files: { 'src/otp/README.md': undefined },
    at: 'src/otp/README.md',
  },
  {
    rule: roomsComplete,
    as: 'a room without a door',
    files: { 'src/otp/index.ts': undefined },
    at: 'src/otp/index.ts',
  },
  { rule: roomsComplete, as: 'a room nobody planned', files: { 'src/utils/x.ts': '' }, at: 'src/utils/' },
  {
    rule: roomsComplete,
    as: 'a file outside the rooms',
    files: { 'src/helpers.ts': '' },
    at: 'src/helpers.ts',
  },
  {
    rule: roomsComplete,
    as: 'a door without names',
    files: { 'src/otp/index.ts': "export * from './run.ts'" },
    at: 'src/otp/index.ts',
  },
  {
    rule: pinnedExports,
    as: 'a new public name',
    files: { 'src/otp/index.ts': "export { run, type Run } from './run.ts'" },
    at: EXPORTS_PIN,
  },
  { rule: pinnedExports, as: 'a lost public name', files: { 'src/otp/index.ts': '' }, at: EXPORTS_PIN },
  {
    rule: documentedExports,
    as: 'a public name without a word',
    files: { [run]: 'export const run = () => 1' },
    at: run,
  },
  {
    rule: documentedExports,
    as: 'a public name without a word, passed on under another',
    files: {
      'src/otp/index.ts': "export { run } from './runs.ts'",
      'src/otp/runs.ts': "export { start as run } from './run.ts'",
      [run]: '/** Another. */\nexport const run = 1\nexport function start() {}',
    },
    at: run,
  },
  {
    rule: exportsMap,
    as: 'a subpath that leads nowhere',
    files: { 'package.json': '{"exports":{"./stage":"./dist/stage/index.js"}}' },
    at: 'package.json',
  },
  {
    rule: frozenMigrations,
    as: 'an edited migration',
    files: { 'migrations/0001_builds_start.sql': 'create table builds (id int)' },
    at: 'migrations/0001_builds_start.sql',
  },
  {
    rule: frozenMigrations,
    as: 'a removed migration',
    files: { 'migrations/0001_builds_start.sql': undefined },
    at: 'migrations/0001_builds_start.sql',
  },
  {
    rule: frozenMigrations,
    as: 'a migration that was not pinned',
    files: { 'migrations/0002_builds_more.sql': '' },
    at: 'migrations/0002_builds_more.sql',
  },
  {
    rule: numberedMigrations,
    as: 'a gap in the numbers',
    files: { 'migrations/0003_builds_more.sql': '' },
    at: 'migrations/0003_builds_more.sql',
  },
  {
    rule: numberedMigrations,
    as: 'a migration without an owner',
    files: { 'migrations/0002_more.sql': '' },
    at: 'migrations/0002_more.sql',
  },
  {
    rule: noRegistry,
    as: 'a host in the lockfile',
    files: { 'package-lock.json': '{"resolved": "https://packages.example/x.tgz"}' },
    at: 'package-lock.json',
  },
  {
    rule: noRegistry,
    as: 'a host in .npmrc',
    files: { '.npmrc': 'registry=https://packages.example/' },
    at: '.npmrc',
  },
  {
    rule: problems,
    as: 'a problem that nobody explains',
    files: { [run]: "export const run = () => new Problem('odd_thing', 'odd')" },
    at: run,
  },
  {
    rule: problems,
    as: 'an explanation of nothing',
    files: { 'docs/reference/problems.md': '| `odd_thing` | odd | wait |' },
    at: 'docs/reference/problems.md',
  },
  {
    rule: decisions,
    as: 'a decision that nobody can revisit',
    files: { 'docs/decisions/000-how.md': 'so it is' },
    at: 'docs/decisions/000-how.md',
  },
  {
    rule: decisions,
    as: 'a page without its number and its row in the list',
    files: { 'docs/decisions/002-why.md': '## When to revisit' },
    at: 'docs/decisions/002-why.md',
  },
]

test.each(RULES)('$name: a sound tree passes', (rule) => {
  expect(rule.check(sound).map((violation) => explain(rule, violation))).toEqual([])
})

describe('a planted violation is found, with its place and a way out:', () => {
  test.each(planted)('$rule.name: $as', ({ rule, files, at }) => {
    const found = rule.check(plant(sound, files))
    expect(found.map(({ file }) => file)).toContain(at)
    for (const violation of found) expect(violation.wayOut).toMatch(/\w{2,}/)
  })

  test('every rule has at least one', () => {
    expect(new Set(planted.map(({ rule }) => rule))).toEqual(new Set(RULES))
  })
})

test('what the rules must not mistake for a violation passes', () => {
  const innocent = plant(sound, {
    [run]: [
      "import { now } from '../kernel/index.ts'",
      '// process.env, console.log and setTimeout may be talked about',
      "export const text = 'select a file from the list: process.env'",
      'export interface Timers { setTimeout(ms: number): void; readonly process: string; enum: number }',
      'export const day = (ms: number): Date => new Date(ms)',
      'export const largest = Math.max(1, 2)',
      '/** Runs. */ export const run = (timers: Timers) => timers.setTimeout(now())',
      'export const pid = process.pid',
      'export const alive = ({ process }: { process: Process }) => [1].map(() => process.exit)',
      'export const all = (list: Process[]) => { for (const process of list) process.on() }',
      '// any: the mailbox holds messages of every type',
      'export type Mailbox = any[]',
      'export const anything = { any: 1, default: 2 }',
    ].join('\n'),
    'src/builds/beat.test.ts': "import { clock } from '../testing/index.ts'\nnew Date()\nDate.now()",
  })
  const found = RULES.flatMap((rule) => rule.check(innocent).map((violation) => explain(rule, violation)))
  expect(found).toEqual([])
})
