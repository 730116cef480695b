import { expect, test } from 'vitest'
import type { TraceEvent } from '../../src/contract/index.ts'
import { type TraceLine, withEvent } from './trace-line.ts'

const at = '2026-01-01T00:00:00.000Z'
const shown = (...events: readonly TraceEvent[]) =>
  events
    .reduce<readonly TraceLine[]>(withEvent, [])
    .map(({ kind, name, text }) => [kind, name, text].filter((word) => word !== '').join(' '))

test('calls, casts, messages, replies and the end read as what they are', () => {
  expect(
    shown(
      { type: 'begin', pid: '<0.1.0>' },
      { type: 'in', at, message: { call: 'add', argument: [1, 'x'] } },
      { type: 'out', at, value: { ok: true }, to: '<0.7.0>' },
      { type: 'in', at, message: { cast: 'tidy' } },
      { type: 'in', at, message: 'pulse' },
      { type: 'in', at, message: { type: 'due', news: 'tree' } },
      { type: 'skipped', steps: 950 },
      { type: 'end', at, reason: 'killed' },
    ),
  ).toEqual([
    'call add [1,"x"]',
    'reply <0.7.0> {"ok":true}',
    'cast tidy',
    'info "pulse"',
    'info {"type":"due","news":"tree"}',
    'gap 950 more came too fast to be shown',
    'end killed',
  ])
})

test('a long message is cut, and a long trace forgets its beginning', () => {
  const [line] = shown({ type: 'in', at, message: 'x'.repeat(1_000) })
  expect(line?.length).toBeLessThan(220)
  const many = Array.from({ length: 500 }, (_, n): TraceEvent => ({ type: 'in', at, message: n }))
  const kept = shown(...many)
  expect([kept.length, kept[0], kept.at(-1)]).toEqual([300, 'info 200', 'info 499'])
})
