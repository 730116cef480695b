import { figure } from './figure.ts'
import type { Measured } from './harness.ts'
import type { Result } from './result.ts'

const BEGIN = '<!-- figures, written by npm run bench:figures -->'
const END = '<!-- end of figures -->'

type Row = Result['answers'][number]

/** The page with the results between its marks. */
export function withFigures(page: string, results: readonly Result[]): string {
  const [before, rest] = page.split(BEGIN)
  const after = rest?.split(END)[1]
  if (before === undefined || after === undefined) throw new Error(`no marks "${BEGIN}" and "${END}"`)
  return `${before}${BEGIN}\n${figuresTable(results)}\n${END}${after}`
}

/** The results as Markdown: what was asked, ours, what we promise, and the others beside it. */
function figuresTable(results: readonly Result[]): string {
  return results
    .toSorted((a, b) => a.bench.localeCompare(b.bench))
    .map((result) =>
      [heading(result), '', ...table(result.answers), '', ...remarks(result)].join('\n').trim(),
    )
    .join('\n\n')
}

function heading({ bench, about, rounds, machine, answers }: Result): string {
  const { cpu, cores, memory_gb: memoryGb, node, platform } = machine
  const loads = answers.map(({ load }) => load)
  const load = `load ${Math.min(...loads)} to ${Math.max(...loads)}`
  return `${about} \`npm run bench -- ${bench}\`, medians of ${rounds} rounds taken in turns, ${cpu}, ${cores} cores (${load}), ${memoryGb} GB, ${platform}, Node ${node}:`
}

function table(rows: readonly Row[]): readonly string[] {
  return [
    '| | ours | promised | beside it (× = ours is so many times better) |',
    '|---|---|---|---|',
    ...rows.map(row),
  ]
}

function row(answer: Row): string {
  const { title, unit, better, target, contenders, references = [] } = answer
  const [ours, ...others] = contenders
  const promised = target === undefined ? '' : `${better === 'more' ? '≥' : '≤'} ${figure(target)}`
  const beside = [
    ...others.map(({ name, median, ratio }) => side(name, median, ratio, better)),
    ...references.map(({ name, value }) => side(name, value, (ours?.median ?? Number.NaN) / value, better)),
  ]
  return `| ${title} | **${figure(ours?.median ?? Number.NaN)}** ${unit} | ${promised} | ${beside.join(' · ')} |`
}

/** A side that did nothing at all has no ratio. */
function side(name: string, value: number, ratio: number, better: Row['better']): string {
  const times = better === 'more' ? ratio : 1 / ratio
  const shown = Number.isFinite(times) ? ` (${figure(times)}×)` : ''
  return `${name} ${figure(value)}${shown}`
}

function remarks({ absent, answers }: Result): readonly string[] {
  const sides = answers.flatMap(({ contenders }) => contenders)
  const notes = sides.flatMap(({ name, note }: Measured) => (note === undefined ? [] : [`${name}: ${note}`]))
  const missing = [...absent, ...answers.flatMap((answer) => answer.absent ?? [])]
  const elsewhere = answers.some(({ references }) => references)
    ? ['BEAM: Erlang’s own processes on a machine of the same kind, not in this run']
    : []
  const lines = [
    ...notes,
    ...missing.map(({ name, because }) => `${name} is absent: ${because}`),
    ...elsewhere,
  ]
  return [...new Set(lines)].map((line) => `- ${line}`)
}
