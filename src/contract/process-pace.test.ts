import { expect, test } from 'vitest'
import { paceBetween } from './process-pace.ts'
import type { ProcessesReply, ProcessRow } from './processes.ts'

const row = (pid: string, handled: number): ProcessRow => ({
  pid,
  name: null,
  module: 'm',
  status: 'waiting',
  mailbox: 0,
  handled,
  links: 0,
  memory_bytes: null,
  started_at: '2026-01-01T00:00:00.000Z',
  ancestors: [],
})
const reply = (atMs: number, processes: readonly ProcessRow[], node = 'n1'): ProcessesReply => ({
  node,
  at_ms: atMs,
  total: processes.length,
  matching: processes.length,
  waiting: 0,
  processes: [...processes],
})

test('the pace is what a process handled since the list before, by the clock of the node', () => {
  const before = reply(1_000, [row('<0.1.0>', 10), row('<0.2.0>', 5)])
  const after = reply(3_000, [row('<0.1.0>', 40), row('<0.3.0>', 7)])
  expect([...paceBetween(before, after)]).toEqual([['<0.1.0>', 15]])
})

test('there is no pace without a list before, and none across nodes', () => {
  const after = reply(3_000, [row('<0.1.0>', 40)])
  expect(paceBetween(undefined, after).size).toBe(0)
  expect(paceBetween(reply(1_000, [row('<0.1.0>', 10)], 'n2'), after).size).toBe(0)
  expect(paceBetween(after, after).size).toBe(0)
})
