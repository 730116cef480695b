/**
 * `npm run bench -- <name>`: answers the questions of `bench/<name>.bench.ts`
 * and writes the answers, with facts about the machine, to `bench/results/`.
 */
import { execFile } from 'node:child_process'
import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { availableParallelism, cpus, totalmem } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { type Answer, answer, type Bench } from './harness.ts'

const FOLDER = import.meta.dirname
const [name, question, contender] = process.argv.slice(2)

if (name === undefined) await listBenches()
else if (question === undefined) await runBench(name)
else await takeSample(await load(name), Number(question), Number(contender))

async function listBenches(): Promise<void> {
  const files = await readdir(FOLDER)
  console.log('npm run bench -- <name>, with one of:')
  for (const file of files)
    if (file.endsWith('.bench.ts')) console.log(`  ${file.slice(0, -'.bench.ts'.length)}`)
}

async function load(bench: string): Promise<Bench> {
  const module = (await import(`./${bench}.bench.ts`)) as { readonly bench: Bench }
  return module.bench
}

async function runBench(bench: string): Promise<void> {
  const { about, rounds, isolated, questions, teardown } = await load(bench)
  console.log(`${about}\n`)
  const answers: Answer[] = []
  for (const [index, asked] of questions.entries()) {
    const sample = async (side: number): Promise<number> =>
      isolated ? isolatedSample(bench, index, side) : (asked.contenders[side]?.sample() ?? Number.NaN)
    const found = await answer(asked, rounds, sample)
    answers.push(found)
    print(found)
  }
  await teardown?.()
  await mkdir(join(FOLDER, 'results'), { recursive: true })
  const text = JSON.stringify({ bench, machine: machine(), rounds, answers }, null, 2)
  await writeFile(join(FOLDER, 'results', `${bench}.json`), `${text}\n`)
}

/** The sample is the last line that the process prints. */
async function isolatedSample(bench: string, index: number, side: number): Promise<number> {
  const args = ['--import', 'tsx', '--expose-gc', import.meta.filename, bench, String(index), String(side)]
  const { stdout } = await promisify(execFile)(process.execPath, args)
  return Number(stdout.trim().split('\n').at(-1))
}

async function takeSample({ questions, teardown }: Bench, index: number, side: number): Promise<void> {
  const sample = await questions[index]?.contenders[side]?.sample()
  await teardown?.()
  console.log(sample)
}

function machine() {
  const { model = 'unknown' } = cpus()[0] ?? {}
  return {
    cpu: model,
    cores: availableParallelism(),
    memory_gb: Math.round(totalmem() / 1024 ** 3),
    node: process.version,
    platform: `${process.platform}-${process.arch}`,
  }
}

function print({ title, unit, target, note, contenders }: Answer): void {
  console.log(`${title} (${unit}${target === undefined ? '' : `; target ${figure(target)}`})`)
  for (const { name: who, median, min, max, ratio } of contenders) {
    const range = `${figure(min)} to ${figure(max)}`
    console.log(
      `  ${who.padEnd(34)} ${figure(median).padStart(10)}  (${range})  ours/this ${ratio.toFixed(2)}`,
    )
  }
  console.log(note === undefined ? '' : `  ${note}\n`)
}

function figure(value: number): string {
  if (Math.abs(value) >= 1e6) return `${(value / 1e6).toFixed(2)} M`
  if (Math.abs(value) >= 1e4) return `${(value / 1e3).toFixed(1)} k`
  return Math.abs(value) >= 100 ? value.toFixed(0) : value.toPrecision(3)
}
