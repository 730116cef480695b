/**
 * `npm run kpis`: what we keep small by habit, per room; `npm run kpis -- otp` looks
 * at one room only. A report and not a gate: whoever has a reason may be above.
 */
import { join } from 'node:path'
import ts from 'typescript'
import { ROOT } from '../test/architecture/tree.ts'
import { kpisOf } from '../test/kpis/kpis.ts'
import { report } from '../test/kpis/report.ts'

const [room] = process.argv.slice(2)
const { config } = ts.readConfigFile(join(ROOT, 'tsconfig.build.json'), (path) => ts.sys.readFile(path)) as {
  readonly config: unknown
}
const { fileNames, options } = ts.parseJsonConfigFileContent(config, ts.sys, ROOT)
const kpis = kpisOf(ts.createProgram(fileNames, { ...options, noEmit: true }), ROOT)
const asked = kpis.map((kpi) => ({
  ...kpi,
  measures: kpi.measures.filter((measure) => room === undefined || measure.room === room),
}))
console.log(report(asked))
