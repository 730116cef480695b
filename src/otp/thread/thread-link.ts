import type { Worker } from 'node:worker_threads'
import { emit, hasListeners, type Problem } from '../../kernel/index.ts'
import { type CallRequest, type CastRequest, type StopRequest } from '../call-request.ts'
import type { ExitReason } from '../exit.ts'
import type { ExitSignal } from '../pid.ts'
import { type Process, ProcessId } from '../process.ts'
import type { Legacy } from '../supervisor/estate.ts'
import { Codec, notCloneable } from './codec.ts'
import { MemoryWatch } from './memory-watch.ts'
import { Outbox, readBatch } from './outbox.ts'
import { Requests } from './requests.ts'
import { type AboutThread, ThreadStarted, ThreadStopped } from './thread.events.ts'
import type { ThreadMemory, ThreadOptions } from './thread-options.ts'
import { type Batch, type Beginning, type Ended, Op, type Party, type Refused } from './wire.ts'
import { startWorker } from './worker-start.ts'
import { World } from './world.ts'

/** Pause between two looks at the memory of a thread. */
const MEMORY_EVERY_MS = 1_000

/** The process that stands for the server: what its thread tells it. */
export interface Standing extends Process {
  /** `init` is done; so many lives in a row were restored. */
  began(lives: number): void
  declined(): void
  failStart(reason: ExitReason): void
  /** The server has ended; what it left, if it did, is for the next one. */
  over(reason: ExitReason, left: Ended['left']): void
  /** The thread itself came to grief, past the server's own end. */
  crash(reason: ExitReason): void
}

/** The thread of one process, seen from outside: its worker, what goes there and what comes back. */
export class ThreadLink {
  private readonly process: Standing
  private readonly options: ThreadOptions
  private readonly codec: Codec
  private readonly outbox: Outbox
  private readonly world: World
  private readonly watch: MemoryWatch
  private readonly calls = new Requests<CallRequest>()
  private readonly stops = new Requests<StopRequest>()
  private worker: Worker | undefined
  /** Somebody waits without a time limit: the program must not end for lack of work. */
  private holds = 1
  private sent = 0
  private received = 0
  private waitingInside = 0
  private fault: ExitReason | undefined

  constructor(process: Standing, options: ThreadOptions) {
    this.process = process
    this.options = options
    this.codec = new Codec({
      leave: (pid) => serialOf(pid, process.host),
      enter: (serial) => process.host.find(serial)?.pid ?? deadPid(serial, process),
    })
    this.outbox = new Outbox(this.codec, {
      post: (batch) => this.worker?.postMessage(batch),
      head: () => [0, 0, 0],
      refused: (op, id, error) => this.refused(op, id, error),
    })
    this.world = new World(process, this.outbox)
    this.watch = new MemoryWatch({ process, options, about: () => this.about() })
  }

  get memory(): ThreadMemory | undefined {
    return this.watch.last
  }

  get started(): boolean {
    return this.worker !== undefined
  }

  get waiting(): number {
    return this.sent - this.received + this.waitingInside
  }

  /** Throws a `Problem` when the arguments cannot be cloned. */
  start(args: unknown, legacy: Legacy | undefined): void {
    const { process, options } = this
    const { memoryEveryMs = MEMORY_EVERY_MS } = options
    const beginning: Beginning = { args, legacy, name: process.name }
    this.outbox.add(Op.start, 0, undefined, beginning)
    const { module, export: exported } = options
    const worker = startWorker(options, {
      serial: process.pid.serial,
      module: String(module),
      export: exported,
      definition: process.module,
      memoryEveryMs,
    })
    this.worker = worker
    worker.on('message', (batch: Batch) => this.receive(batch))
    worker.on('error', (error) => this.failed(error))
    worker.on('messageerror', (error) => this.failed(error))
    worker.on('exit', (code) => this.exited(worker, code))
    this.outbox.start()
    this.watch.watchRss(memoryEveryMs)
  }

  call(request: CallRequest): void {
    const id = this.calls.add(request)
    this.wait(request)
    try {
      this.outbox.add(Op.call, id, request.name, request.argument, request.caller?.serial)
      this.sent++
    } catch (problem) {
      this.settle(id)?.fail('not_cloneable', problem as Problem)
    }
  }

  cast({ name, argument }: CastRequest): void {
    this.outbox.add(Op.cast, 0, name, argument)
    this.sent++
  }

  stop(request: StopRequest): void {
    const id = this.stops.add(request)
    this.wait(request)
    this.outbox.addAnyway(Op.stop, id, undefined, request.reason)
    this.sent++
  }

  exit({ from, reason }: ExitSignal): void {
    const fromParent = from === this.process.parent
    if (fromParent) this.hold(1)
    this.outbox.addAnyway(Op.exit, 0, undefined, reason, fromParent ? undefined : (from as ProcessId).serial)
    this.sent++
  }

  inform(message: unknown): void {
    try {
      this.outbox.add(Op.info, 0, undefined, message)
      this.sent++
    } catch (problem) {
      this.lost(problem as Problem)
    }
  }

  /** Stops the thread, whatever it is doing. */
  end(): void {
    this.world.leave()
    void this.worker?.terminate()
  }

  private receive(batch: Batch): void {
    const { process } = this
    if (!process.alive) return
    const [received, waiting, handled] = batch as number[]
    this.received = received ?? 0
    this.waitingInside = waiting ?? 0
    process.handled = handled ?? 0
    readBatch(batch, this.codec, (op, id, text, value, party) => {
      if (process.alive) this.take(op, id, text, value, party)
    })
  }

  private take(op: number, id: number, text: string, value: unknown, party: Party): void {
    const { process } = this
    if (op === Op.reply) this.settle(id)?.reply(value)
    else if (op === Op.refusal) this.refuse(id, value as Refused)
    else if (op === Op.started) this.began(id)
    else if (op === Op.ignored) process.declined()
    else if (op === Op.failed) process.failStart(value as ExitReason)
    else if (op === Op.ended) this.over(id, value as Ended)
    else if (op === Op.trap) process.trapping = id === 1
    else if (op === Op.memory) this.watch.measured(value as ThreadMemory)
    else this.world.take(op, id, text, value, party)
  }

  private refuse(id: number, { kind, reason }: Refused): void {
    this.settle(id)?.fail(kind, reason)
  }

  private began(lives: number): void {
    this.hold(-1)
    if (hasListeners(ThreadStarted)) emit(ThreadStarted, this.about())
    this.process.began(lives)
  }

  /** A stop is told by the very reason it asked for, not by a copy. */
  private over(stopId: number, { reason, left }: Ended): void {
    this.process.over(this.stops.take(stopId)?.reason ?? reason, left)
  }

  private failed(error: Error & { readonly code?: unknown }): void {
    const { resourceLimits = {} } = this.options
    const outOfMemory = error.code === 'ERR_WORKER_OUT_OF_MEMORY'
    this.fault = outOfMemory ? { out_of_memory: resourceLimits } : error
  }

  private exited({ threadId }: Worker, exitCode: number): void {
    if (this.process.alive) this.process.crash(this.fault ?? { exit_code: exitCode })
    if (hasListeners(ThreadStopped)) emit(ThreadStopped, { ...this.about(), threadId, exitCode })
  }

  private refused(op: number, id: number, error: unknown): void {
    const problem = notCloneable((error as Error).message, 'send plain data')
    if (op === Op.call) this.settle(id)?.fail('not_cloneable', problem)
    else this.lost(problem)
  }

  private lost(reason: Problem): void {
    this.process.host.report(this.process, { kind: 'unexpected_message', level: 'error', reason })
  }

  private wait({ limitMs }: CallRequest | StopRequest): void {
    if (limitMs === Number.POSITIVE_INFINITY) this.hold(1)
  }

  private settle(id: number): CallRequest | undefined {
    const request = this.calls.take(id)
    if (request?.limitMs === Number.POSITIVE_INFINITY) this.hold(-1)
    return request
  }

  private hold(change: 1 | -1): void {
    this.holds += change
    if (this.holds === 0) this.worker?.unref()
    else if (this.holds === 1) this.worker?.ref()
  }

  private about(): AboutThread {
    const { pid, name, module } = this.process
    return { pid, name, module, threadId: this.worker?.threadId ?? -1 }
  }
}

function serialOf(pid: ProcessId, host: unknown): number {
  if (pid.host === host) return pid.serial
  throw notCloneable(`the pid ${pid.id} of another runtime`, 'send a pid of the runtime of the server')
}

function deadPid(serial: number, process: Standing): ProcessId {
  const pid = new ProcessId(serial, process)
  pid.forgetProcess()
  return pid
}
