import { CommanderError } from 'commander'
import { ClientError } from '../client/index.ts'
import { Problem } from '../kernel/index.ts'
import { Interrupted } from './shell.ts'

/** What a failed command says: one line, its cause and the way out. Nothing where all is said. */
export function failureLine(error: unknown): string | undefined {
  if (error instanceof CommanderError) return usageLine(error)
  if (error instanceof Interrupted) return undefined
  if (error instanceof Problem || error instanceof ClientError) return told(error.message, error.wayOut)
  const text = error instanceof Error ? error.message : String(error)
  if (isSystemError(error)) return told(text, undefined)
  return told(text, 'This looks like a mistake of ours: set QUORATE_DEBUG=1 for details and report it.')
}

/** A file or folder that cannot be used; the message names it. */
const isSystemError = (error: unknown): boolean =>
  error instanceof Error && (error as NodeJS.ErrnoException).syscall !== undefined

/** Help that was shown for want of a command is said already. */
function usageLine({ code, exitCode, message }: CommanderError): string | undefined {
  if (exitCode === 0 || code === 'commander.help') return undefined
  return told(message.replace(/^error: /, ''), 'See --help.')
}

function told(message: string, wayOut: string | undefined): string {
  const line = message.trim().replace(/\s*\n\s*/g, ' ')
  const sentence = /[.!?)]$/.test(line) ? line : `${line}.`
  return `quorate: ${[sentence, wayOut].filter(Boolean).join(' ')}`
}
