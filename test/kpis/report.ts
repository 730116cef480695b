import type { Kpi, Measure } from './kpis.ts'

const WORST = 3

/** A table a KPI: median and 90th percentile of each room beside the habit, and the worst places. */
export function report(kpis: readonly Kpi[]): string {
  return kpis.map(section).join('\n\n')
}

function section({ name, habit, measures }: Kpi): string {
  const rooms = [...new Set(measures.map(({ room }) => room))].sort()
  const rows = rooms.map((room) =>
    row(
      room,
      measures.filter((measure) => measure.room === room),
    ),
  )
  const worst = measures.toSorted((a, b) => b.value - a.value).slice(0, WORST)
  return [
    `${name} (habit: ${habit})`,
    `  ${'room'.padEnd(12)} ${'median'.padStart(7)} ${'p90'.padStart(5)} ${'most'.padStart(5)} ${'of'.padStart(6)}`,
    ...rows,
    ...(rooms.length > 1 ? [row('all', measures)] : []),
    ...worst
      .filter(({ value }) => value > habit)
      .map(({ place, value }) => `  ${String(value).padStart(3)}  ${place}`),
  ].join('\n')
}

function row(room: string, measures: readonly Measure[]): string {
  const values = measures.map(({ value }) => value).toSorted((a, b) => a - b)
  const [median, p90, most] = [percentile(values, 0.5), percentile(values, 0.9), percentile(values, 1)]
  const cells = [String(median).padStart(7), String(p90).padStart(5), String(most).padStart(5)]
  return `  ${room.padEnd(12)} ${cells.join(' ')} ${String(values.length).padStart(6)}`
}

/** The smallest value that is at least as large as this share of all; they come sorted. */
export function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN
}
