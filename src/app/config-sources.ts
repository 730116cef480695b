import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { parse as parseToml, TomlError } from 'smol-toml'
import type { z } from 'zod'
import { Problem } from '../kernel/index.ts'
import { ALIASES, type Config, ConfigSchema, configOptions, environmentName } from './config.ts'

/** Where a value came from, as the user would say it. */
export type Source = string

/** A checked configuration and, for each option, who set it. */
export interface LoadedConfig {
  readonly config: Config
  /** `http.port` → `default`, `quorate.toml`, `QUORATE_HTTP_PORT` or `--port`. */
  readonly sources: ReadonlyMap<string, Source>
}

/** What the outside world says. */
export interface ConfigInput {
  readonly cwd: string
  readonly env: Readonly<Record<string, string | undefined>>
  /** By option path: `{ 'http.port': '4001' }`. */
  readonly flags?: Readonly<Record<string, string | undefined>>
  /** Another file than `<cwd>/quorate.toml`; then it must exist. */
  readonly file?: string | undefined
}

interface Setting {
  readonly value: unknown
  readonly source: Source
}

type Settings = Map<string, Setting>

/**
 * Reads defaults < `quorate.toml` < environment < flags.
 *
 * Rejects with `invalid_config`, naming the option, who set it and what it takes.
 */
export function loadConfig(input: ConfigInput): LoadedConfig {
  const settings: Settings = new Map([
    ...fromFile(input),
    ...fromEnvironment(input.env),
    ...fromFlags(input.flags ?? {}),
  ])
  const parsed = ConfigSchema.safeParse(nested(settings))
  if (!parsed.success) throw invalid(parsed.error, settings)
  const sources = new Map(configOptions().map(({ path }) => [path, settings.get(path)?.source ?? 'default']))
  return { config: absolute(parsed.data, input.cwd), sources }
}

function fromFile({ cwd, file }: ConfigInput): Settings {
  const path = resolve(cwd, file ?? 'quorate.toml')
  const text = readOptional(path, file !== undefined)
  const settings: Settings = new Map()
  if (text === undefined) return settings
  const source = file ?? 'quorate.toml'
  for (const [name, value] of Object.entries(parseFile(text, path))) {
    if (typeof value !== 'object' || value === null) settings.set(name, { value, source })
    else
      for (const [key, leaf] of Object.entries(value)) settings.set(`${name}.${key}`, { value: leaf, source })
  }
  return settings
}

function readOptional(path: string, required: boolean): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    if (!required && (cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    const wayOut = 'Create it or leave out --config.'
    throw new Problem('invalid_config', `Cannot read ${path}`, { field: '--config', wayOut, cause })
  }
}

function parseFile(text: string, path: string): Record<string, unknown> {
  try {
    return parseToml(text)
  } catch (cause) {
    if (!(cause instanceof TomlError)) throw cause
    const message = `${path}:${cause.line}:${cause.column} is not TOML: ${cause.message.split('\n')[0]}`
    throw new Problem('invalid_config', message, { field: path, wayOut: 'Mend that line.', cause })
  }
}

/** Own names win over aliases; `NAME_FILE` reads the value from a file, as containers hand over secrets. */
function fromEnvironment(env: ConfigInput['env']): Settings {
  const names = [
    ...Object.entries(ALIASES),
    ...configOptions().map(({ path }) => [environmentName(path), path] as const),
  ]
  const settings: Settings = new Map()
  for (const [name, path] of names) {
    const file = env[`${name}_FILE`]
    const value = file ? readOptional(file, true)?.trim() : env[name]
    if (value) settings.set(path, { value, source: file ? `${name}_FILE` : name })
  }
  return settings
}

function fromFlags(flags: Readonly<Record<string, string | undefined>>): Settings {
  const given = Object.entries(flags).filter(([, value]) => value !== undefined)
  return new Map(given.map(([path, value]) => [path, { value, source: 'flag' }]))
}

/** `{ 'http.port': 1 }` → `{ http: { port: 1 } }`, with every section present. */
function nested(settings: Settings): object {
  const root: Record<string, unknown> = {}
  for (const { path } of configOptions()) if (path.includes('.')) root[section(path)] ??= {}
  for (const [path, { value }] of settings) {
    const [name, key] = path.split('.') as [string, string?]
    if (key === undefined) root[name] = value
    else root[name] = { ...(root[name] as object), [key]: value }
  }
  return root
}

const section = (path: string): string => path.slice(0, path.indexOf('.'))

function invalid(error: z.ZodError, settings: Settings): Problem {
  const issue = error.issues[0]
  const unknown = issue?.code === 'unrecognized_keys' ? issue.keys[0] : undefined
  const path = [...(issue?.path ?? []), ...(unknown ? [unknown] : [])].join('.')
  const source = settings.get(path)?.source ?? 'default'
  const wayOut = 'See `quorate config show --sources`.'
  const message = unknown ? 'no such option' : (issue?.message ?? 'is not valid')
  return new Problem('invalid_config', `${path} (set by ${source}): ${message}`, { field: path, wayOut })
}

/** Relative folders count from where the command was run. */
function absolute(config: Config, cwd: string): Config {
  const dataDir = resolve(cwd, config.data_dir)
  const dir = resolve(cwd, config.blobs.dir ?? resolve(dataDir, 'blobs'))
  return { ...config, data_dir: dataDir, blobs: { ...config.blobs, dir } }
}
