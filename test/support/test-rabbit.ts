import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import type { TestContext } from 'vitest'

const run = promisify(execFile)
/** Debian's wrapper in the PATH insists on its own user; this one does not. */
const PROGRAMS = ['/usr/lib/rabbitmq/bin/rabbitmq-server', '/usr/local/sbin/rabbitmq-server']

/** A real broker of one test file's own, with its data in a folder that goes with it. */
export interface TestRabbit {
  readonly url: string
  /** Kills the broker the hard way, and starts it again on the same data and port. */
  restart(): Promise<void>
}

/**
 * Starts RabbitMQ, or joins the one of TEST_AMQP_URL (which cannot be restarted).
 * Without one the test is skipped with the reason; with REQUIRE_INFRA=1 it is
 * installed (Debian, as root) or the test fails.
 */
export async function testRabbit(t: TestContext): Promise<TestRabbit> {
  const program = await findProgram()
  if (program === undefined) {
    const why = 'no rabbitmq-server on this machine (Debian: apt-get install rabbitmq-server)'
    if (process.env['REQUIRE_INFRA'] === '1') throw new Error(why)
    console.log(`infra: RabbitMQ SKIPPED: ${why}`)
    return t.skip(why)
  }
  const folder = mkdtempSync(join(tmpdir(), 'quorate-rabbit-'))
  const [port, distribution, epmd] = [await freePort(), await freePort(), await freePort()]
  const env = environment(folder, port, distribution, epmd)
  let broker = await start(program, env)
  t.onTestFinished(async () => {
    await end(broker, 'SIGTERM')
    await run('epmd', ['-port', String(epmd), '-kill']).catch(() => {})
    await rm(folder, { recursive: true, force: true })
  })
  return {
    url: `amqp://guest:guest@127.0.0.1:${port}`,
    async restart() {
      await end(broker, 'SIGKILL')
      broker = await start(program, env)
    },
  }
}

async function findProgram(): Promise<string | undefined> {
  const found = PROGRAMS.find((path) => existsSync(path))
  if (found || process.env['REQUIRE_INFRA'] !== '1' || process.getuid?.() !== 0) return found
  await run('apt-get', ['install', '-y', '--no-install-recommends', 'rabbitmq-server'])
  return PROGRAMS.find((path) => existsSync(path))
}

/** Nothing of it is shared with a broker that may run on the machine: ports, names, cookie, data. */
function environment(folder: string, port: number, distribution: number, epmd: number): NodeJS.ProcessEnv {
  return {
    PATH: process.env['PATH'],
    LANG: 'C.UTF-8',
    HOME: folder,
    ERL_EPMD_PORT: String(epmd),
    RABBITMQ_NODENAME: `quorate${port}@localhost`,
    RABBITMQ_NODE_IP_ADDRESS: '127.0.0.1',
    RABBITMQ_NODE_PORT: String(port),
    RABBITMQ_DIST_PORT: String(distribution),
    RABBITMQ_MNESIA_BASE: join(folder, 'data'),
    RABBITMQ_LOG_BASE: join(folder, 'log'),
    RABBITMQ_PID_FILE: join(folder, 'pid'),
    RABBITMQ_ENABLED_PLUGINS_FILE: join(folder, 'plugins'),
    RABBITMQ_CONF_ENV_FILE: '/dev/null',
    RABBITMQ_CONFIG_FILE: join(folder, 'rabbitmq'),
  }
}

/** In a group of its own: the script starts the emulator as a child. */
async function start(program: string, env: NodeJS.ProcessEnv): Promise<ChildProcess> {
  const broker = spawn(program, { env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] })
  const said: string[] = []
  for await (const line of createInterface({ input: broker.stdout })) {
    said.push(line)
    if (!line.includes('completed with')) continue
    broker.stdout.resume()
    broker.stderr.resume()
    return broker
  }
  throw new Error(`RabbitMQ did not start: ${said.slice(-10).join('\n')}`)
}

async function end(broker: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (broker.exitCode !== null || broker.signalCode !== null || broker.pid === undefined) return
  const closed = once(broker, 'close')
  process.kill(-broker.pid, signal)
  await closed
}

async function freePort(): Promise<number> {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
