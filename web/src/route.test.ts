import fc from 'fast-check'
import { expect, test } from 'vitest'
import { buildStates, platforms, processSorts } from '../../src/contract/index.ts'
import { parseRoute, printRoute, type Route } from './route.ts'

const at = (address: string): Route => parseRoute(new URL(address, 'http://quorate.test'))

const text = fc
  .string({ minLength: 1, maxLength: 12, unit: 'grapheme' })
  .filter((id) => !/^\.{1,2}$/.test(id))
const route: fc.Arbitrary<Route> = fc.oneof(
  fc.record({
    page: fc.constant('overview' as const),
    filter: fc.record({
      state: fc.constantFrom(undefined, ...buildStates),
      platform: fc.constantFrom(undefined, ...platforms),
      workerId: fc.option(text, { nil: undefined }),
    }),
  }),
  fc.record({
    page: fc.constant('build' as const),
    id: text,
    line: fc.option(fc.integer({ min: 1, max: 999_999_999 }), { nil: undefined }),
  }),
  fc.record({ page: fc.constantFrom('workers' as const, 'tree' as const) }),
  fc.record({
    page: fc.constant('processes' as const),
    filter: fc.record({ sort: fc.constantFrom(...processSorts), words: fc.string({ unit: 'grapheme' }) }),
  }),
  fc.record({
    page: fc.constant('process' as const),
    pid: fc.tuple(fc.nat(), fc.nat(), fc.nat()).map((numbers) => `<${numbers.join('.')}>`),
  }),
)

test('every route survives its way through the address bar', () => {
  fc.assert(
    fc.property(route, (one) => {
      expect(at(printRoute(one))).toEqual(one)
    }),
  )
})

test('filter values that do not exist are dropped', () => {
  expect(at('/?state=exploded&platform=amiga&worker=')).toEqual({
    page: 'overview',
    filter: { state: undefined, platform: undefined, workerId: undefined },
  })
})

test.each(['/builds', '/builds/a/b', '/workers/1', '/tree/x', '/processes/x', '/nothing'])(
  '%s leads nowhere',
  (address) => {
    expect(at(address)).toEqual({ page: 'missing', path: address })
  },
)

test('a build is found even when its address is badly encoded', () => {
  expect(at('/builds/%E0%A4%A')).toMatchObject({ page: 'build', id: '%E0%A4%A' })
})

test.each(['#L0', '#L', '#Lx', '#12', '#L1234567890'])('%s points at no line', (hash) => {
  expect(at(`/builds/abc${hash}`)).toMatchObject({ line: undefined })
})
