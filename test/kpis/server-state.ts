import ts from 'typescript'

/** The state of one `define...({ init })`. */
export interface StateFacts {
  readonly name: string
  readonly line: number
  /** Fields that `init` gives it; a number, a list or a map is one. */
  readonly fields: number
}

/** Every server, producer or consumer that a file defines. */
export function statesOf(source: ts.SourceFile, checker: ts.TypeChecker): readonly StateFacts[] {
  const found: StateFacts[] = []
  const visit = (node: ts.Node): void => {
    const init = initOf(node)
    const made = init && returned(init, checker)
    if (made) {
      const { line } = source.getLineAndCharacterOfPosition(node.getStart(source))
      found.push({
        name: node.parent.getText(source).split(/\W/)[0] ?? '',
        line: line + 1,
        fields: fieldsOf(made, checker),
      })
    }
    ts.forEachChild(node, visit)
  }
  visit(source)
  return found
}

function initOf(node: ts.Node): ts.Node | undefined {
  if (!ts.isCallExpression(node) || !/^define[A-Z]/.test(node.expression.getText())) return undefined
  const [options] = node.arguments
  if (options === undefined || !ts.isObjectLiteralExpression(options)) return undefined
  return options.properties.find((property) => property.name?.getText() === 'init')
}

function returned(init: ts.Node, checker: ts.TypeChecker): ts.Type | undefined {
  const made = checker.getTypeAtLocation(init).getCallSignatures()[0]?.getReturnType()
  return made && (checker.getAwaitedType(made) ?? made)
}

/** `init` may also decline or fail: what counts is the largest of what it can give. */
function fieldsOf(type: ts.Type, checker: ts.TypeChecker): number {
  if (type.isUnion()) return Math.max(...type.types.map((one) => fieldsOf(one, checker)))
  const properties = checker.getPropertiesOfType(type)
  return isRecord(type, properties) ? properties.length : 1
}

const isRecord = (type: ts.Type, properties: readonly ts.Symbol[]): boolean =>
  (type.flags & ts.TypeFlags.Object) !== 0 &&
  !type.isClass() &&
  properties.length > 0 &&
  properties.every((property) => (property.flags & ts.SymbolFlags.Property) !== 0 && isOurs(property))

const isOurs = ({ declarations = [] }: ts.Symbol): boolean =>
  declarations.every((declaration) => !declaration.getSourceFile().fileName.includes('/node_modules/'))
