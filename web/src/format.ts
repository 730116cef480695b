const SECOND = 1_000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/** How long ago something was: `now`, `12 s ago`, `3 min ago`, `2 h ago`, `5 d ago`. */
export function ago(atMs: number, nowMs: number): string {
  const ms = nowMs - atMs
  if (ms < SECOND) return 'now'
  if (ms < MINUTE) return `${Math.floor(ms / SECOND)} s ago`
  if (ms < HOUR) return `${Math.floor(ms / MINUTE)} min ago`
  return ms < 2 * DAY ? `${Math.floor(ms / HOUR)} h ago` : `${Math.floor(ms / DAY)} d ago`
}

/** A span of time in its two largest units: `0 s`, `42 s`, `3 m 05 s`, `2 h 10 m`, `3 d 4 h`. */
export function span(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / SECOND))
  if (seconds < 60) return `${seconds} s`
  const minutes = Math.floor(seconds / 60)
  if (minutes < 60) return `${minutes} m ${twoDigits(seconds % 60)} s`
  const hours = Math.floor(minutes / 60)
  return hours < 24
    ? `${hours} h ${twoDigits(minutes % 60)} m`
    : `${Math.floor(hours / 24)} d ${hours % 24} h`
}

/** Bytes with 1 KB = 1024 B: `0 B`, `1.5 KB`, `310 MB`. */
export function size(bytes: number): string {
  const units = ['B', 'KB', 'MB', 'GB', 'TB']
  let amount = bytes
  let unit = 0
  while (amount >= 1024 && unit < units.length - 1) {
    amount /= 1024
    unit += 1
  }
  return `${unit === 0 || amount >= 100 ? Math.round(amount) : amount.toFixed(1)} ${units[unit]}`
}

/** A whole number with thousands set apart: `12,345`. */
export function count(amount: number): string {
  return amount.toLocaleString('en')
}

/** A moment in full, in the reader's own zone, for the tooltip of a relative time. */
export function moment(atMs: number): string {
  return new Date(atMs).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'medium' })
}

/** The time of day, `14:03:27`. */
export function timeOfDay(atMs: number): string {
  return new Date(atMs).toLocaleTimeString(undefined, { hour12: false })
}

function twoDigits(amount: number): string {
  return String(amount).padStart(2, '0')
}
