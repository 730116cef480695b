/** `npm run bench:figures`: writes the results in `bench/results/` into docs/reference/figures.md, between the marks. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { withFigures } from './figures-table.ts'
import { RESULTS, type Result } from './result.ts'

const PAGE = fileURLToPath(new URL('../docs/reference/figures.md', import.meta.url))

const results = readdirSync(RESULTS)
  .filter((file) => file.endsWith('.json'))
  .map((file) => JSON.parse(readFileSync(join(RESULTS, file), 'utf8')) as Result)
writeFileSync(PAGE, withFigures(readFileSync(PAGE, 'utf8'), results))
console.log(`the page shows: ${results.map(({ bench }) => bench).join(', ')}`)
