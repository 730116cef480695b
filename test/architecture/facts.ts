import ts from 'typescript'

/** One reference from a file to another file or to a package. */
export interface Import {
  /** As written: `./clock.ts`, `node:fs`, `fastify`. */
  readonly specifier: string
  /** `url` is `new URL('./x.ts', import.meta.url)`: how threads and data files are named. */
  readonly kind: 'static' | 'reexport' | 'dynamic' | 'url'
  /** True when nothing of it remains at run time. */
  readonly typeOnly: boolean
  readonly line: number
}

/** A use of something the rules may restrict: `process.env`, `any`, `export default`. */
export interface Use {
  readonly name: string
  readonly line: number
}

/** A string or template, or a comment, with the line it starts on. */
export interface Text {
  readonly text: string
  readonly line: number
}

/** What the rules know about one source file. */
export interface Facts {
  readonly imports: readonly Import[]
  readonly uses: readonly Use[]
  /** Names the file exports; types carry the prefix `type `. */
  readonly exports: readonly string[]
  readonly strings: readonly Text[]
  readonly comments: readonly Text[]
}

interface Draft {
  readonly source: ts.SourceFile
  readonly imports: Import[]
  readonly uses: Use[]
  readonly exports: string[]
  readonly strings: Text[]
}

/** Globals that reach outside the program; noted wherever they are referred to. */
const GLOBALS: ReadonlySet<string> = new Set([
  'clearImmediate',
  'clearInterval',
  'clearTimeout',
  'console',
  'Date',
  'eval',
  'Function',
  'globalThis',
  'Math',
  'performance',
  'process',
  'queueMicrotask',
  'setImmediate',
  'setInterval',
  'setTimeout',
])

const cache = new Map<string, Facts>()

/** Reads a source file once; the same path and text give the same facts. */
export function factsOf(path: string, text: string): Facts {
  const key = `${path}\n${text}`
  const known = cache.get(key)
  if (known !== undefined) return known
  const facts = scan(path, text)
  cache.set(key, facts)
  return facts
}

function scan(path: string, text: string): Facts {
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.ESNext, true)
  const draft: Draft = { source, imports: [], uses: [], exports: [], strings: [] }
  const visit = (node: ts.Node): void => {
    noteImport(draft, node)
    noteUse(draft, node)
    noteString(draft, node)
    ts.forEachChild(node, visit)
  }
  visit(source)
  source.statements.forEach((statement) => {
    noteExport(draft, statement)
  })
  return { ...draft, comments: commentsOf(source) }
}

const lineOf = (source: ts.SourceFile, position: number): number =>
  source.getLineAndCharacterOfPosition(position).line + 1

const at = (draft: Draft, node: ts.Node): number => lineOf(draft.source, node.getStart(draft.source))

function noteImport(draft: Draft, node: ts.Node): void {
  const found = importOf(node)
  if (found !== undefined) draft.imports.push({ ...found, line: at(draft, node) })
}

function importOf(node: ts.Node): Omit<Import, 'line'> | undefined {
  if (ts.isImportDeclaration(node)) return staticImport(node)
  if (ts.isExportDeclaration(node) && node.moduleSpecifier !== undefined) return reexport(node)
  if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
    return { specifier: textOf(node.argument.literal), kind: 'static', typeOnly: true }
  }
  if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
    return { specifier: textOf(node.arguments[0]), kind: 'dynamic', typeOnly: false }
  }
  return urlImport(node)
}

function staticImport(node: ts.ImportDeclaration): Omit<Import, 'line'> {
  const clause = node.importClause
  const named = clause?.namedBindings
  const onlyTypes =
    named !== undefined &&
    ts.isNamedImports(named) &&
    clause?.name === undefined &&
    named.elements.length > 0 &&
    named.elements.every((element) => element.isTypeOnly)
  const typeOnly = onlyTypes || clause?.phaseModifier === ts.SyntaxKind.TypeKeyword
  return { specifier: textOf(node.moduleSpecifier), kind: 'static', typeOnly }
}

function reexport(node: ts.ExportDeclaration): Omit<Import, 'line'> {
  const named = node.exportClause
  const onlyTypes =
    named !== undefined &&
    ts.isNamedExports(named) &&
    named.elements.length > 0 &&
    named.elements.every((element) => element.isTypeOnly)
  return {
    specifier: textOf(node.moduleSpecifier),
    kind: 'reexport',
    typeOnly: node.isTypeOnly || onlyTypes,
  }
}

function urlImport(node: ts.Node): Omit<Import, 'line'> | undefined {
  if (!ts.isNewExpression(node) || node.expression.getText() !== 'URL') return undefined
  const [file, base] = node.arguments ?? []
  if (file === undefined || base?.getText() !== 'import.meta.url') return undefined
  return { specifier: textOf(file), kind: 'url', typeOnly: false }
}

const textOf = (node: ts.Node | undefined): string =>
  node !== undefined && ts.isStringLiteralLike(node) ? node.text : ''

function noteUse(draft: Draft, node: ts.Node): void {
  const name = useOf(node)
  if (name !== undefined) draft.uses.push({ name, line: at(draft, node) })
}

function useOf(node: ts.Node): string | undefined {
  if (ts.isIdentifier(node)) {
    return GLOBALS.has(node.text) && isReference(node) && !isShadowed(node) ? globalUse(node) : undefined
  }
  return ts.isPropertyAccessExpression(node) ? focusedTest(node) : syntaxUse(node)
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

/** True when a scope around the identifier declares the name itself: `(process: Process) => process.pid`. */
function isShadowed(node: ts.Identifier): boolean {
  for (let scope: ts.Node = node; scope !== undefined; scope = scope.parent) {
    if (namesDeclaredIn(scope).has(node.text)) return true
  }
  return false
}

const declared = new WeakMap<ts.Node, ReadonlySet<string>>()

function namesDeclaredIn(scope: ts.Node): ReadonlySet<string> {
  const known = declared.get(scope)
  if (known !== undefined) return known
  const names = new Set(
    bindingsOf(scope)
      .flatMap(namesIn)
      .filter((name) => GLOBALS.has(name)),
  )
  declared.set(scope, names)
  return names
}

/** The declarations that a scope holds itself, not those of scopes inside it. */
function bindingsOf(scope: ts.Node): readonly (ts.BindingName | undefined)[] {
  if (ts.isFunctionLike(scope)) return scope.parameters.map(({ name }) => name)
  if (ts.isForOfStatement(scope) || ts.isForInStatement(scope) || ts.isForStatement(scope)) {
    const loop = scope.initializer
    return loop !== undefined && ts.isVariableDeclarationList(loop) ? variablesIn(loop) : []
  }
  if (ts.isBlock(scope) || ts.isSourceFile(scope)) return scope.statements.flatMap(statementBindings)
  return []
}

function statementBindings(statement: ts.Statement): readonly (ts.BindingName | undefined)[] {
  if (ts.isVariableStatement(statement)) return variablesIn(statement.declarationList)
  if (ts.isFunctionDeclaration(statement) || ts.isClassDeclaration(statement)) return [statement.name]
  const named = ts.isImportDeclaration(statement) ? statement.importClause?.namedBindings : undefined
  return named !== undefined && ts.isNamedImports(named) ? named.elements.map(({ name }) => name) : []
}

const variablesIn = (list: ts.VariableDeclarationList): readonly ts.BindingName[] =>
  list.declarations.map(({ name }) => name)

function namesIn(name: ts.BindingName | undefined): readonly string[] {
  if (name === undefined) return []
  if (ts.isIdentifier(name)) return [name.text]
  return name.elements.flatMap((element) => (ts.isOmittedExpression(element) ? [] : namesIn(element.name)))
}

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

/** False where an identifier only names a property, a parameter or a type. */
function isReference(node: ts.Identifier): boolean {
  const parent = node.parent
  if (ts.isPropertyAccessExpression(parent)) return parent.expression === node
  if (ts.isTypeNode(parent) || ts.isQualifiedName(parent) || ts.isTypeParameterDeclaration(parent))
    return false
  if (ts.isImportSpecifier(parent) || ts.isExportSpecifier(parent) || ts.isImportClause(parent)) return false
  const named = parent as ts.Node & { readonly name?: ts.Node; readonly propertyName?: ts.Node }
  if (ts.isShorthandPropertyAssignment(parent)) return true
  return named.name !== node && named.propertyName !== node
}

function noteString(draft: Draft, node: ts.Node): void {
  if (ts.isTaggedTemplateExpression(node)) {
    draft.uses.push({ name: `tag ${node.tag.getText(draft.source)}`, line: at(draft, node) })
  }
  if (ts.isStringLiteralLike(node)) draft.strings.push({ text: node.text, line: at(draft, node) })
  if (ts.isTemplateExpression(node)) {
    const text = [node.head.text, ...node.templateSpans.map((span) => span.literal.text)].join('$')
    draft.strings.push({ text, line: at(draft, node) })
  }
}

function noteExport(draft: Draft, statement: ts.Statement): void {
  if (ts.isExportDeclaration(statement)) {
    draft.exports.push(...reexportedNames(statement))
  } else if (isExported(statement)) {
    draft.exports.push(...declaredNames(statement))
  }
}

function reexportedNames(statement: ts.ExportDeclaration): readonly string[] {
  const clause = statement.exportClause
  if (clause === undefined) return ['*']
  if (ts.isNamespaceExport(clause)) return [clause.name.text]
  return clause.elements.map((element) =>
    element.isTypeOnly || statement.isTypeOnly ? `type ${element.name.text}` : element.name.text,
  )
}

const isExported = (statement: ts.Statement): boolean =>
  ts.canHaveModifiers(statement) &&
  (ts.getModifiers(statement) ?? []).some((modifier) => modifier.kind === ts.SyntaxKind.ExportKeyword)

function declaredNames(statement: ts.Statement): readonly string[] {
  if (ts.isVariableStatement(statement)) {
    return statement.declarationList.declarations.map((declaration) => declaration.name.getText())
  }
  if (ts.isInterfaceDeclaration(statement) || ts.isTypeAliasDeclaration(statement)) {
    return [`type ${statement.name.text}`]
  }
  const named = statement as ts.Statement & { readonly name?: ts.Identifier }
  return named.name === undefined ? [] : [named.name.text]
}

function commentsOf(source: ts.SourceFile): readonly Text[] {
  const found = new Map<number, Text>()
  const note = (from: number): void => {
    const ranges = [
      ...(ts.getLeadingCommentRanges(source.text, from) ?? []),
      ...(ts.getTrailingCommentRanges(source.text, from) ?? []),
    ]
    for (const { pos, end } of ranges) {
      found.set(pos, { text: source.text.slice(pos, end), line: lineOf(source, pos) })
    }
  }
  const visit = (node: ts.Node): void => {
    if (node.kind !== ts.SyntaxKind.JsxText) [node.getFullStart(), node.getEnd()].forEach(note)
    ts.forEachChild(node, visit)
  }
  visit(source)
  return [...found.values()]
}
