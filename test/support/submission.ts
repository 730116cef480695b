import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, vi } from 'vitest'
import { writeZip } from '../../src/archive/index.ts'
import type { Client } from '../../src/client/index.ts'
import type { BuildState, BuildView, SubmitReply } from '../../src/contract/index.ts'
import { scratch } from './processes.ts'

/** Long enough for a busy machine; a test that works waits a fraction of it. */
export const PATIENCE = { timeout: 60_000, interval: 50 }

/** Writes a zip of the given files and returns its path. */
export async function zipOf(files: Readonly<Record<string, string>>): Promise<string> {
  const path = join(await scratch(), 'source.zip')
  const sources = Object.entries(files).map(([name, text]) => ({
    name,
    executable: false,
    open: async function* () {
      yield Buffer.from(text)
    },
  }))
  await writeZip(path, sources, { compress: true })
  return path
}

/** Submits a project of a few files for `linux`. */
export async function submitFiles(
  client: Client,
  files: Readonly<Record<string, string>>,
): Promise<SubmitReply> {
  const path = await zipOf(files)
  const { size: bytes } = await stat(path)
  return client.builds.submit({
    platform: 'linux',
    source: { name: 'source.zip', bytes, content: createReadStream(path) },
  })
}

/** Waits until the build is in this state. */
export async function reaches(client: Client, id: string, state: BuildState): Promise<BuildView> {
  return vi.waitFor(async () => {
    const build = await client.builds.get(id)
    expect(build.state).toBe(state)
    return build
  }, PATIENCE)
}

/** The text of a finished build's artefact. */
export async function artifactText(client: Client, id: string): Promise<string> {
  const { content } = await client.builds.download(id)
  return new Response(content).text()
}
