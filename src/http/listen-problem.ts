import { Problem } from '../kernel/index.ts'

/** Why a socket cannot listen, and what to do about it. */
export function listenProblem(error: NodeJS.ErrnoException, host: string, port: number): Problem {
  const cause = { cause: error }
  switch (error.code) {
    case 'EADDRINUSE':
      return new Problem('port_in_use', `Port ${port} on ${host} is in use`, {
        field: 'http.port',
        wayOut: 'Stop what uses it, or choose another with --port.',
        ...cause,
      })
    case 'EACCES':
      return new Problem('port_in_use', `Port ${port} may not be used by this user`, {
        field: 'http.port',
        wayOut: 'Choose a port above 1023 with --port.',
        ...cause,
      })
    default:
      return new Problem('host_unavailable', `Cannot listen on ${host} (${error.code ?? error.message})`, {
        field: 'http.host',
        wayOut: 'Choose an address of this machine with --host.',
        ...cause,
      })
  }
}
