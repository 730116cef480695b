import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Secret } from '../kernel/index.ts'
import { testRuntime } from '../testing/index.ts'
import { shownValue } from './shown-value.ts'

class Pool {
  readonly size = 2
  readonly password = 'hunter2'
}

test('plain data is shown as it is', () => {
  const value = { text: 'a', n: 1.5, none: null, yes: true, list: [1, [2]], at: { x: 'y' } }
  expect(shownValue(value)).toEqual(value)
})

test('secrets are hidden, whether they hide themselves, sit under a telling key or in an address', () => {
  const shown = shownValue({
    key: new Secret('s3cret'),
    api_key: 'qk_s3cret',
    sessionToken: 's3cret',
    passwords: ['s3cret'],
    headers: { Authorization: 'Bearer s3cret', cookie: 's3cret' },
    url: 'postgres://app:s3cret@db/quorate',
    byName: new Map([['token', 's3cret']]),
    href: new URL('http://app:s3cret@host/'),
    failed: new Error('cannot reach http://app:s3cret@host'),
    tokens: 12,
    hasToken: true,
  })
  expect(JSON.stringify(shown)).not.toMatch(/s3cret/)
  expect(shown).toMatchObject({
    api_key: '[secret]',
    url: 'postgres://app:[secret]@db/quorate',
    headers: { Authorization: '[secret]' },
    tokens: 12,
    hasToken: true,
  })
})

test('what JSON has no word for is named', () => {
  const { runtime } = testRuntime()
  const shown = shownValue({
    pid: runtime.root,
    big: 12n,
    not: Number.NaN,
    run: function go() {},
    runs: [() => {}],
    sign: Symbol('s'),
    at: new Date(0),
    never: new Date(Number.NaN),
    bytes: new Uint8Array(3),
    error: new RangeError('too far'),
    map: new Map<unknown, unknown>([
      ['a', 1],
      [2, 'b'],
      [runtime.root, 'root'],
    ]),
    set: new Set(['x']),
    pool: new Pool(),
    missing: undefined,
  })
  expect(shown).toEqual({
    pid: '<0.0.0>',
    big: '12n',
    not: 'NaN',
    run: '[function go]',
    runs: ['[function]'],
    sign: 'Symbol(s)',
    at: '1970-01-01T00:00:00.000Z',
    never: null,
    bytes: '[3 bytes]',
    error: 'RangeError: too far',
    map: { a: 1, 2: 'b', '<0.0.0>': 'root' },
    set: ['x'],
    pool: '[Pool]',
  })
})

test('an object of a class shows its fields when it is the value itself', () => {
  expect(shownValue(new Pool())).toEqual({ size: 2, password: '[secret]' })
})

test('circles, depth, length and sheer number have an end', () => {
  const circle: Record<string, unknown> = {}
  circle['self'] = circle
  expect(shownValue(circle)).toEqual({ self: '[circular]' })
  let deep: unknown = 'bottom'
  for (let level = 0; level < 50; level += 1) deep = { deep }
  expect(JSON.stringify(shownValue(deep))).toMatch(/\[Object\]/)
  expect(shownValue('x'.repeat(600))).toBe(`${'x'.repeat(500)}… (600 characters)`)
  expect(shownValue(Array(150).fill(0))).toHaveLength(101)
  expect(shownValue(Array(150).fill(0))).toContain('… 50 more')
  const wide = Array.from({ length: 100 }, () => Array.from({ length: 100 }, () => Array(100).fill('x')))
  expect(JSON.stringify(shownValue(wide)).length).toBeLessThan(100_000)
})

test('getters are not run, and an object that fails to describe itself is named', () => {
  const trap = {
    get boom(): string {
      throw new Error('ran')
    },
    calm: 1,
  }
  const liar = {
    toJSON(): never {
      throw new Error('ran')
    },
  }
  expect(shownValue({ trap, liar })).toEqual({ trap: { calm: 1 }, liar: '[Object]' })
})

test('whatever it is given, it gives what JSON can say', () => {
  fc.assert(
    fc.property(fc.anything({ withMap: true, withSet: true, withBigInt: true, withDate: true }), (value) => {
      const text = JSON.stringify(shownValue(value))
      expect(JSON.stringify(JSON.parse(text))).toBe(text)
    }),
  )
})
