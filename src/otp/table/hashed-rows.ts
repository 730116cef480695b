import { canonical, type Key } from '../key.ts'
import type { Entry, RowStore } from './row-store.ts'

interface Node<Row> extends Entry<Row> {
  older: Node<Row> | undefined
  newer: Node<Row> | undefined
  linked: boolean
}

/** Rows of a set or a bag: found by hash, walked through in the order in which their keys came. */
export class HashedRows<Row> implements RowStore<Row> {
  size = 0
  /** Keys that are compared by value as they are; it saves their canonical form. */
  private readonly simple = new Map<unknown, Node<Row>>()
  private readonly compound = new Map<string | symbol, Node<Row>>()
  private readonly removed = new Set<Node<Row>>()
  private head: Node<Row> | undefined
  private tail: Node<Row> | undefined
  private holds = 0

  check(key: Key): void {
    if (!isSimple(key)) canonical(key)
  }

  find(key: Key): Entry<Row> | undefined {
    const node = this.node(key)
    return node && node.rows.length > 0 ? node : undefined
  }

  write(key: Key, rows: readonly Row[]): void {
    const known = this.node(key)
    if (!known && rows.length === 0) return
    const node = known ?? this.append(key)
    this.size += rows.length - node.rows.length
    node.rows = rows
    if (rows.length > 0) this.removed.delete(node)
    else if (this.holds > 0) this.removed.add(node)
    else this.unlink(node)
  }

  clear(): void {
    for (let entry = this.first(); entry; entry = this.after(entry)) this.write(entry.key, [])
  }

  first(): Entry<Row> | undefined {
    return present(this.head)
  }

  /** A table without an order has no end: as in ETS, the last is the first, and before is after. */
  last(): Entry<Row> | undefined {
    return this.first()
  }

  before(entry: Entry<Row>): Entry<Row> | undefined {
    return this.after(entry)
  }

  after(entry: Entry<Row>): Entry<Row> | undefined {
    let at: Node<Row> | undefined = entry as Node<Row>
    while (at && !at.linked) at = at.older
    return present(at ? at.newer : this.head)
  }

  place(key: Key): Entry<Row> | undefined {
    return this.node(key)
  }

  hold(): void {
    this.holds++
  }

  release(): void {
    this.holds--
    if (this.holds > 0) return
    for (const node of this.removed) this.unlink(node)
    this.removed.clear()
  }

  private node(key: Key): Node<Row> | undefined {
    return isSimple(key) ? this.simple.get(key) : this.compound.get(canonical(key))
  }

  private append(key: Key): Node<Row> {
    const node: Node<Row> = { key, rows: [], older: this.tail, newer: undefined, linked: true }
    if (this.tail) this.tail.newer = node
    else this.head = node
    this.tail = node
    if (isSimple(key)) this.simple.set(key, node)
    else this.compound.set(canonical(key), node)
    return node
  }

  /** The node keeps its way back, for walks that stand on it. */
  private unlink(node: Node<Row>): void {
    node.linked = false
    if (node.older) node.older.newer = node.newer
    else this.head = node.newer
    if (node.newer) node.newer.older = node.older
    else this.tail = node.older
    if (isSimple(node.key)) this.simple.delete(node.key)
    else this.compound.delete(canonical(node.key))
  }
}

function present<Row>(node: Node<Row> | undefined): Entry<Row> | undefined {
  let at = node
  while (at && at.rows.length === 0) at = at.newer
  return at
}

function isSimple(key: Key): boolean {
  return typeof key === 'string' || typeof key === 'number'
}
