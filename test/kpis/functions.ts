import ts from 'typescript'

/** A function with a name of its own: declared, a method, an accessor, or bound to a constant or a property. */
export type NamedFunction = ts.FunctionLikeDeclaration & { readonly body: ts.Node }

/** What is measured of one function. */
export interface FunctionFacts {
  readonly name: string
  readonly line: number
  /** Lines of code of its own: no blank lines, no comments, no named functions inside. */
  readonly lines: number
  /** How deep its branches lie in each other. */
  readonly matchDepth: number
  /** Longest chain of calls that starts here and stays in the file; undefined when the file itself uses it. */
  readonly callDepth: number | undefined
}

/** Every named function of a file. */
export function functionsOf(source: ts.SourceFile, checker: ts.TypeChecker): readonly FunctionFacts[] {
  const functions = namedFunctionsIn(source)
  const calls = callsWithin(functions, checker)
  const used = new Set([...calls].flatMap(([from, to]) => [...to].filter((target) => target !== from)))
  return functions.map((node) => ({
    name: nameOf(node),
    line: source.getLineAndCharacterOfPosition(node.getStart(source)).line + 1,
    lines: ownLines(node, source),
    matchDepth: matchDepth(node.body),
    callDepth: used.has(node) ? undefined : chainLength(node, calls, new Set()),
  }))
}

function namedFunctionsIn(root: ts.Node): readonly NamedFunction[] {
  const found: NamedFunction[] = []
  const visit = (node: ts.Node): void => {
    if (isNamedFunction(node)) found.push(node)
    ts.forEachChild(node, visit)
  }
  ts.forEachChild(root, visit)
  return found
}

function isNamedFunction(node: ts.Node): node is NamedFunction {
  if (!ts.isFunctionLike(node) || !('body' in node) || node.body === undefined) return false
  if (!ts.isArrowFunction(node) && !ts.isFunctionExpression(node)) return true
  const { parent } = node
  return (
    ts.isVariableDeclaration(parent) || ts.isPropertyAssignment(parent) || ts.isPropertyDeclaration(parent)
  )
}

function nameOf(node: NamedFunction): string {
  if (ts.isConstructorDeclaration(node)) return 'constructor'
  const { name } = node.name === undefined ? (node.parent as ts.NamedDeclaration) : node
  return name?.getText() ?? ''
}

function ownLines(node: ts.Node, source: ts.SourceFile): number {
  let lines = linesOfCode(node, source)
  const visit = (child: ts.Node): void => {
    if (isNamedFunction(child)) lines -= linesOfCode(child, source) - 1
    else ts.forEachChild(child, visit)
  }
  ts.forEachChild(node, visit)
  return lines
}

const linesOfCode = (node: ts.Node, source: ts.SourceFile): number =>
  node
    .getText(source)
    .split('\n')
    .filter((line) => !/^\s*(\/\/|\/\*|\*|$)/.test(line)).length

/** Branches in branches; `else if` and a chain of `?:` are one decision with more cases. */
function matchDepth(node: ts.Node): number {
  if (isNamedFunction(node)) return 0
  const [then, otherwise] = branchesOf(node)
  const depths = childrenOf(node).map((child) => {
    const deeper = child === then || (child === otherwise && child.kind !== node.kind)
    return matchDepth(child) + (deeper ? 1 : 0)
  })
  return Math.max(0, ...depths)
}

function branchesOf(node: ts.Node): readonly (ts.Node | undefined)[] {
  if (ts.isIfStatement(node)) return [node.thenStatement, node.elseStatement]
  if (ts.isConditionalExpression(node)) return [node.whenTrue, node.whenFalse]
  return ts.isSwitchStatement(node) ? [node.caseBlock] : []
}

function childrenOf(node: ts.Node): readonly ts.Node[] {
  const children: ts.Node[] = []
  ts.forEachChild(node, (child) => void children.push(child))
  return children
}

type Calls = ReadonlyMap<NamedFunction, ReadonlySet<NamedFunction>>

/** Which function of the file uses which other, also when it only hands it on. */
function callsWithin(functions: readonly NamedFunction[], checker: ts.TypeChecker): Calls {
  const byDeclaration = new Map<ts.Node, NamedFunction>()
  for (const node of functions) byDeclaration.set(node.name === undefined ? node.parent : node, node)
  return new Map(functions.map((node) => [node, usedBy(node, byDeclaration, checker)]))
}

function usedBy(
  node: NamedFunction,
  byDeclaration: ReadonlyMap<ts.Node, NamedFunction>,
  checker: ts.TypeChecker,
): ReadonlySet<NamedFunction> {
  const used = new Set<NamedFunction>()
  const visit = (child: ts.Node): void => {
    if (isNamedFunction(child)) return
    const declaration = ts.isIdentifier(child) && checker.getSymbolAtLocation(child)?.valueDeclaration
    const target = declaration && byDeclaration.get(declaration)
    if (target) used.add(target)
    ts.forEachChild(child, visit)
  }
  visit(node.body)
  return used
}

/** Recursion ends a chain. */
function chainLength(node: NamedFunction, calls: Calls, above: ReadonlySet<NamedFunction>): number {
  const path = new Set(above).add(node)
  const next = [...(calls.get(node) ?? [])].filter((target) => !path.has(target))
  return 1 + Math.max(0, ...next.map((target) => chainLength(target, calls, path)))
}
