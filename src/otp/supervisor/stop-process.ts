import type { ExitReason } from '../exit.ts'
import { whenDown } from '../monitor.ts'
import { ExitSignal, type Pid } from '../pid.ts'
import { type Process, processOf } from '../process.ts'
import { signalExit, unlink } from '../signals.ts'
import { Deadline } from '../timer-wheel.ts'
import type { Shutdown } from './child-spec.ts'

/**
 * Ends `pid` in the name of `owner`: asks with `shutdown`, kills after the grace
 * period, and waits. No `EXIT` of it reaches the owner. Resolves with the reason
 * it ended for, also when that happened before.
 */
export async function stopProcess(owner: Process, pid: Pid, shutdown: Shutdown): Promise<ExitReason> {
  owner.mustLive()
  const signal = takeExit(owner, pid)
  const target = processOf(pid)
  if (!target) return signal?.reason ?? 'noproc'
  unlink(owner, target)
  const down = whenDown(target)
  signalExit(target, owner.pid, shutdown === 'brutal_kill' ? 'kill' : 'shutdown', 'exit')
  const { deadlines } = owner.host
  const grace = new Deadline(() => target.host.end(target, 'killed'))
  if (typeof shutdown === 'number') deadlines.add(grace, shutdown)
  const reason = await down
  deadlines.remove(grace)
  owner.mustLive()
  return reason
}

function takeExit(owner: Process, pid: Pid): ExitSignal | undefined {
  return owner.mailbox.take((message) => message instanceof ExitSignal && message.from === pid) as
    | ExitSignal
    | undefined
}
