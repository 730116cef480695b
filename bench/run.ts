/**
 * `npm run bench -- <name>`: answers the questions of `bench/<name>.bench.ts`
 * and writes the answers, with facts about the machine, to `bench/results/`.
 * `npm run bench -- <name> --only <words>` asks the questions whose titles hold
 * the words, and writes nothing.
 */
import { execFile } from 'node:child_process'
import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { register } from 'node:module'
import { availableParallelism, cpus, loadavg, totalmem } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { build } from '../scripts/build.mjs'
import { figure } from './figure.ts'
import { type Answer, answer, type Bench, type Question } from './harness.ts'
import { RESULTS, type Result } from './result.ts'

const FOLDER = import.meta.dirname
const [name, question, contender] = process.argv.slice(2)

if (name === undefined) await listBenches()
else if (question === undefined) await runBench(name, '')
else if (question === '--only') await runBench(name, contender ?? '')
else await takeSample(await load(name), Number(question), Number(contender))

async function listBenches(): Promise<void> {
  const files = await readdir(FOLDER)
  console.log('npm run bench -- <name>, with one of:')
  for (const file of files)
    if (file.endsWith('.bench.ts')) console.log(`  ${file.slice(0, -'.bench.ts'.length)}`)
}

async function load(bench: string): Promise<Bench> {
  register('./compiled.mjs', import.meta.url)
  const module = (await import(`./${bench}.bench.ts`)) as { readonly bench: Bench }
  return module.bench
}

async function runBench(bench: string, only: string): Promise<void> {
  const { problem } = await build()
  if (problem !== undefined) throw new Error(problem)
  const { about, rounds, isolated, questions, absent = [], teardown } = await load(bench)
  console.log(`${about}\n`)
  const answers: (Answer & { readonly load: number })[] = []
  for (const [index, asked] of questions.entries()) {
    if (!asked.title.includes(only)) continue
    const sample = (side: number): Promise<number> =>
      isolated ? survivingSample(bench, index, side) : sampleOf(asked, side)
    const found = await answer(asked, rounds, sample)
    answers.push({ ...found, load: load1() })
    print({ ...found, absent: [...(asked.absent ?? []), ...absent] })
  }
  await teardown?.()
  if (only === '') await store({ bench, about, machine: machine(), rounds, absent, answers })
}

async function store(result: Result): Promise<void> {
  await mkdir(RESULTS, { recursive: true })
  await writeFile(join(RESULTS, `${result.bench}.json`), `${JSON.stringify(result, null, 2)}\n`)
}

/** A rival that crashes loses its sample, not everybody's answers; ours may not crash. */
async function survivingSample(bench: string, index: number, side: number): Promise<number> {
  try {
    return await isolatedSample(bench, index, side)
  } catch (error) {
    if (side === 0) throw error
    const why = /^\w*Error: .*$/m.exec((error as { stderr?: string }).stderr ?? '')?.[0] ?? String(error)
    console.log(`  a sample of contender ${side} crashed: ${why}`)
    return Number.NaN
  }
}

/** The sample is the last line that the process prints. */
async function isolatedSample(bench: string, index: number, side: number): Promise<number> {
  const args = ['--import', 'tsx', '--expose-gc', import.meta.filename, bench, String(index), String(side)]
  const { stdout } = await promisify(execFile)(process.execPath, args)
  return Number(stdout.trim().split('\n').at(-1))
}

async function takeSample({ questions, teardown }: Bench, index: number, side: number): Promise<void> {
  const sample = await sampleOf(questions[index], side)
  await teardown?.()
  console.log(sample)
}

async function sampleOf(asked: Question | undefined, side: number): Promise<number> {
  return (await asked?.contenders[side]?.sample()) ?? Number.NaN
}

function machine(): Result['machine'] {
  const { model = 'unknown' } = cpus()[0] ?? {}
  return {
    cpu: model,
    cores: availableParallelism(),
    memory_gb: Math.round(totalmem() / 1024 ** 3),
    node: process.version,
    platform: `${process.platform}-${process.arch}`,
  }
}

/** Processes that wanted a core during the last minute; one of them was ours. */
function load1(): number {
  return Math.round((loadavg()[0] ?? Number.NaN) * 10) / 10
}

function print({ title, unit, target, note, contenders, references = [], absent = [] }: Answer): void {
  console.log(`${title} (${unit}${target === undefined ? '' : `; target ${figure(target)}`})`)
  const ours = contenders[0]?.median ?? Number.NaN
  for (const { name: who, note: remark, median, min, max, ratio } of contenders)
    line(who, median, `${ratio.toFixed(2)}  (${figure(min)} to ${figure(max)})`, remark)
  for (const { name: who, value } of references)
    line(who, value, (ours / value).toFixed(2), 'not in this run')
  for (const { name: who, because } of absent) console.log(`  ${who.padEnd(24)} absent: ${because}`)
  console.log(`${note === undefined ? '' : `  ${note}\n`}  load of the machine: ${load1()}\n`)
}

function line(who: string, value: number, rest: string, remark = ''): void {
  console.log(
    `  ${who.padEnd(24)} ${figure(value).padStart(8)}  ours/this ${rest.padEnd(30)} ${remark}`.trimEnd(),
  )
}
