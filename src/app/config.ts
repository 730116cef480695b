import { z } from 'zod'
import { parseDuration, parseSize, type Result, Secret } from '../kernel/index.ts'

/** Reads text through a kernel parser; numbers are taken as the base unit. */
const unit = (parse: (text: string) => Result<number>) =>
  z.union([z.number(), z.string()]).transform((input, context) => {
    if (typeof input === 'number') return input
    const parsed = parse(input)
    if (parsed.ok) return parsed.value
    context.addIssue({ code: 'custom', message: parsed.message ?? parsed.reason })
    return z.NEVER
  })

const duration = unit(parseDuration).pipe(z.number().int().min(1))
const size = unit(parseSize).pipe(z.number().int().min(0))
const secret = z.string().transform((text) => new Secret(text))
const postgresUrl = z
  .string()
  .regex(/^postgres(ql)?:\/\//, 'must start with postgres://')
  .transform((text) => new Secret(text))

/**
 * Every setting of a node, with its default. Durations are milliseconds and
 * sizes bytes once read; written they are `30s`, `5m`, `500MB`.
 */
export const ConfigSchema = z.strictObject({
  data_dir: z.string().min(1).default('.quorate').describe('Folder of everything the node keeps'),
  api_key: secret
    .refine((key) => key.reveal().length >= 16, 'must have at least 16 characters')
    .optional()
    .describe('Admin key to install at start; without it the first start makes one'),
  http: z.strictObject({
    host: z.string().min(1).default('127.0.0.1').describe('Address to listen on; 0.0.0.0 for all'),
    port: z.coerce.number().int().min(0).max(65_535).default(4000).describe('Port to listen on; 0 picks one'),
    trust_proxy: z.string().optional().describe('CIDR list of reverse proxies whose forwarded headers count'),
  }),
  database: z.strictObject({
    url: postgresUrl.optional().describe('PostgreSQL 13 or newer; without it an embedded one is started'),
    pool_max: z.coerce.number().int().min(2).max(500).default(10).describe('Most connections of this node'),
    statement_timeout: duration.default(30_000).describe('Longest time one statement may take'),
    migrate: z.enum(['auto', 'check']).default('auto').describe('Whether a start migrates an older schema'),
  }),
  blobs: z.strictObject({
    dir: z.string().min(1).optional().describe('Folder of uploaded files; default <data_dir>/blobs'),
    quota: size.optional().describe('Most bytes that all uploaded files may take together'),
    min_free: size.default(256 * 1024 ** 2).describe('Uploads are refused when less disk than this is free'),
  }),
  builds: z.strictObject({
    source_max: size.default(2 * 1024 ** 3).describe('Largest source upload'),
    artifact_max: size.default(2 * 1024 ** 3).describe('Largest artefact upload'),
    start_grace: duration.default(600_000).describe('Time from assignment to a worker’s first sign of life'),
    silence: duration.default(300_000).describe('Silence after which a building worker counts as lost'),
    sweep: duration.default(1_000).describe('Pause between two searches for lost builds'),
    attempts_max: z.coerce
      .number()
      .int()
      .min(1)
      .max(100)
      .default(3)
      .describe('Attempts before a lost build fails'),
    base_image: z.string().optional().describe('Base image that workers with virtual machines shall use'),
  }),
  log: z.strictObject({
    level: z
      .enum(['debug', 'info', 'warn', 'error', 'silent'])
      .default('info')
      .describe('Least level logged'),
    format: z
      .enum(['auto', 'json', 'text'])
      .default('auto')
      .describe('JSON lines or text; auto: text on a terminal'),
  }),
})

/** The settings of one node, read and checked. */
export type Config = z.output<typeof ConfigSchema>

/** Environment variables of other systems that set the same thing. */
export const ALIASES: Readonly<Record<string, string>> = {
  PORT: 'http.port',
  DATABASE_URL: 'database.url',
  CONTROLLER_API_KEY: 'api_key',
  STORAGE_ROOT: 'blobs.dir',
  POOL_SIZE: 'database.pool_max',
  BASE_IMAGE_ID: 'builds.base_image',
}

/** `http.port` and `QUORATE_HTTP_PORT` name the same option. */
export function environmentName(path: string): string {
  return `QUORATE_${path.replaceAll('.', '_').toUpperCase()}`
}

/** One line of documentation per option. */
export interface ConfigOption {
  readonly path: string
  readonly description: string
}

/** All options, in the order in which they are documented. */
export function configOptions(): readonly ConfigOption[] {
  return Object.entries(ConfigSchema.shape).flatMap(([name, schema]) =>
    schema instanceof z.ZodObject
      ? Object.entries(schema.shape).map(([key, leaf]) => described(`${name}.${key}`, leaf as z.ZodType))
      : [described(name, schema)],
  )
}

/** JSON Schema of `quorate.toml`. */
export function configJsonSchema(): object {
  return z.toJSONSchema(ConfigSchema, { io: 'input', unrepresentable: 'any' })
}

const described = (path: string, schema: z.ZodType): ConfigOption => ({
  path,
  description: schema.description ?? '',
})
