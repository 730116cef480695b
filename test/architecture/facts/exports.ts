import ts from 'typescript'

/** The names a top-level statement exports; types carry the prefix `type `, everything is `*`. */
export function exportedNames(statement: ts.Statement): readonly string[] {
  if (ts.isExportDeclaration(statement)) return reexportedNames(statement)
  return isExported(statement) ? declaredNames(statement) : []
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
