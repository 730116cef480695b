/**
 * Results on disk: one line a batch, appended, and on the disk before it counts. A
 * line that was being written when the power went is cut off at the next start.
 */
import { type FileHandle, open, readFile } from 'node:fs/promises'

/** One finished batch. */
export interface Entry {
  readonly id: string
  readonly rows: readonly string[]
}

interface Waiting {
  readonly entry: Entry
  readonly written: () => void
  readonly failed: (error: unknown) => void
}

/** The whole lines of a journal, and how many bytes they take. */
export async function readJournal(
  path: string,
): Promise<{ readonly entries: readonly Entry[]; readonly bytes: number }> {
  const text = await readFile(path, 'utf8').catch(() => '')
  const whole = text.slice(0, text.lastIndexOf('\n') + 1)
  const entries = whole
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Entry)
  return { entries, bytes: Buffer.byteLength(whole) }
}

/** An open journal; lines that come together share one trip to the disk. */
export class Journal {
  readonly done: Set<string>
  private readonly file: FileHandle
  private readonly pending = new Map<string, Promise<void>>()
  private waiting: Waiting[] = []
  private writing = false

  private constructor(file: FileHandle, done: Set<string>) {
    this.file = file
    this.done = done
  }

  static async open(path: string): Promise<Journal> {
    const { entries, bytes } = await readJournal(path)
    const file = await open(path, 'a')
    await file.truncate(bytes)
    return new Journal(file, new Set(entries.map(({ id }) => id)))
  }

  /** Resolves when the entry is safe: true when it is new, false when it was there already. */
  async append(entry: Entry): Promise<boolean> {
    if (this.done.has(entry.id)) return false
    const other = this.pending.get(entry.id)
    if (other) return other.then(() => false)
    const written = new Promise<void>((done, failed) => {
      this.waiting.push({ entry, written: done, failed })
    })
    this.pending.set(entry.id, written)
    void this.flush()
    await written.finally(() => this.pending.delete(entry.id))
    return true
  }

  close(): Promise<void> {
    return this.file.close()
  }

  private async flush(): Promise<void> {
    if (this.writing) return
    this.writing = true
    while (this.waiting.length > 0) {
      const together = this.waiting
      this.waiting = []
      try {
        await this.file.appendFile(together.map(({ entry }) => `${JSON.stringify(entry)}\n`).join(''))
        await this.file.datasync()
        for (const { entry, written } of together) {
          this.done.add(entry.id)
          written()
        }
      } catch (error) {
        for (const { failed } of together) failed(error)
      }
    }
    this.writing = false
  }
}
