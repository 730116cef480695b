import { timeOfDay } from '../format.ts'
import type { Minute } from '../throughput.ts'

const WIDTH = 600
const HEIGHT = 64
const GAP = 2

/** One bar a minute for the last hour, what failed on top of what completed. */
export function ThroughputChart({ minutes }: { readonly minutes: readonly Minute[] }) {
  const most = Math.max(1, ...minutes.map((minute) => minute.completed + minute.failed))
  const step = WIDTH / minutes.length
  return (
    <svg class="chart" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
      <line class="chart-base" x1="0" x2={WIDTH} y1={HEIGHT - 0.5} y2={HEIGHT - 0.5} />
      {minutes.map((minute, at) => (
        <Bar
          key={minute.startMs}
          minute={minute}
          x={at * step}
          width={step - GAP}
          scale={(HEIGHT - 4) / most}
        />
      ))}
    </svg>
  )
}

interface BarProps {
  readonly minute: Minute
  readonly x: number
  readonly width: number
  readonly scale: number
}

function Bar({ minute, x, width, scale }: BarProps) {
  const { completed, failed, startMs } = minute
  if (completed + failed === 0) return null
  const done = completed * scale
  const bad = failed * scale
  return (
    <g>
      <title>{`${timeOfDay(startMs)}: ${completed} completed, ${failed} failed`}</title>
      <rect class="bar-completed" x={x} y={HEIGHT - done} width={width} height={done} />
      <rect class="bar-failed" x={x} y={HEIGHT - done - bad} width={width} height={bad} />
    </g>
  )
}
