/** `npm run bench:readme`: writes the results in `bench/results/` into the README, between the marks. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { withFigures } from './figures-table.ts'
import { RESULTS, type Result } from './result.ts'

const README = fileURLToPath(new URL('../README.md', import.meta.url))

const results = readdirSync(RESULTS)
  .filter((file) => file.endsWith('.json'))
  .map((file) => JSON.parse(readFileSync(join(RESULTS, file), 'utf8')) as Result)
writeFileSync(README, withFigures(readFileSync(README, 'utf8'), results))
console.log(`the README shows: ${results.map(({ bench }) => bench).join(', ')}`)
