import {
  type BuildState,
  buildStates,
  type Platform,
  type ProcessSort,
  platforms,
  processSorts,
} from '../../src/contract/index.ts'

/** Which builds the overview shows; kept in the URL so that a view can be shared. */
export interface BuildFilter {
  readonly state?: BuildState | undefined
  readonly platform?: Platform | undefined
  readonly workerId?: string | undefined
}

/** Which processes are listed, in which order. */
export interface ProcessFilter {
  readonly sort: ProcessSort
  readonly words: string
}

/** Where in the page the reader is. */
export type Route =
  | { readonly page: 'overview'; readonly filter: BuildFilter }
  | { readonly page: 'build'; readonly id: string; readonly line: number | undefined }
  | { readonly page: 'workers' }
  | { readonly page: 'tree' }
  | { readonly page: 'processes'; readonly filter: ProcessFilter }
  | { readonly page: 'process'; readonly pid: string }
  | { readonly page: 'missing'; readonly path: string }

/** Reads a URL; unknown filter values are dropped, unknown paths are `missing`. */
export function parseRoute(url: URL): Route {
  const [first, second, ...rest] = url.pathname.split('/').filter((part) => part !== '')
  if (first === undefined) return { page: 'overview', filter: parseFilter(url.searchParams) }
  if (first === 'builds' && second !== undefined && rest.length === 0)
    return { page: 'build', id: decoded(second), line: parseLine(url.hash) }
  if (first === 'workers' && second === undefined) return { page: 'workers' }
  if (first === 'tree' && second === undefined) return { page: 'tree' }
  if (first === 'processes' && rest.length === 0) return parseProcesses(url, second)
  return { page: 'missing', path: url.pathname }
}

function parseProcesses(url: URL, numbers: string | undefined): Route {
  if (numbers === undefined) return { page: 'processes', filter: parseProcessFilter(url.searchParams) }
  return /^\d+\.\d+\.\d+$/.test(numbers)
    ? { page: 'process', pid: `<${numbers}>` }
    : { page: 'missing', path: url.pathname }
}

/** The address of a route: `parseRoute` of it gives the route back. */
export function printRoute(route: Route): string {
  switch (route.page) {
    case 'overview':
      return `/${printFilter(route.filter)}`
    case 'build':
      return `/builds/${encodeURIComponent(route.id)}${route.line === undefined ? '' : `#L${route.line}`}`
    case 'workers':
    case 'tree':
      return `/${route.page}`
    case 'processes':
      return `/processes${printProcessFilter(route.filter)}`
    case 'process':
      return `/processes/${route.pid.slice(1, -1)}`
    case 'missing':
      return route.path
  }
}

function parseFilter(params: URLSearchParams): BuildFilter {
  return {
    state: buildStates.find((state) => state === params.get('state')),
    platform: platforms.find((platform) => platform === params.get('platform')),
    workerId: params.get('worker') || undefined,
  }
}

function printFilter({ state, platform, workerId }: BuildFilter): string {
  const params = new URLSearchParams()
  if (state) params.set('state', state)
  if (platform) params.set('platform', platform)
  if (workerId) params.set('worker', workerId)
  return params.size === 0 ? '' : `?${params}`
}

function parseProcessFilter(params: URLSearchParams): ProcessFilter {
  return {
    sort: processSorts.find((sort) => sort === params.get('sort')) ?? 'mailbox',
    words: params.get('filter') ?? '',
  }
}

function printProcessFilter({ sort, words }: ProcessFilter): string {
  const params = new URLSearchParams()
  if (sort !== 'mailbox') params.set('sort', sort)
  if (words) params.set('filter', words)
  return params.size === 0 ? '' : `?${params}`
}

function parseLine(hash: string): number | undefined {
  const digits = /^#L([1-9]\d{0,8})$/.exec(hash)?.[1]
  return digits === undefined ? undefined : Number(digits)
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}
