import { expect, test } from 'vitest'
import { leaseOf, offeredPlatforms } from './worker.ts'

test.each([
  ['a list wins over a single name', { capabilities: { platforms: ['ios'], platform: 'linux' } }, ['ios']],
  ['a single known name restricts', { capabilities: { platform: 'android' } }, ['android']],
  ['the name beside the capabilities counts too', { platform: 'linux' }, ['linux']],
  ['the name of an operating system no build asks for does not restrict', { platform: 'darwin' }, []],
  ['saying nothing restricts nothing', {}, []],
  ['a list of unknown platforms restricts to them', { capabilities: { platforms: ['tvos'] } }, ['tvos']],
])('%s', (_rule, request, offered) => {
  expect(offeredPlatforms({ name: 'w', ...request })).toEqual(offered)
})

test('only a worker that promises to beat gets a lease of its own', () => {
  expect(leaseOf({ name: 'w', capabilities: { heartbeat_ms: 5_000 } }, 6)).toBe(30_000)
  expect(leaseOf({ name: 'w' }, 6)).toBeNull()
})
