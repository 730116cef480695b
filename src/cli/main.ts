import { systemClock } from '../kernel/index.ts'
import { processTerminal } from './output.ts'
import { run } from './program.ts'
import type { Shell, StopSignal } from './shell.ts'

const SIGNALS: readonly StopSignal[] = ['SIGINT', 'SIGTERM']

/** Idle connections may keep the process for a while after its work is done; this is enough. */
const LINGER_MS = 500

const shell: Omit<Shell, 'endWith'> = {
  cwd: process.cwd(),
  env: process.env,
  terminal: processTerminal(process.env),
  logStream: process.stdout,
  clock: systemClock,
  onSignal(listener) {
    for (const signal of SIGNALS) process.on(signal, listener)
    return () => {
      for (const signal of SIGNALS) process.off(signal, listener)
    }
  },
  exitNow: (code) => process.exit(code),
}

// A reader that has enough (`| head`) is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1))

// The timers of our own processes do not keep Node running; a command under way does.
const underWay = systemClock.after(Number.MAX_SAFE_INTEGER, () => undefined)
process.exitCode = await run(process.argv.slice(2), shell)
underWay.cancel()
systemClock.after(LINGER_MS, () => process.exit(), { background: true })
