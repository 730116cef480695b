import { isIn, type Rule, type Violation } from '../rule.ts'
import { type Source, sourcesIn } from '../tree.ts'

const MAY_SPEAK_SQL = ['src/storage/', '*.store.ts', '*.store.test.ts', '*.store.contract.ts']

/** How statements begin, told from prose by what must follow the first word. */
const STATEMENTS: readonly RegExp[] = [
  /^select\s+(distinct\s+)?["\w.*$:]+(\s*,|\s+(from|as)\s|\()/i,
  /^insert\s+into\s/i,
  /^update\s+\S+(\s+(as\s+)?\w+)?\s+set\s/i,
  /^delete\s+from\s/i,
  /^with\s+(recursive\s+)?\w+(\s*\([^)]*\))?\s+as\s*((not\s+)?materialized\s*)?\(/i,
  /^(create|alter|drop)\s+(unique\s+)?(table|index|view|schema|database|type|function|trigger|extension|sequence)\s/i,
  /^truncate\s+(table\s+)?["\w.$]+(\s+(cascade|restart)|;|$)/i,
  /^(un)?listen\s+["\w$]+$/i,
  /^notify\s+["\w$]+(,|$)/i,
  /^lock\s+table\s/i,
]

const isStatement = (text: string): boolean => STATEMENTS.some((pattern) => pattern.test(text.trimStart()))

/** SQL is spoken in stores and in the storage room. */
export const sqlInStores: Rule = {
  name: 'SQL only in stores',
  check: (tree) =>
    sourcesIn(tree, 'src')
      .filter(({ path }) => !isIn(path, MAY_SPEAK_SQL))
      .flatMap(strayStatements),
}

function strayStatements({ path, uses, strings }: Source): readonly Violation[] {
  const lines = new Set([
    ...uses.filter(({ name }) => /^tag (\w+\.)*sql(<|$)/.test(name)).map(({ line }) => line),
    ...strings.filter(({ text }) => isStatement(text)).map(({ line }) => line),
  ])
  return [...lines].map((line) => ({
    file: `${path}:${line}`,
    message: 'speaks SQL outside a store',
    wayOut: 'move the statement to <noun>.store.ts and call a method with a name',
  }))
}
