import { relative } from 'node:path'
import ts from 'typescript'
import { functionsOf } from './functions.ts'
import { statesOf } from './server-state.ts'

/** One number and where it was found. */
export interface Measure {
  readonly room: string
  /** `src/otp/ring.ts:12 push`. */
  readonly place: string
  readonly value: number
}

/** Something that we keep small by habit, never by a gate. */
export interface Kpi {
  readonly name: string
  readonly habit: number
  readonly measures: readonly Measure[]
}

/** Measures every source file of the program below `root`/src that is not a test. */
export function kpisOf(program: ts.Program, root: string): readonly Kpi[] {
  const checker = program.getTypeChecker()
  const files = program.getSourceFiles().flatMap((source) => {
    const path = relative(root, source.fileName)
    const room = /^src\/([^/]+)\//.exec(path)?.[1]
    if (room === undefined || /\.(test|test-d|contract|d)\.tsx?$/.test(path)) return []
    const at = ({ name, line }: { name: string; line: number }) => ({
      room,
      place: `${path}:${line} ${name}`.trim(),
    })
    const functions = functionsOf(source, checker).map((facts) => ({ ...facts, ...at(facts) }))
    const states = statesOf(source, checker).map((facts) => ({ ...facts, ...at(facts) }))
    return [{ room, place: path, source, functions, states }]
  })
  const functions = files.flatMap((file) => file.functions)
  const valued = <T extends object>(facts: readonly T[], value: (fact: T) => number) =>
    facts.map((fact) => ({ ...fact, value: value(fact) }))
  return [
    kpi(
      'functions per module',
      8,
      valued(files, (file) => file.functions.length),
    ),
    kpi(
      'lines per function',
      15,
      valued(functions, ({ lines }) => lines),
    ),
    kpi(
      'call depth',
      3,
      valued(
        functions.filter(({ callDepth }) => callDepth !== undefined),
        ({ callDepth = 0 }) => callDepth,
      ),
    ),
    kpi(
      'match depth',
      4,
      valued(functions, ({ matchDepth }) => matchDepth),
    ),
    kpi(
      'server state complexity',
      5,
      valued(
        files.flatMap((file) => file.states),
        ({ fields }) => fields,
      ),
    ),
    kpi(
      'type errors',
      0,
      valued(files, ({ source }) => errorsIn(program, source)),
    ),
  ]
}

const kpi = (name: string, habit: number, measures: readonly Measure[]): Kpi => ({
  name,
  habit,
  measures: measures.map(({ room, place, value }) => ({ room, place, value })),
})

const errorsIn = (program: ts.Program, source: ts.SourceFile): number =>
  [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)].filter(
    ({ category }) => category === ts.DiagnosticCategory.Error,
  ).length
