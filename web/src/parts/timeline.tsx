import type { BuildView } from '../../../src/contract/index.ts'
import { Ago, Span } from './time.tsx'

type StepState = 'done' | 'now' | 'later' | 'bad'

/** The three moments of a build, joined by how long it waited and ran. */
export function Timeline({ build }: { readonly build: BuildView }) {
  const { submitted_at: submitted, started_at: started, finished_at: finished } = build
  return (
    <section class="panel timeline" aria-label="Timeline">
      <ol class="steps-line">
        <Step name="Submitted" at={submitted} state="done" />
        <Stretch
          words={['waiting', 'waited']}
          from={submitted}
          to={started ?? finished}
          running={started === null}
        />
        <Step name={started ? 'Started' : 'Start'} at={started} state={startState(build)} />
        <Stretch words={['running', 'ran']} from={started} to={finished} running={finished === null} />
        <Step name={finished ? endWord(build) : 'End'} at={finished} state={endState(build)} />
      </ol>
      <Progress build={build} />
    </section>
  )
}

function Step({
  name,
  at,
  state,
}: {
  readonly name: string
  readonly at: string | null
  readonly state: StepState
}) {
  return (
    <li class={`step step-${state}`}>
      <span class="step-mark" />
      <span class="step-name">{name}</span>
      <span class="step-time muted">{at ? <Ago at={at} /> : '\u00a0'}</span>
    </li>
  )
}

interface StretchProps {
  /** While it lasts, and afterwards. */
  readonly words: readonly [string, string]
  readonly from: string | null
  readonly to: string | null
  readonly running: boolean
}

function Stretch({ words, from, to, running }: StretchProps) {
  return (
    <li class={`stretch ${running ? 'stretch-open' : ''}`}>
      {from && (
        <span class="muted">
          {words[running ? 0 : 1]} <Span from={from} to={to} />
        </span>
      )}
    </li>
  )
}

function Progress({ build }: { readonly build: BuildView }) {
  if (build.finished_at !== null || build.started_at === null) return null
  const known = build.progress !== null
  return (
    <div class="progress">
      <progress max={100} value={known ? (build.progress ?? 0) : undefined} aria-label="Progress" />
      <span class="muted small">{known ? `${Math.round(build.progress ?? 0)} %` : 'running'}</span>
    </div>
  )
}

function startState(build: BuildView): StepState {
  if (build.started_at !== null) return 'done'
  return build.finished_at === null ? 'now' : 'later'
}

function endState(build: BuildView): StepState {
  if (build.finished_at === null) return build.started_at === null ? 'later' : 'now'
  return build.state === 'completed' ? 'done' : 'bad'
}

function endWord(build: BuildView): string {
  return build.state === 'completed' ? 'Completed' : build.state === 'cancelled' ? 'Cancelled' : 'Failed'
}
