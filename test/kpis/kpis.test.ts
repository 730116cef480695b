import ts from 'typescript'
import { expect, test } from 'vitest'
import { kpisOf } from './kpis.ts'
import { percentile, report } from './report.ts'

/** Measures sources that exist only here. */
function measure(files: Readonly<Record<string, string>>) {
  const options: ts.CompilerOptions = { noLib: true, strict: true, types: [], target: ts.ScriptTarget.ESNext }
  const host = ts.createCompilerHost(options)
  const texts = new Map(Object.entries(files).map(([path, text]) => [`/root/${path}`, text]))
  host.getSourceFile = (path, target) => {
    const text = texts.get(path)
    return text === undefined ? undefined : ts.createSourceFile(path, text, target, true)
  }
  host.fileExists = (path) => texts.has(path)
  const program = ts.createProgram([...texts.keys()], options, host)
  return kpisOf(program, '/root')
}

/** The values of one KPI, by place. */
function values(name: string, text: string): Readonly<Record<string, number>> {
  const kpi = measure({ 'src/otp/a.ts': text }).find((one) => one.name === name)
  return Object.fromEntries(
    kpi?.measures.map(({ place, value }) => [place.replace('src/otp/a.ts', ''), value]) ?? [],
  )
}

test('functions are those with a name of their own, not callbacks', () => {
  const text = `
    export function declared() { return [1].map((n) => n) }
    const bound = () => 1
    class Box { constructor() {} get size() { return 1 } method() {} abstract none(): void }
    export const table = { handler: () => 1, short() {} }
    declare function elsewhere(): void`
  expect(values('functions per module', text)).toEqual({ '': 7 })
})

test('lines are those of code, without the lines of named functions inside', () => {
  const text = `function outer() {
      // a comment

      const inner = () => {
        one()
        two()
      }
      return inner
    }`
  expect(values('lines per function', text)).toEqual({ ':1 outer': 4, ':4 inner': 4 })
})

test('call depth follows names, methods and functions handed on, and stops at recursion and at the file', () => {
  const text = `
    export function entry(items: any) { return items.map(middle) }
    function middle(): number { return leaf() }
    function leaf(): number { return 1 }
    export function round(n: number): number { return n > 0 ? round(n - 1) : 0 }
    export function shadow(leaf: () => number) { return leaf() }
    export class Box { open() { return this.inside() } private inside() { return leaf() } }`
  expect(values('call depth', text)).toEqual({ ':2 entry': 3, ':5 round': 1, ':6 shadow': 1, ':7 open': 3 })
})

test('match depth counts branches in branches, and a chain of cases once', () => {
  const text = `
    function chain(a: any) { if (a === 1) return 1; else if (a === 2) return 2; else return a ? 1 : a === 3 ? 2 : 3 }
    function nested(a: any) { if (a) if (a.b) switch (a.c) { case 1: return a.d ? 1 : 2 } }
    function flat(a: any) { const inner = () => { if (a) return 1 }; return inner }`
  expect(values('match depth', text)).toEqual({
    ':2 chain': 2,
    ':3 nested': 4,
    ':4 flat': 0,
    ':4 inner': 1,
  })
})

test('server state is the fields that init gives; a number or a list is one', () => {
  const text = `
    interface State { readonly a: number; readonly b: string; readonly c: boolean }
    declare function defineServer(options: object): object
    declare const given: State
    export const Wide = defineServer({ init: (): State => given })
    export const Plain = defineServer({ init: () => 0 })
    export const Maybe = defineServer({ init(ok: boolean) { return ok ? given : { ignored: 1 } } })
    export const other = Object({ init: () => given })`
  expect(values('server state complexity', text)).toEqual({ ':5 Wide': 3, ':6 Plain': 1, ':7 Maybe': 3 })
})

test('a type error is counted where it is; tests and other folders are not looked at', () => {
  const kpis = measure({
    'src/otp/a.ts': 'export const n: number = "text"',
    'src/otp/a.test.ts': 'export const n: number = "text"',
    'bench/a.ts': 'export const n: number = "text"',
  })
  expect(kpis.find(({ name }) => name === 'type errors')?.measures).toEqual([
    { room: 'otp', place: 'src/otp/a.ts', value: 1 },
  ])
})

test('the report names the places above the habit, worst first, and no other', () => {
  const measures = [1, 9, 2, 7, 5, 8].map((value) => ({ room: 'otp', place: `src/otp/${value}.ts`, value }))
  const lines = report([{ name: 'depth', habit: 7, measures }]).split('\n')
  expect(lines[0]).toBe('depth (habit: 7)')
  expect(lines[2]?.trim().split(/\s+/)).toEqual(['otp', '5', '9', '9', '6'])
  expect(lines.slice(3)).toEqual(['    9  src/otp/9.ts', '    8  src/otp/8.ts'])
})

test('a percentile is one of the values', () => {
  expect([0.5, 0.9, 1].map((share) => percentile([1, 2, 3, 4], share))).toEqual([2, 4, 4])
  expect(percentile([], 0.5)).toBeNaN()
})
