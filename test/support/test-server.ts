import type { TestContext } from 'vitest'
import { type BuildLimits, type Builds, buildsSupervisor, createBuilds } from '../../src/builds/index.ts'
import { RegisterReply, type Scope, SubmitReply } from '../../src/contract/index.ts'
import {
  type Access,
  type BuildsRoutesOptions,
  buildsRoutes,
  createAccess,
  createMetrics,
  createServer,
  type Routes,
} from '../../src/http/index.ts'
import { type Clock, systemClock } from '../../src/kernel/index.ts'
import { createRuntime, Supervisor } from '../../src/otp/index.ts'
import type { Database, StorageOptions } from '../../src/storage/index.ts'
import { testDatabase } from './test-database.ts'

/** How a bare server under test differs from a usual one. */
export interface BareServerOptions {
  readonly routes?: readonly Routes[]
  readonly clock?: Clock
  /** Knows no key unless given. */
  readonly access?: Access
}

/** How a server with a farm differs from a usual one. */
export interface TestServerOptions extends Omit<BareServerOptions, 'access'> {
  readonly storage?: Partial<StorageOptions>
  readonly limits?: Partial<BuildLimits>
  readonly uploads?: Partial<BuildsRoutesOptions>
  /** Puts something between the routes and the farm. */
  readonly between?: (builds: Builds) => Builds
}

/** A server with the routes of the test. */
export interface BareServer {
  /** Takes `inject()`ed requests, or listens when told to. */
  readonly server: Awaited<ReturnType<typeof createServer>>
  /** Everything that was logged, as JSON lines. */
  readonly logged: readonly string[]
  /** Begins to drain. */
  drain(): void
  /** Listens on a free port; resolves with the address. */
  listen(): Promise<string>
  /** Sends a request such as `GET /api/builds`. */
  ask(line: `${'GET' | 'POST' | 'DELETE' | 'HEAD'} /${string}`, asking?: Asking): Promise<Answer>
}

/** A server with the farm behind it, on a database of its own. */
export interface TestServer extends BareServer {
  readonly access: Access
  readonly builds: Builds
  readonly database: Database
  /** One key per scope; `ask` uses the admin's unless told otherwise. */
  readonly keys: Readonly<Record<Scope, string>>
  /** Submits a build over HTTP. */
  submit(source?: Uint8Array): Promise<SubmitReply>
  /** Registers a worker over HTTP and returns its token's header. */
  register(id: string): Promise<{ readonly 'x-worker-token': string }>
}

/** What is sent along. */
export interface Asking {
  /** An empty string sends none. */
  readonly key?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly json?: unknown
  readonly form?: ReturnType<typeof formOf>
}

type Answer = Awaited<ReturnType<BareServer['server']['inject']>>

/** Starts a server without a database; it goes when the test ends. */
export async function bareServer(t: TestContext, options: BareServerOptions = {}): Promise<BareServer> {
  const draining = new AbortController()
  const logged: string[] = []
  const server = await createServer(
    {
      access: options.access ?? ({ verify: async () => undefined } as unknown as Access),
      routes: options.routes ?? [],
      readiness: async () => ({ ready: true, draining: false, checks: {} }),
      health: async () => ({ status: 'ok' }),
      log: logTo(logged),
      version: '0.0.0-test',
    },
    { clock: options.clock ?? systemClock, metrics: createMetrics(), draining: draining.signal },
  )
  t.onTestFinished(async () => {
    draining.abort()
    server.server.closeAllConnections()
    await server.close()
  })
  return {
    server,
    logged,
    drain: () => draining.abort(),
    listen: () => server.listen({ host: '127.0.0.1', port: 0 }),
    ask(line, { key, headers, json, form } = {}) {
      const [method, url] = line.split(' ') as ['GET', string]
      const all = { ...(key && { 'x-api-key': key }), ...form?.headers, ...headers }
      const payload = form?.payload ?? (json as object | undefined)
      return server.inject({ method, url, headers: all, ...(payload && { payload }) })
    },
  }
}

/** Starts a server with a farm; all of it goes when the test ends. */
export async function testServer(t: TestContext, options: TestServerOptions = {}): Promise<TestServer> {
  const { database } = await testDatabase(t, options.storage)
  const builds = await startFarm(t, database, options.limits)
  const access = createAccess(database)
  const keys = await makeKeys(access)
  const uploads = { sourceMaxBytes: 1_000_000, artifactMaxBytes: 1_000_000, ...options.uploads }
  const farm = buildsRoutes(options.between?.(builds) ?? builds, database, uploads)
  const bare = await bareServer(t, { ...options, access, routes: [farm, ...(options.routes ?? [])] })
  const ask: BareServer['ask'] = (line, asking) => bare.ask(line, { key: keys.admin, ...asking })
  return {
    ...bare,
    ask,
    access,
    builds,
    database,
    keys,
    async submit(source = zipOf('source')) {
      const form = formOf({ platform: 'linux' }, { source })
      return SubmitReply.parse((await ask('POST /api/builds/submit', { form })).json())
    },
    async register(id) {
      const json = { id, name: id, capabilities: { platforms: ['linux'] } }
      const reply = RegisterReply.parse((await ask('POST /api/workers/register', { json })).json())
      return { 'x-worker-token': reply.access_token }
    },
  }
}

async function startFarm(
  t: TestContext,
  database: Database,
  limits: Partial<BuildLimits> = {},
): Promise<Builds> {
  const runtime = createRuntime()
  t.onTestFinished(() => runtime.stop())
  const builds = createBuilds({ database, runtime, limits })
  await Supervisor.startLink({ strategy: 'one_for_one', children: [buildsSupervisor(builds)] }, { runtime })
  return builds
}

/** Bytes that begin as a zip does. */
export const zipOf = (text: string): Uint8Array => Buffer.from(`PK\u0003\u0004${text}`)

/** A multipart body, parts in the order given: fields first, unless listed among the files. */
export function formOf(
  fields: Readonly<Record<string, string>>,
  files: Readonly<Record<string, Uint8Array>>,
  order: 'fields-first' | 'files-first' = 'fields-first',
) {
  const part = (head: string, body: Uint8Array): Buffer =>
    Buffer.concat([
      Buffer.from(`--edge\r\ncontent-disposition: form-data; ${head}\r\n\r\n`),
      body,
      Buffer.from('\r\n'),
    ])
  const texts = Object.entries(fields).map(([name, value]) => part(`name="${name}"`, Buffer.from(value)))
  const blobs = Object.entries(files).map(([name, body]) =>
    part(`name="${name}"; filename="${name}.bin"`, body),
  )
  const parts = order === 'fields-first' ? [...texts, ...blobs] : [...blobs, ...texts]
  return {
    headers: { 'content-type': 'multipart/form-data; boundary=edge' },
    payload: Buffer.concat([...parts, Buffer.from('--edge--\r\n')]),
  }
}

async function makeKeys(access: Access): Promise<Record<Scope, string>> {
  const make = async (scope: Scope): Promise<string> =>
    (await access.create({ name: `${scope} of the test`, scopes: [scope] })).key.reveal()
  return {
    admin: await make('admin'),
    submit: await make('submit'),
    worker: await make('worker'),
    read: await make('read'),
  }
}

function logTo(lines: string[]) {
  const plain = (_key: string, value: unknown) => (value instanceof Error ? String(value.stack) : value)
  const write = (level: string) => (fields: object, message: string) =>
    void lines.push(JSON.stringify({ level, ...fields, message }, plain))
  return { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') }
}
