import ts from 'typescript'

/**
 * One reference from a file to another file or to a package. Type imports,
 * re-exports and dynamic imports count alike: each is knowledge of the other.
 */
export interface Import {
  /** As written: `./clock.ts`, `node:fs`, `fastify`; empty where it is computed. */
  readonly specifier: string
  /** Named by `new URL('./x.ts', import.meta.url)`: a thread or a data file, not a module. */
  readonly isUrl: boolean
}

/** The import a node makes, if it makes one. */
export function importOf(node: ts.Node): readonly Import[] {
  const module = moduleOf(node)
  if (module !== undefined) return [{ specifier: textOf(module), isUrl: false }]
  const file = urlOf(node)
  return file === undefined ? [] : [{ specifier: textOf(file), isUrl: true }]
}

/** The expression that names the module. */
function moduleOf(node: ts.Node): ts.Node | undefined {
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) return node.moduleSpecifier
  if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) return node.argument.literal
  return isDynamicImport(node) ? node.arguments[0] : undefined
}

/** `import('./x.ts')`. */
export const isDynamicImport = (node: ts.Node): node is ts.CallExpression =>
  ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword

function urlOf(node: ts.Node): ts.Node | undefined {
  if (!ts.isNewExpression(node) || node.expression.getText() !== 'URL') return undefined
  const [file, base] = node.arguments ?? []
  return base?.getText() === 'import.meta.url' ? file : undefined
}

/** The text of a literal, or nothing for anything else. */
export const textOf = (node: ts.Node | undefined): string =>
  node !== undefined && ts.isStringLiteralLike(node) ? node.text : ''
