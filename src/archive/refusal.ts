/** Why an archive was refused. */
export type UnpackFault =
  | 'not_a_zip'
  | 'corrupt'
  | 'encrypted'
  | 'unsafe_name'
  | 'duplicate_name'
  | 'special_file'
  | 'too_many_entries'
  | 'too_large'
  | 'ratio_too_high'

/** Carries a refusal out of the streams of one unpacking. */
export class Refusal extends Error {
  readonly fault: UnpackFault

  constructor(fault: UnpackFault, message: string) {
    super(message)
    this.fault = fault
  }
}

/** Two entries want the same place: a file twice, or a file where a folder is. */
const CLASHES: ReadonlySet<string> = new Set(['EEXIST', 'ENOTDIR', 'EISDIR'])

/**
 * A catch handler: what the archive is to blame for becomes a `Refusal`;
 * aborts and trouble with this machine's disk are thrown on.
 */
export function refuse(fault: UnpackFault, name?: string): (cause: unknown) => never {
  return (cause) => {
    if (!(cause instanceof Error) || cause instanceof Refusal || cause.name === 'AbortError') throw cause
    const code = (cause as NodeJS.ErrnoException).code ?? ''
    if (CLASHES.has(code)) throw new Refusal('duplicate_name', `The name "${name}" occurs twice`)
    if (code === 'ENAMETOOLONG')
      throw new Refusal('unsafe_name', `The entry "${name}" has a name that is too long`)
    if ((cause as NodeJS.ErrnoException).syscall !== undefined) throw cause
    throw new Refusal(fault, `The archive cannot be read: ${cause.message}`)
  }
}
