import { CallError, placeCall, placeCast, placeStop } from '../call-request.ts'
import type { Dest, Findable, Runtime } from '../context.ts'
import { describeDest, locate } from '../destination.ts'
import type { ExitReason } from '../exit.ts'
import type { Pid } from '../pid.ts'
import type { Host } from '../process.ts'
import type { CallOptions } from './definition.ts'

/** The client methods of one definition: made once, shared by all its references. */
export interface Facades {
  readonly call: FacadeClass
  readonly cast: FacadeClass
}

type FacadeClass = new (ref: Ref) => object

/** Builds the client methods for the handlers' names. */
export function facades(calls: object, casts: object): Facades {
  return {
    call: facade(calls, callMethod),
    cast: facade(casts, castMethod),
  }
}

function callMethod(name: string): Method {
  return function (this: Facade, argument: unknown, options?: CallOptions) {
    return placeCall(this.ref.host, this.ref.dest, name, argument, options?.timeoutMs)
  }
}

function castMethod(name: string): Method {
  return function (this: Facade, argument: unknown) {
    placeCast(this.ref.host, this.ref.dest, name, argument)
  }
}

class Facade {
  readonly ref: Ref

  constructor(ref: Ref) {
    this.ref = ref
  }
}

type Method = (this: Facade, argument: unknown, options?: CallOptions) => unknown

function facade(handlers: object, method: (name: string) => Method): FacadeClass {
  class Client extends Facade {}
  for (const name of Object.keys(handlers)) {
    Object.defineProperty(Client.prototype, name, { value: method(name), enumerable: true })
  }
  return Client
}

/** The client methods of a definition that is not at hand: every name is one. */
export const openFacades: Facades = {
  call: openFacade(callMethod),
  cast: openFacade(castMethod),
}

function openFacade(method: (name: string) => Method): FacadeClass {
  return class OpenClient extends Facade {
    constructor(ref: Ref) {
      super(ref)
      // `then` is left out: a client is no promise, though somebody may await it.
      const get = (client: Facade, name: string | symbol): unknown =>
        typeof name === 'string' && name !== 'then' ? method(name).bind(client) : undefined
      return new Proxy(this, { get })
    }
  }
}

/** A reference to a server: typed by its definition, light enough to make one per use. */
export class Ref implements Findable, AsyncDisposable {
  readonly host: Host
  readonly dest: Dest
  private readonly facades: Facades
  private callClient: object | undefined
  private castClient: object | undefined

  constructor(host: Host, dest: Dest, clients: Facades) {
    this.host = host
    this.dest = dest
    this.facades = clients
  }

  get call(): object {
    this.callClient ??= new this.facades.call(this)
    return this.callClient
  }

  get cast(): object {
    this.castClient ??= new this.facades.cast(this)
    return this.castClient
  }

  get pid(): Pid {
    const pid = this.whereis()
    if (!pid) throw new CallError('noproc', 'noproc', describeDest(this.dest), 'pid')
    return pid
  }

  get name(): string | undefined {
    return typeof this.dest === 'string' ? this.dest : locate(this.host, this.dest)?.process?.name
  }

  get runtime(): Runtime {
    return this.host as Host & Runtime
  }

  whereis(): Pid | undefined {
    return locate(this.host, this.dest)
  }

  stop(reason: ExitReason = 'normal', timeoutMs: number = Number.POSITIVE_INFINITY): Promise<void> {
    return placeStop(this.host, this.dest, reason, timeoutMs)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (locate(this.host, this.dest)?.process) await this.stop()
  }

  toString(): string {
    return describeDest(this.dest)
  }
}
