import { type Builds, buildView } from '../builds/index.ts'
import type { EventStream } from './event-stream.ts'

/** Lines read from the store at a time. */
const PAGE_LINES = 500

/**
 * Streams a build's log: `line` events whose id is the line's `seq`, from the
 * one after `after` on, and `end` with the build once it is over. Resolves when
 * the stream is over; a failure of the store ends it, and the reader resumes.
 */
export async function streamLog(
  builds: Builds,
  id: string,
  after: number,
  stream: EventStream,
): Promise<void> {
  const bell = createBell()
  const stop = builds.onChange((change) => {
    if (change.id === id) bell.ring()
  }, bell.ring)
  stream.signal.addEventListener('abort', bell.ring)
  try {
    let cursor = after
    while (!stream.signal.aborted) {
      // First the state, then the lines: whatever is over has written all of them.
      const build = await builds.find(id)
      cursor = await sendLines(builds, id, cursor, stream)
      if (!build) return
      if (build.finishedAt) return stream.send('end', buildView(build))
      await bell.rung()
    }
  } catch {
    // The reader comes back and meets the store again, or a refusal it can show.
  } finally {
    stop()
    stream.close()
  }
}

async function sendLines(builds: Builds, id: string, after: number, stream: EventStream): Promise<number> {
  let cursor = after
  while (!stream.signal.aborted) {
    const lines = await builds.logs(id, { after: cursor, limit: PAGE_LINES })
    for (const line of lines) stream.send('line', line, line.seq)
    cursor = lines.at(-1)?.seq ?? cursor
    if (lines.length < PAGE_LINES) break
    await stream.drained()
  }
  return cursor
}

/** Remembers that it rang while nobody was waiting; many rings are one. */
function createBell() {
  let wake: (() => void) | undefined
  let rang = false
  return {
    ring: (): void => {
      rang = true
      wake?.()
    },
    async rung(): Promise<void> {
      if (!rang) await new Promise<void>((resolve) => (wake = resolve))
      rang = false
    },
  }
}
