import { createHash } from 'node:crypto'
import type { SqlValue } from './sql.ts'

/** What the driver sends: a named prepared statement, or plain text. */
export interface Statement {
  readonly text: string
  readonly name?: string
  readonly values?: readonly SqlValue[]
}

interface Template {
  readonly name: string
  readonly text: string
}

/** A template's strings are one frozen object per place in the source. */
const templates = new WeakMap<TemplateStringsArray, Template>()

/** Turns a tagged template into a prepared statement named after its text. */
export function statementOf(strings: TemplateStringsArray, values: readonly SqlValue[]): Statement {
  let template = templates.get(strings)
  if (template === undefined) {
    template = compile(strings)
    templates.set(strings, template)
  }
  return { ...template, values }
}

function compile(strings: TemplateStringsArray): Template {
  const text = strings.reduce((before, after, index) => `${before}$${index}${after}`)
  return { text, name: `q${createHash('sha256').update(text).digest('hex').slice(0, 32)}` }
}
