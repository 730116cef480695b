import type { Client } from '../client/index.ts'
import type { BuildView } from '../contract/index.ts'
import { formatDuration, formatSize } from '../kernel/index.ts'
import { EXIT } from './exit-code.ts'
import { logLine } from './log-line.ts'
import { Interrupted, type Shell, type StopSignal } from './shell.ts'

/** Watching was given up; the build goes on. */
class WatchTimeout extends Error {}

/**
 * Prints a build's log until the build ends; returns the exit code of its outcome. An
 * interruption or a timeout ends the watching, not the build, and says so.
 */
export async function watchBuild(
  shell: Shell,
  client: Client,
  id: string,
  timeoutMs?: number,
): Promise<number> {
  const stop = new AbortController()
  const release = shell.onSignal((signal) => stop.abort(new Interrupted(signal)))
  const timer =
    timeoutMs === undefined ? undefined : shell.clock.after(timeoutMs, () => stop.abort(new WatchTimeout()))
  try {
    for await (const line of client.builds.followLogs(id, { signal: stop.signal })) {
      shell.terminal.data(logLine(shell, line))
    }
    return outcome(shell, await client.builds.get(id))
  } catch (cause) {
    if (!stop.signal.aborted) throw cause
    shell.terminal.talk(`Stopped watching; the build goes on. Follow it with: quorate build logs ${id} -f`)
    return gaveUp(stop.signal.reason)
  } finally {
    release()
    timer?.cancel()
  }
}

function gaveUp(reason: unknown): number {
  if (reason instanceof WatchTimeout) return EXIT.timeout
  const signal: StopSignal = reason instanceof Interrupted ? reason.signal : 'SIGTERM'
  return signal === 'SIGINT' ? EXIT.interrupted : EXIT.terminated
}

function outcome(shell: Shell, build: BuildView): number {
  const { green, red } = shell.terminal.paintTalk
  if (build.state === 'completed') {
    shell.terminal.talk(green(`Completed${took(build)}: ${artifactOf(build)}`))
    shell.terminal.talk(`Fetch it with: quorate build download ${build.id}`)
    return EXIT.ok
  }
  const why = build.state === 'cancelled' ? 'was cancelled' : 'failed'
  shell.terminal.talk(
    red(`The build ${why}${took(build)}${build.error ? `: ${build.error.split('\n')[0]}` : '.'}`),
  )
  return EXIT.error
}

function took({ started_at: from, finished_at: to }: BuildView): string {
  return from && to ? ` after ${formatDuration(Date.parse(to) - Date.parse(from))}` : ''
}

const artifactOf = ({ artifact }: BuildView): string =>
  artifact ? `${artifact.name}, ${formatSize(artifact.bytes)}` : 'no artefact'
