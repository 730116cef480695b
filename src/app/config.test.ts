import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { Problem } from '../kernel/index.ts'
import { type ConfigInput, configJsonSchema, configOptions, environmentName, loadConfig } from './index.ts'

const folder = (toml?: string): string => {
  const cwd = mkdtempSync(join(tmpdir(), 'quorate-config-'))
  if (toml !== undefined) writeFileSync(join(cwd, 'quorate.toml'), toml)
  return cwd
}

const load = (input: Partial<ConfigInput> = {}) => loadConfig({ cwd: folder(), env: {}, ...input })

const refusal = (input: Partial<ConfigInput>): Problem => {
  try {
    load(input)
  } catch (error) {
    if (error instanceof Problem) return error
    throw error
  }
  throw new Error('was accepted')
}

test('without any input every option has its default', () => {
  const cwd = folder()
  const { config, sources } = load({ cwd })
  expect(config.http).toMatchObject({ host: '127.0.0.1', port: 4000 })
  expect(config.data_dir).toBe(join(cwd, '.quorate'))
  expect(config.blobs.dir).toBe(join(cwd, '.quorate', 'blobs'))
  expect(new Set(sources.values())).toEqual(new Set(['default']))
})

test('flags win over the environment, the environment over the file, the file over defaults', () => {
  const cwd = folder('[http]\nport = 1\nhost = "a"\n[builds]\nsilence = "1m"\n')
  const env = { QUORATE_HTTP_PORT: '2', QUORATE_HTTP_HOST: 'b' }
  const { config, sources } = load({ cwd, env, flags: { 'http.port': '3' } })
  expect(config.http).toMatchObject({ port: 3, host: 'b' })
  expect(config.builds.silence).toBe(60_000)
  expect(sources.get('http.port')).toBe('flag')
  expect(sources.get('http.host')).toBe('QUORATE_HTTP_HOST')
  expect(sources.get('builds.silence')).toBe('quorate.toml')
  expect(sources.get('builds.sweep')).toBe('default')
})

test('an own name wins over the alias of another system', () => {
  expect(load({ env: { PORT: '5' } }).config.http.port).toBe(5)
  expect(load({ env: { PORT: '5', QUORATE_HTTP_PORT: '6' } }).config.http.port).toBe(6)
})

test('a secret may come from a file and never prints', () => {
  const file = join(folder(), 'url')
  writeFileSync(file, 'postgres://me:hunter2@db/quorate\n')
  const { config } = load({ env: { DATABASE_URL_FILE: file } })
  expect(config.database.url?.reveal()).toBe('postgres://me:hunter2@db/quorate')
  expect(JSON.stringify(config)).not.toContain('hunter2')
})

test.each([
  ['http.port', { env: { PORT: 'eighty' } }, 'PORT'],
  ['http.port', { flags: { 'http.port': '70000' } }, 'flag'],
  ['builds.silence', { env: { QUORATE_BUILDS_SILENCE: 'soon' } }, 'QUORATE_BUILDS_SILENCE'],
  ['blobs.quota', { env: { QUORATE_BLOBS_QUOTA: '1 potato' } }, 'QUORATE_BLOBS_QUOTA'],
  ['database.url', { env: { DATABASE_URL: 'mysql://x' } }, 'DATABASE_URL'],
  ['api_key', { env: { CONTROLLER_API_KEY: 'short' } }, 'CONTROLLER_API_KEY'],
])('a bad %s is refused with its name and who set it', (field, input, source) => {
  const problem = refusal(input)
  expect(problem).toMatchObject({ code: 'invalid_config', field })
  expect(problem.message).toContain(`${field} (set by ${source})`)
})

test('an option that does not exist is refused with its name', () => {
  expect(refusal({ cwd: folder('[http]\nprot = 1\n') })).toMatchObject({
    code: 'invalid_config',
    field: 'http.prot',
  })
  expect(refusal({ cwd: folder('hello = 1\n') })).toMatchObject({ code: 'invalid_config', field: 'hello' })
})

test('a broken file is refused with its line, a missing named one with its path', () => {
  expect(refusal({ cwd: folder('a = \n') }).message).toMatch(/quorate\.toml:1:\d+ is not TOML/)
  expect(refusal({ file: 'absent.toml' }).message).toMatch(/^Cannot read .*absent\.toml$/)
})

test('every option is described and has one environment name', () => {
  const options = configOptions()
  expect(options.filter(({ description }) => description === '')).toEqual([])
  expect(new Set(options.map(({ path }) => environmentName(path))).size).toBe(options.length)
  expect(configJsonSchema()).toMatchObject({ type: 'object' })
})
