/** One event of a `text/event-stream`. */
export interface ServerEvent {
  readonly type: string
  readonly data: string
  /** The last id seen up to and including this event; empty when there was none. */
  readonly id: string
}

/** Longest text kept while an event is not complete. */
const EVENT_MAX_CHARS = 16 * 1024 * 1024

/**
 * Reads a stream of events as the HTML standard (§9.2) says: lines end in LF, CR or
 * CRLF, comments are skipped, several data lines are joined, an event cut off
 * by the end of the stream is dropped. `onBytes` is told of every sign of life.
 */
export async function* readEvents(
  body: ReadableStream<Uint8Array>,
  onBytes: () => void = () => undefined,
): AsyncGenerator<ServerEvent, undefined> {
  const parser = new EventParser()
  const reader = body.getReader()
  const decoder = new TextDecoder()
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      onBytes()
      yield* parser.push(decoder.decode(value, { stream: true }))
    }
  } finally {
    await reader.cancel().catch(() => undefined)
  }
}

class EventParser {
  #rest = ''
  #type = ''
  #data: string[] = []
  #id = ''

  #read(line: string): undefined {
    const [, name = '', value = ''] = /^([^:]*):? ?([^]*)$/.exec(line) ?? []
    if (name === 'event') this.#type = value
    else if (name === 'data') this.#data.push(value)
    else if (name === 'id' && !value.includes('\0')) this.#id = value
  }

  /** The events that `text` completes. */
  *push(text: string): Generator<ServerEvent, undefined> {
    this.#rest += text
    if (this.#rest.length > EVENT_MAX_CHARS) throw new Error('an event of the stream is too long')
    for (;;) {
      // A CR at the very end may be half of a CRLF: wait for what follows.
      const match = /\r\n|\n|\r(?!$)/.exec(this.#rest)
      if (!match) return
      const line = this.#rest.slice(0, match.index)
      this.#rest = this.#rest.slice(match.index + match[0].length)
      const event = line === '' ? this.#dispatch() : this.#read(line)
      if (event) yield event
    }
  }

  #dispatch(): ServerEvent | undefined {
    const event = { type: this.#type || 'message', data: this.#data.join('\n'), id: this.#id }
    const empty = this.#data.length === 0
    this.#type = ''
    this.#data = []
    return empty ? undefined : event
  }
}
