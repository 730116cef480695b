import type { ClientConfig } from 'pg'
import { Problem, Secret } from '../kernel/index.ts'
import { columnTypes } from './column-types.ts'

/** A server to connect to. */
export interface Target {
  readonly config: ClientConfig
  /** `host:port/database` or the socket's folder: for people, without secrets. */
  readonly label: string
  readonly embedded: boolean
}

/** Reads a `postgresql://user:password@host:port/database` address. */
export function externalTarget(databaseUrl: string | Secret): Target {
  const connectionString = databaseUrl instanceof Secret ? databaseUrl.reveal() : databaseUrl
  return { config: { ...COMMON, connectionString }, label: labelOf(connectionString), embedded: false }
}

/** Where an embedded server listens, and how one gets in. */
export interface EmbeddedAddress {
  readonly host: string
  readonly port: number
  readonly password: string
}

/** The only user of an embedded server. */
export const EMBEDDED_USER = 'quorate'
/** The one that every new server has. */
const EMBEDDED_DATABASE = 'postgres'

/** The embedded server that listens there. */
export function embeddedTarget(address: EmbeddedAddress): Target {
  const { host, port, password } = address
  const label = host.startsWith('/') ? `${host}/.s.PGSQL.${port}` : `${host}:${port}`
  const config = {
    ...COMMON,
    host,
    port,
    password,
    user: EMBEDDED_USER,
    database: EMBEDDED_DATABASE,
    ssl: false,
  }
  return { config, label, embedded: true }
}

/** The same for other programs, such as psql; holds the password. A socket's folder stands in `host`. */
export function embeddedUrl({ host, port, password }: EmbeddedAddress): string {
  const url = new URL(`postgresql://${EMBEDDED_USER}:${password}@localhost:${port}/${EMBEDDED_DATABASE}`)
  url.searchParams.set('host', host)
  return url.href
}

/** A dead peer is noticed by TCP keep-alive and by the time limit on every statement. */
const COMMON: ClientConfig = {
  types: columnTypes,
  keepAlive: true,
  keepAliveInitialDelayMillis: 10_000,
  connectionTimeoutMillis: 5_000,
}

function labelOf(connectionString: string): string {
  const url = URL.canParse(connectionString) ? new URL(connectionString) : undefined
  if (url === undefined || !/^(postgres|postgresql):$/.test(url.protocol)) {
    throw new Problem('invalid_database_url', 'DATABASE_URL is not a PostgreSQL address', {
      field: 'DATABASE_URL',
      wayOut: 'Write postgresql://user:password@host:5432/database.',
    })
  }
  const host = url.searchParams.get('host') ?? url.hostname
  return host.startsWith('/')
    ? `${host}${url.pathname}`
    : `${host || 'localhost'}:${url.port || '5432'}${url.pathname}`
}
