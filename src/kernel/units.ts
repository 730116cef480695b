import { err, ok, type Result } from './result.ts'

const DURATIONS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
}
const SIZES: Readonly<Record<string, number>> = {
  B: 1,
  KB: 1024,
  MB: 1024 ** 2,
  GB: 1024 ** 3,
  TB: 1024 ** 4,
}

/** Reads `250ms`, `30s`, `5m`, `2h`, `7d` as milliseconds. */
export function parseDuration(text: string): Result<number, 'invalid_duration'> {
  const ms = scaled(text, /^(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)$/, DURATIONS)
  return ms === undefined
    ? err('invalid_duration', `"${text}" is not a duration: write 250ms, 30s, 5m, 2h or 7d`)
    : ok(ms)
}

/** Reads `512B`, `10MB`, `1.5GB` as bytes (1 KB = 1024 B). */
export function parseSize(text: string): Result<number, 'invalid_size'> {
  const bytes = scaled(text, /^(\d+(?:\.\d+)?)\s*(B|KB|MB|GB|TB)$/, SIZES)
  return bytes === undefined
    ? err('invalid_size', `"${text}" is not a size: write 512B, 10MB or 1.5GB`)
    : ok(bytes)
}

/** Prints milliseconds as people say them: `450ms`, `12s`, `3m 5s`, `2h 10m`, `3d 4h`. */
export function formatDuration(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)}ms`
  const seconds = Math.floor(ms / 1_000)
  if (seconds < 60) return `${seconds}s`
  const minutes = Math.floor(seconds / 60)
  if (minutes < 60) return `${minutes}m ${seconds % 60}s`
  const hours = Math.floor(minutes / 60)
  return hours < 24 ? `${hours}h ${minutes % 60}m` : `${Math.floor(hours / 24)}d ${hours % 24}h`
}

/** Prints bytes with one decimal: `0 B`, `1.5 MB`. */
export function formatSize(bytes: number): string {
  const unit = Object.keys(SIZES).findLast((name) => bytes >= (SIZES[name] ?? 1)) ?? 'B'
  const amount = bytes / (SIZES[unit] ?? 1)
  return `${unit === 'B' ? amount : amount.toFixed(1)} ${unit}`
}

/** `1 file`, `2 files`. */
export function count(amount: number, noun: string): string {
  return `${amount} ${noun}${amount === 1 ? '' : 's'}`
}

function scaled(text: string, pattern: RegExp, units: Readonly<Record<string, number>>): number | undefined {
  const [, amount, unit] = pattern.exec(text.trim()) ?? []
  return amount === undefined || unit === undefined
    ? undefined
    : Math.round(Number(amount) * (units[unit] ?? 0))
}
