const LINES_MAX = 10
const CHARACTERS_MAX = 200

/** Remembers the end of a command's output, to say in a failure what it said last. */
export class LastLines {
  #lines: string[] = []

  /** Blank lines do not count; long ones are cut. */
  add(text: string): void {
    if (text.trim() === '') return
    this.#lines.push(text.length > CHARACTERS_MAX ? `${text.slice(0, CHARACTERS_MAX)}…` : text)
    if (this.#lines.length > LINES_MAX) this.#lines.shift()
  }

  /** At most ten, oldest first. */
  lines(): readonly string[] {
    return this.#lines
  }
}
