import { Problem } from '../../kernel/index.ts'
import type { Runtime } from '../context.ts'
import type { Pid } from '../pid.ts'

/** What `defineApplication` takes. */
export interface ApplicationSource<C> {
  /** Unique among the applications that run together. */
  readonly name: string
  /** Started before this one, stopped after it. */
  readonly dependencies?: readonly Application[]
  /** Read once, before `start`; what it throws fails the start. */
  readonly config?: () => C | PromiseLike<C>
  /** Starts the top process, most often a supervisor, with `place` as its start options. */
  readonly start: (config: C, place: ApplicationPlace) => Promise<{ readonly pid: Pid }>
  /** Before the processes are stopped in an orderly way: stop accepting work. */
  readonly prepStop?: (config: C) => unknown
  /** After the processes are gone, however that came: clean up. */
  readonly stop?: (config: C) => unknown
}

/** Where an application starts its top process: link it there. */
export interface ApplicationPlace {
  readonly runtime: Runtime
  readonly parent: Pid
}

/** A part of a program that is started and stopped as a whole. */
export interface Application {
  readonly name: string
  readonly dependencies: readonly Application[]
  /** Reads the configuration and starts the top process. */
  boot(place: ApplicationPlace): Promise<BootedApplication>
}

/** An application that runs. */
export interface BootedApplication {
  readonly pid: Pid
  prepStop(): Promise<void>
  stop(): Promise<void>
}

/** Defines an application; nothing runs until `runApplications` or `startApplications`. */
export function defineApplication<C = undefined>(source: ApplicationSource<C>): Application {
  return {
    name: source.name,
    dependencies: source.dependencies ?? [],
    async boot(place) {
      const config = (await source.config?.()) as C
      const { pid } = await source.start(config, place)
      return {
        pid,
        prepStop: async () => void (await source.prepStop?.(config)),
        stop: async () => void (await source.stop?.(config)),
      }
    },
  }
}

/** All applications that are needed, each behind those it depends on. Refuses circles and two of one name. */
export function startOrder(wanted: readonly Application[]): readonly Application[] {
  const ordered: Application[] = []
  const visit = (application: Application, path: readonly Application[]): void => {
    if (ordered.includes(application)) return
    if (path.includes(application)) throw badApplications(application.name, 'depends on itself')
    for (const needed of application.dependencies) visit(needed, [...path, application])
    ordered.push(application)
  }
  for (const application of wanted) visit(application, [])
  const names = ordered.map(({ name }) => name)
  const twice = names.find((name, index) => names.indexOf(name) !== index)
  if (twice !== undefined) throw badApplications(twice, 'is the name of two applications')
  return ordered
}

function badApplications(name: string, what: string): Problem {
  return new Problem('invalid_applications', `"${name}" ${what}`, {
    field: 'dependencies',
    wayOut: 'let dependencies point one way, and give each application its own name',
  })
}
