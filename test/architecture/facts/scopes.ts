import ts from 'typescript'

/** False where an identifier only names a property, a parameter or a type. */
export function isReference(node: ts.Identifier): boolean {
  const parent = node.parent
  if (ts.isPropertyAccessExpression(parent)) return parent.expression === node
  if (ts.isTypeNode(parent) || ts.isQualifiedName(parent) || ts.isTypeParameterDeclaration(parent))
    return false
  if (ts.isImportSpecifier(parent) || ts.isExportSpecifier(parent) || ts.isImportClause(parent)) return false
  if (ts.isShorthandPropertyAssignment(parent)) return true
  const named = parent as ts.Node & { readonly name?: ts.Node; readonly propertyName?: ts.Node }
  return named.name !== node && named.propertyName !== node
}

/** True when a scope around the identifier declares the name itself: `(process: Process) => process.pid`. */
export function isShadowed(node: ts.Identifier): boolean {
  for (let scope: ts.Node = node; scope !== undefined; scope = scope.parent) {
    if (bindingsOf(scope).some((name) => namesIn(name).includes(node.text))) return true
  }
  return false
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
