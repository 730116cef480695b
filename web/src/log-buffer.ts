import type { LogLine } from '../../src/contract/index.ts'
import { ansiStripped } from './ansi.ts'

/** Most lines kept in the reader's memory; the server keeps no more of one build either. */
export const LINES_MAX = 200_000

/**
 * The lines of one build, in order, each once. Lines arrive again after a
 * reconnect and may overlap what is there; they never arrive out of order.
 */
export class LogBuffer {
  readonly #lines: LogLine[] = []
  #dropped = 0

  get length(): number {
    return this.#lines.length
  }

  /** Lines that no longer fit; the raw log has them. */
  get dropped(): number {
    return this.#dropped
  }

  /** Adds the lines that are new; says how many were. */
  add(lines: readonly LogLine[]): number {
    let last = this.#lines.at(-1)?.seq ?? -1
    let added = 0
    for (const line of lines) {
      if (line.seq <= last) continue
      last = line.seq
      if (this.#lines.length < LINES_MAX) this.#lines.push(line)
      else this.#dropped += 1
      added += 1
    }
    return added
  }

  slice(from: number, to: number): readonly LogLine[] {
    return this.#lines.slice(from, to)
  }

  /** Where the line with this number is, or undefined while it is not here. */
  indexOf(seq: number): number | undefined {
    let low = 0
    let high = this.#lines.length
    while (low < high) {
      const middle = (low + high) >> 1
      if ((this.#lines[middle]?.seq ?? 0) < seq) low = middle + 1
      else high = middle
    }
    return this.#lines[low]?.seq === seq ? low : undefined
  }

  /** Indexes of the lines that contain the words, upper and lower case alike. */
  search(words: string): readonly number[] {
    const wanted = words.toLowerCase()
    if (wanted === '') return []
    const found: number[] = []
    for (const [index, line] of this.#lines.entries()) {
      if (ansiStripped(line.message).toLowerCase().includes(wanted)) found.push(index)
    }
    return found
  }
}

/** A stretch of rows, `to` not included. */
export interface RowRange {
  readonly from: number
  readonly to: number
}

/** Which rows of equal height a scrolled viewport shows, with some more on both sides. */
export function visibleRows(
  view: { readonly scrollTop: number; readonly height: number; readonly rowHeight: number },
  total: number,
  overscan: number,
): RowRange {
  const first = Math.floor(view.scrollTop / view.rowHeight) - overscan
  const last = Math.ceil((view.scrollTop + view.height) / view.rowHeight) + overscan
  return { from: Math.max(0, Math.min(first, total)), to: Math.max(0, Math.min(last, total)) }
}
