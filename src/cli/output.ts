import { once } from 'node:events'
import pc from 'picocolors'
import { openScreen, type Screen, type ScreenEvents } from './screen.ts'

/** Colours that turn to plain text where nobody would see them. */
export type Paint = ReturnType<typeof pc.createColors>

/** Where a command writes: data for programs, talk for people. */
export interface Terminal {
  /** One or more lines of data, to standard output. */
  data(text: string): void
  /** Raw bytes of data; resolves when there is room for more. */
  bytes(chunk: Uint8Array): Promise<void>
  /** A line for people, to standard error. */
  talk(text: string): void
  /** Draws over the line that was drawn last, where a person watches; '' wipes it. */
  draw(line: string): void
  readonly paintData: Paint
  readonly paintTalk: Paint
  /** True when a person watches standard error. */
  readonly watched: boolean
  readonly columns: number
  /** Takes over the whole terminal; undefined where nobody watches standard output or types. */
  openScreen(events: ScreenEvents): Screen | undefined
}

type Env = Readonly<Record<string, string | undefined>>

const WIPE = '\r\u001B[2K'

/** The real terminal. */
export function processTerminal(env: Env): Terminal {
  return terminalOn(process.stdout, process.stderr, env, process.stdin)
}

/** A terminal on any two streams, and the keyboard in front of it. */
export function terminalOn(
  out: NodeJS.WriteStream,
  talk: NodeJS.WriteStream,
  env: Env,
  keyboard?: NodeJS.ReadStream,
): Terminal {
  const watched = talk.isTTY && env['TERM'] !== 'dumb'
  return {
    data: (text) => void out.write(`${text}\n`),
    async bytes(chunk) {
      if (!out.write(chunk)) await once(out, 'drain')
    },
    talk: (text) => void talk.write(`${watched ? WIPE : ''}${text}\n`),
    draw(line) {
      if (watched) talk.write(`${WIPE}${line}`)
    },
    paintData: pc.createColors(isColoured(out, env)),
    paintTalk: pc.createColors(isColoured(talk, env)),
    watched,
    columns: talk.columns ?? 80,
    openScreen: (events) =>
      keyboard?.isTTY && out.isTTY && env['TERM'] !== 'dumb' ? openScreen(out, keyboard, events) : undefined,
  }
}

/** Source: no-color.org; a pipe gets no colour either, unless it is asked for. */
function isColoured({ isTTY }: NodeJS.WriteStream, env: Env): boolean {
  if (env['NO_COLOR']) return false
  if (env['FORCE_COLOR'] && env['FORCE_COLOR'] !== '0') return true
  return isTTY && env['TERM'] !== 'dumb'
}
