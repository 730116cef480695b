import { count, span, timeOfDay } from '../format.ts'
import { lastHour, partial } from '../history.ts'
import { workers } from '../live.ts'
import { ThroughputChart } from './throughput-chart.tsx'

/** What ended in the last hour, in figures and minute by minute. */
export function LastHour() {
  const { minutes, completed, failed, medianMs } = lastHour.value
  const online = [...workers.value.values()].filter((worker) => worker.status !== 'offline').length
  return (
    <section class="panel hour" aria-label="The last hour">
      <dl class="figures">
        <Figure name="Completed in the last hour" value={count(completed)} />
        <Figure name="Failed" value={count(failed)} bad={failed > 0} />
        <Figure name="Median run" value={medianMs === undefined ? '–' : span(medianMs)} />
        <Figure name="Workers online" value={count(online)} />
      </dl>
      <div class="hour-chart">
        <ThroughputChart minutes={minutes} />
        <p class="axis muted" aria-hidden="true">
          <span>{timeOfDay(minutes[0]?.startMs ?? 0).slice(0, 5)}</span>
          {partial.value && <span>counted from the newest 1,000 builds</span>}
          <span>now</span>
        </p>
      </div>
    </section>
  )
}

interface FigureProps {
  readonly name: string
  readonly value: string
  readonly bad?: boolean
}

function Figure({ name, value, bad = false }: FigureProps) {
  return (
    <div class="figure">
      <dt>{name}</dt>
      <dd class={bad ? 'bad' : undefined}>{value}</dd>
    </div>
  )
}
