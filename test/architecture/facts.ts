import ts from 'typescript'
import { documentedNames, type Passed, passedOn } from './facts/docs.ts'
import { exportedNames } from './facts/exports.ts'
import { type Import, importOf } from './facts/imports.ts'
import { usesOf } from './facts/uses.ts'

/** Something at a line of a file. */
export type AtLine<T> = T & { readonly line: number }

/** What the rules know about one source file. */
export interface Facts {
  readonly imports: readonly AtLine<Import>[]
  /** What the rules may restrict, by name: `process.env`, `any`, `export default`. */
  readonly uses: readonly AtLine<{ readonly name: string }>[]
  /** Texts of strings and templates; `$` stands for an inserted value. */
  readonly strings: readonly AtLine<{ readonly text: string }>[]
  /** Names the file exports; types carry the prefix `type `. */
  readonly exports: readonly string[]
  /** Names it passes on from other files. */
  readonly passed: readonly AtLine<Passed>[]
  /** Names it declares with a doc comment. */
  readonly documented: readonly string[]
}

const cache = new Map<string, Facts>()

/** Reads a source file once; the same path and text give the same facts. */
export function factsOf(path: string, text: string): Facts {
  const key = `${path}\n${text}`
  const facts = cache.get(key) ?? read(path, text)
  cache.set(key, facts)
  return facts
}

function read(path: string, text: string): Facts {
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.ESNext, true)
  const nodes = [...nodesOf(source)]
  const gather = <T>(look: (node: ts.Node) => readonly T[]): readonly AtLine<T>[] =>
    nodes.flatMap((node) => look(node).map((found) => ({ ...found, line: lineOf(source, node) })))
  return {
    imports: gather(importOf),
    uses: gather(usesOf),
    strings: gather(stringOf),
    exports: source.statements.flatMap(exportedNames),
    passed: gather(passedOn),
    documented: source.statements.flatMap(documentedNames),
  }
}

function* nodesOf(node: ts.Node): Generator<ts.Node> {
  yield node
  const children: ts.Node[] = []
  ts.forEachChild(node, (child) => void children.push(child))
  for (const child of children) yield* nodesOf(child)
}

const lineOf = (source: ts.SourceFile, node: ts.Node): number =>
  source.getLineAndCharacterOfPosition(node.getStart(source)).line + 1

function stringOf(node: ts.Node): readonly { readonly text: string }[] {
  if (ts.isStringLiteralLike(node)) return [{ text: node.text }]
  if (!ts.isTemplateExpression(node)) return []
  return [{ text: [node.head.text, ...node.templateSpans.map((span) => span.literal.text)].join('$') }]
}
