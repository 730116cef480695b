import ts from 'typescript'

/** A name that a file passes on from another. */
export interface Passed {
  /** As the file exports it. */
  readonly name: string
  /** As the other file exports it. */
  readonly original: string
  readonly specifier: string
}

/** The names an `export ... from` passes on. */
export function passedOn(node: ts.Node): readonly Passed[] {
  if (!ts.isExportDeclaration(node) || node.moduleSpecifier === undefined) return []
  const { exportClause, moduleSpecifier } = node
  if (exportClause === undefined || !ts.isNamedExports(exportClause)) return []
  const specifier = ts.isStringLiteral(moduleSpecifier) ? moduleSpecifier.text : ''
  return exportClause.elements.map(({ name, propertyName }) => ({
    name: name.text,
    original: (propertyName ?? name).text,
    specifier,
  }))
}

/** The names a top-level statement declares with a doc comment; of overloads, one has it for all. */
export function documentedNames(statement: ts.Statement): readonly string[] {
  if (!ts.getJSDocCommentsAndTags(statement).some(ts.isJSDoc)) return []
  if (ts.isVariableStatement(statement)) {
    return statement.declarationList.declarations.map(({ name }) => name.getText())
  }
  const { name } = statement as ts.Statement & { readonly name?: ts.Identifier }
  return name === undefined ? [] : [name.text]
}
