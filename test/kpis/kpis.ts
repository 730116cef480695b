import { relative } from 'node:path'
import ts from 'typescript'
import { type FunctionFacts, functionsOf } from './functions.ts'
import { type StateFacts, statesOf } from './server-state.ts'

/** One number and where it was found. */
export interface Measure {
  readonly room: string
  /** `src/otp/ring.ts:12 push`, or the file alone. */
  readonly place: string
  readonly value: number
}

/** Something that we keep small by habit, never by a gate. */
export interface Kpi {
  readonly name: string
  readonly habit: number
  readonly measures: readonly Measure[]
}

interface FileFacts {
  readonly room: string
  readonly path: string
  readonly functions: readonly FunctionFacts[]
  readonly states: readonly StateFacts[]
  readonly typeErrors: number
}

/** A number, and the place in the file when it is not about the whole of it. */
interface Found {
  readonly value: number
  readonly at?: { readonly line: number; readonly name: string }
}

interface Habit {
  readonly name: string
  readonly habit: number
  readonly find: (file: FileFacts) => readonly Found[]
}

const HABITS: readonly Habit[] = [
  { name: 'functions per module', habit: 8, find: ({ functions }) => [{ value: functions.length }] },
  {
    name: 'lines per function',
    habit: 15,
    find: ({ functions }) => functions.map((at) => ({ at, value: at.lines })),
  },
  {
    name: 'call depth',
    habit: 3,
    find: ({ functions }) =>
      functions.flatMap((at) => (at.callDepth === undefined ? [] : [{ at, value: at.callDepth }])),
  },
  {
    name: 'match depth',
    habit: 4,
    find: ({ functions }) => functions.map((at) => ({ at, value: at.matchDepth })),
  },
  {
    name: 'server state complexity',
    habit: 5,
    find: ({ states }) => states.map((at) => ({ at, value: at.fields })),
  },
  { name: 'type errors', habit: 0, find: ({ typeErrors }) => [{ value: typeErrors }] },
]

/** Measures every source file of the program below `root`/src that is not a test. */
export function kpisOf(program: ts.Program, root: string): readonly Kpi[] {
  const files = program.getSourceFiles().flatMap((source) => factsOf(program, source, root))
  return HABITS.map(({ name, habit, find }) => ({
    name,
    habit,
    measures: files.flatMap((file) =>
      find(file).map(({ value, at }) => ({ room: file.room, place: placeOf(file, at), value })),
    ),
  }))
}

const placeOf = ({ path }: FileFacts, at: Found['at']): string =>
  at === undefined ? path : `${path}:${at.line} ${at.name}`.trim()

function factsOf(program: ts.Program, source: ts.SourceFile, root: string): readonly FileFacts[] {
  const path = relative(root, source.fileName)
  const room = /^src\/([^/]+)\//.exec(path)?.[1]
  if (room === undefined || /\.(test|test-d|contract|d)\.tsx?$/.test(path)) return []
  const checker = program.getTypeChecker()
  const [functions, states] = [functionsOf(source, checker), statesOf(source, checker)]
  return [{ room, path, functions, states, typeErrors: errorsIn(program, source) }]
}

const errorsIn = (program: ts.Program, source: ts.SourceFile): number =>
  [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)].filter(
    ({ category }) => category === ts.DiagnosticCategory.Error,
  ).length
