import type { Command } from 'commander'
import type { LoadedConfig } from '../app/index.ts'
import type { Shell } from './shell.ts'

/** The flags that name options of the configuration; the rest is in `quorate.toml` and the environment. */
export interface ConfigFlags {
  readonly config?: string
  readonly dataDir?: string
  readonly databaseUrl?: string
  readonly host?: string
  readonly port?: string
  readonly logLevel?: string
  readonly logFormat?: string
}

/** Adds the flags that say which node is meant. */
export function withConfig(command: Command): Command {
  return command
    .option('-c, --config <file>', 'configuration file (default: quorate.toml, if there is one)')
    .option('--data-dir <folder>', 'folder of everything the node keeps (default: .quorate)')
    .option('--database-url <url>', 'a PostgreSQL server instead of the embedded one')
}

/** Adds the flags of a node that listens. */
export function withListening(command: Command): Command {
  return withConfig(command)
    .option('--host <address>', 'address to listen on (default: 127.0.0.1)')
    .option('-p, --port <number>', 'port to listen on, 0 picks one (default: 4000)')
    .option('--log-level <level>', 'debug, info, warn, error or silent')
    .option('--log-format <format>', 'json, text or auto')
}

/**
 * Reads defaults < file < environment < flags. Rejects with `invalid_config`.
 *
 * Commands load the server's rooms when they run, so that client commands start twice as fast.
 */
export async function configOf(flags: ConfigFlags, { cwd, env }: Shell): Promise<LoadedConfig> {
  const { loadConfig } = await import('../app/index.ts')
  return loadConfig({
    cwd,
    env,
    file: flags.config,
    flags: {
      data_dir: flags.dataDir,
      'database.url': flags.databaseUrl,
      'http.host': flags.host,
      'http.port': flags.port,
      'log.level': flags.logLevel,
      'log.format': flags.logFormat,
    },
  })
}
