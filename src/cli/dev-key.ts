import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { newToken } from '../kernel/index.ts'

/** The key of a node to play with: made once, kept beside its data, readable by its owner only. */
export async function devKey(dataDir: string): Promise<string> {
  const path = join(dataDir, 'dev-key')
  const known = await readFile(path, 'utf8').catch(() => '')
  if (known !== '') return known.trim()
  const key = `qk_${newToken()}`
  // Others may pass through: a root user's database runs as somebody else.
  await mkdir(dataDir, { recursive: true, mode: 0o711 })
  await writeFile(path, `${key}\n`, { mode: 0o600 })
  return key
}
