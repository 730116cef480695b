/** One side of a comparison. */
export interface Contender {
  readonly name: string
  /** Takes one sample, in the question's unit. */
  readonly sample: () => Promise<number> | number
  /** What a reader must know to judge this one's number. */
  readonly note?: string | undefined
}

/** Somebody who should be here, and why not. */
export interface Absent {
  readonly name: string
  readonly because: string
}

/** A number that was measured elsewhere: shown beside ours, for what it is worth. */
export interface Reference {
  readonly name: string
  readonly value: number
}

/** One thing to find out; the first contender is ours. */
export interface Question {
  readonly title: string
  readonly unit: string
  /** Whether a larger number is the better one. */
  readonly better: 'more' | 'less'
  /** What we promise for ours, in the unit. */
  readonly target?: number | undefined
  /** Says what a single number cannot, below the table. */
  readonly note?: string | undefined
  readonly references?: readonly Reference[] | undefined
  readonly absent?: readonly Absent[] | undefined
  readonly contenders: readonly [Contender, ...Contender[]]
}

/** What a file `bench/<name>.bench.ts` exports as `bench`. */
export interface Bench {
  /** The question in a sentence, and what is fair or unfair about the comparison. */
  readonly about: string
  /** Samples of each contender, taken in turns; the median counts. */
  readonly rounds: number
  /** Each sample in a process of its own, so that no contender inherits another's compiled code or heap. */
  readonly isolated: boolean
  /** Who takes part in no question at all. */
  readonly absent?: readonly Absent[] | undefined
  readonly questions: readonly Question[]
  readonly teardown?: () => Promise<void>
}

/** Samples of one contender and what they come to. */
export interface Measured extends Pick<Contender, 'name' | 'note'> {
  readonly median: number
  readonly min: number
  readonly max: number
  /** Ours divided by this one's; above 1 we are ahead where more is better. */
  readonly ratio: number
}

/** A question with its answer. */
export interface Answer extends Omit<Question, 'contenders'> {
  readonly contenders: readonly Measured[]
}

/** Takes `rounds` samples of every contender in turns: what slows the machine down slows all down. */
export async function answer(
  question: Question,
  rounds: number,
  sample: (contender: number) => Promise<number>,
): Promise<Answer> {
  const samples = question.contenders.map((): number[] => [])
  for (let round = 0; round < rounds; round += 1) {
    for (const [index, taken] of samples.entries()) taken.push(await sample(index))
  }
  const ours = median(samples[0] ?? [])
  const contenders = question.contenders.map((side, index) => measured(side, samples[index] ?? [], ours))
  return { ...question, contenders }
}

/** What crashed gave no number, and does not count. */
function measured({ name, note }: Contender, taken: readonly number[], ours: number): Measured {
  const samples = taken.filter((sample) => !Number.isNaN(sample))
  const middle = median(samples)
  return {
    name,
    note,
    median: middle,
    min: Math.min(...samples),
    max: Math.max(...samples),
    ratio: ours / middle,
  }
}

/** The middle of the sorted values. */
export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
}

/** Runs `work` once and returns how many of `count` things a second that was. */
export async function perSecond(count: number, work: () => unknown): Promise<number> {
  const startedMs = performance.now()
  await work()
  return (count / (performance.now() - startedMs)) * 1_000
}
