import { Writable } from 'node:stream'
import pc from 'picocolors'
import { type DestinationStream, type Logger, pino } from 'pino'
import type { Config } from './config.ts'

export type { Logger } from 'pino'

/** Fields that are never printed, wherever a library puts them. */
const REDACTED = [
  'password',
  'token',
  'key',
  'access_token',
  'attempt_token',
  'otp',
  'applePassword',
  'headers.authorization',
  'headers.cookie',
  'headers["x-api-key"]',
  'headers["x-worker-token"]',
  'headers["x-attempt-token"]',
  'headers["x-build-token"]',
  'headers["x-vm-token"]',
].flatMap((field) => [field, `req.${field}`, `*.${field}`])

/** The node's log: one JSON object a line on stdout, or text for a person at a terminal. */
export function createLogger({ level, format }: Config['log'], out: NodeJS.WriteStream): Logger {
  const text = format === 'text' || (format === 'auto' && out.isTTY)
  const options = { level, redact: { paths: REDACTED, censor: '[secret]' }, base: null }
  return pino(options, text ? textLines(out) : (out as DestinationStream))
}

const LEVELS: Readonly<Record<number, string>> = {
  20: pc.dim('debug'),
  30: pc.green('info '),
  40: pc.yellow('warn '),
  50: pc.red('error'),
  60: pc.red('fatal'),
}

function textLines(out: NodeJS.WriteStream): Writable {
  return new Writable({
    write(chunk: Buffer, _encoding, done) {
      out.write(textLine(chunk.toString()), done)
    },
  })
}

/** `12:03:55 info  build.assigned id=… worker=…`. */
function textLine(json: string): string {
  const { time, level, msg, err, ...fields } = JSON.parse(json) as Record<string, unknown>
  const at = pc.dim(new Date(time as number).toISOString().slice(11, 19))
  const rest = Object.entries(fields).map(([name, value]) => pc.dim(`${name}=${inline(value)}`))
  const stack = err === undefined ? [] : [`\n${(err as { stack?: string }).stack ?? inline(err)}`]
  return `${[at, LEVELS[level as number] ?? String(level), inline(msg ?? ''), ...rest, ...stack].join(' ')}\n`
}

const inline = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value))
