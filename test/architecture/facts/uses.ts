import ts from 'typescript'
import { isDynamicImport, textOf } from './imports.ts'
import { isReference, isShadowed } from './scopes.ts'

/** Globals that reach outside the program; noted wherever they are referred to. */
const GLOBALS: ReadonlySet<string> = new Set([
  ...['process', 'console', 'globalThis', 'eval', 'Function'],
  ...['Date', 'Math', 'performance'],
  ...['setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask'],
  ...['clearTimeout', 'clearInterval', 'clearImmediate'],
])

/** What the rules may restrict, as one node uses it. */
export function usesOf(node: ts.Node): readonly { readonly name: string }[] {
  const name = useOf(node)
  return name === undefined ? [] : [{ name }]
}

function useOf(node: ts.Node): string | undefined {
  if (ts.isIdentifier(node)) return isGlobal(node) ? globalUse(node) : undefined
  if (ts.isPropertyAccessExpression(node)) return focusedTest(node)
  if (ts.isTaggedTemplateExpression(node)) return `tag ${node.tag.getText()}`
  if (isDynamicImport(node)) return textOf(node.arguments[0]) === '' ? 'import(computed)' : undefined
  return syntaxUse(node)
}

const isGlobal = (node: ts.Identifier): boolean =>
  GLOBALS.has(node.text) && isReference(node) && !isShadowed(node)

/** `process.env` rather than `process`, `new Date` rather than `Date`: what exactly is used. */
function globalUse(node: ts.Identifier): string | undefined {
  const parent = node.parent
  if (ts.isPropertyAccessExpression(parent)) return `${node.text}.${parent.name.text}`
  if (ts.isElementAccessExpression(parent)) return `${node.text}.${textOf(parent.argumentExpression)}`
  if (node.text === 'Date' && ts.isNewExpression(parent)) {
    return (parent.arguments?.length ?? 0) === 0 ? 'new Date' : undefined
  }
  return node.text
}

const focusedTest = ({ expression, name }: ts.PropertyAccessExpression): string | undefined =>
  name.text === 'only' && /^(test|it|describe|suite)$/.test(expression.getText()) ? 'test.only' : undefined

function syntaxUse(node: ts.Node): string | undefined {
  if (node.kind === ts.SyntaxKind.AnyKeyword) return 'any'
  if (ts.isEnumDeclaration(node)) return 'enum'
  if (ts.isModuleDeclaration(node)) return isAugmentation(node) ? undefined : 'namespace'
  if (ts.isExportAssignment(node)) return 'export default'
  const isDefault = node.kind === ts.SyntaxKind.DefaultKeyword && !ts.isDefaultClause(node.parent)
  return isDefault ? 'export default' : undefined
}

/** `declare module 'x'` and `declare global` extend types that exist. */
const isAugmentation = (node: ts.ModuleDeclaration): boolean =>
  ts.isStringLiteral(node.name) || (node.flags & ts.NodeFlags.GlobalAugmentation) !== 0
