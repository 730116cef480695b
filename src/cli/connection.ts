import type { Command } from 'commander'
import { type Client, createClient } from '../client/index.ts'
import { Problem } from '../kernel/index.ts'
import type { Shell } from './shell.ts'

/** The options that say which server to ask, and as whom. */
export interface ConnectionFlags {
  readonly url?: string
  readonly key?: string
}

/** Where a client goes and how it proves itself. */
export interface Connection {
  readonly url: string
  readonly key: string
  readonly client: Client
}

const DEFAULT_URL = 'http://localhost:4000'

/** Adds `--url` and `--key`. */
export function withConnection(command: Command): Command {
  return command
    .option('--url <url>', `the server (env: QUORATE_URL, default ${DEFAULT_URL})`)
    .option('--key <key>', 'an API key (env: QUORATE_API_KEY)')
}

/** A client from flags and environment. Throws `invalid_usage` or `key_not_given`. */
export function connect(flags: ConnectionFlags, { env, clock }: Shell): Connection {
  const url = checkedUrl(flags.url ?? env['QUORATE_URL'] ?? DEFAULT_URL)
  const key = flags.key ?? env['QUORATE_API_KEY']
  if (!key) {
    throw new Problem('key_not_given', 'No API key was given', {
      field: '--key',
      wayOut: 'Set QUORATE_API_KEY or give --key; the first start of the server shows one.',
    })
  }
  return { url, key, client: createClient({ url, key, clock }) }
}

function checkedUrl(text: string): string {
  if (URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)) return text.replace(/\/+$/, '')
  throw new Problem('invalid_usage', `"${text}" is not the address of a server`, {
    field: '--url',
    wayOut: 'Write it like http://localhost:4000.',
  })
}
