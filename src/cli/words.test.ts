import { Writable } from 'node:stream'
import { CommanderError } from 'commander'
import { expect, test } from 'vitest'
import { ClientError } from '../client/index.ts'
import { Problem } from '../kernel/index.ts'
import { exitCodeOf } from './exit-code.ts'
import { failureLine } from './failure.ts'
import { printable } from './format.ts'
import { terminalOn } from './output.ts'
import { barLine, progressBar } from './progress.ts'
import { Interrupted } from './shell.ts'

const client = (status: number, code: string) => new ClientError('refused', { status, code })

test.each<[string, unknown, number]>([
  ['help', new CommanderError(0, 'commander.helpDisplayed', ''), 0],
  ['an unknown option', new CommanderError(1, 'commander.unknownOption', ''), 2],
  ['an impossible configuration', new Problem('invalid_config', ''), 2],
  ['no key', new Problem('key_not_given', ''), 2],
  ['a port in use', new Problem('port_in_use', ''), 1],
  ['nothing to download yet', new Problem('not_completed', ''), 4],
  ['a busy work folder', new Problem('work_dir_busy', ''), 4],
  ['a missing build', client(404, 'not_found'), 3],
  ['any other 404', client(404, 'http_404'), 3],
  ['a finished build', client(400, 'already_finished'), 4],
  ['a lost lease', client(409, 'lease_lost'), 4],
  ['a wrong key', client(403, 'key_invalid'), 1],
  ['a server that is away', client(0, 'server_unreachable'), 1],
  ['no answer in time', client(0, 'timeout'), 124],
  ['Ctrl-C', new Interrupted('SIGINT'), 130],
  ['SIGTERM', new Interrupted('SIGTERM'), 143],
  ['a bug', new TypeError('x is not a function'), 1],
])('%s ends with its own exit code', (_title, error, code) => {
  expect(exitCodeOf(error)).toBe(code)
})

test('a failure is one line: the cause, then the way out', () => {
  const problem = new Problem('x', 'Two\n lines', { wayOut: 'Do this.' })
  expect(failureLine(problem)).toBe('quorate: Two lines. Do this.')
  expect(failureLine(client(403, 'key_invalid'))).toBe('quorate: refused.')
  expect(failureLine(new CommanderError(1, 'x', "error: unknown option '--x'\n(Did you mean --y?)"))).toBe(
    "quorate: unknown option '--x' (Did you mean --y?) See --help.",
  )
  expect(failureLine(new TypeError('oops'))).toMatch(/^quorate: oops\. .*QUORATE_DEBUG=1/)
  const missing = Object.assign(new Error("EACCES: permission denied, open '/x'"), { syscall: 'open' })
  expect(failureLine(missing)).toBe("quorate: EACCES: permission denied, open '/x'.")
  expect(failureLine(new CommanderError(0, 'commander.version', '1.0.0'))).toBeUndefined()
})

test('text of others cannot drive the terminal', () => {
  expect(printable('a\u001B[2J\u001B]0;title\u0007b\u009B31m\tc\nd')).toBe('a]0;titleb31m\tc\nd')
})

/** Two streams, the second one a terminal when asked for. */
function written(isTTY: boolean, env: Record<string, string>) {
  let text = ''
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      text += chunk.toString()
      done()
    },
  })
  const tty = Object.assign(stream, { isTTY, columns: 80 }) as unknown as NodeJS.WriteStream
  return { terminal: terminalOn(tty, tty, env), text: () => text }
}

test.each<[boolean, Record<string, string>, boolean]>([
  [true, {}, true],
  [true, { NO_COLOR: '1' }, false],
  [true, { TERM: 'dumb' }, false],
  [false, {}, false],
  [false, { FORCE_COLOR: '1' }, true],
])('on a terminal: %s, with %j, colours are %s', (isTTY, env, coloured) => {
  expect(written(isTTY, env).terminal.paintData.red('x') !== 'x').toBe(coloured)
})

test('a bar is drawn where somebody watches, and nowhere else', () => {
  expect(barLine('Uploading', 512, 2048)).toBe(
    'Uploading [========>                     ]  25% 512 B of 2.0 KB',
  )
  expect(barLine('Packing', 0, 0)).toContain('100%')
  const [watched, piped] = [written(true, {}), written(false, {})]
  for (const { terminal } of [watched, piped]) {
    const bar = progressBar(terminal, 'Packing')
    bar.update(1, 2)
    bar.update(1, 2)
    bar.end()
    terminal.talk('done')
  }
  expect(watched.text().match(/Packing/g)).toHaveLength(1)
  expect(watched.text()).toMatch(/\r\u001B\[2Kdone\n$/)
  expect(piped.text()).toBe('done\n')
})
