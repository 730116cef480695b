import type { Host } from './process.ts'

/** A message as the runtime hands it over: frozen where the runtime freezes. */
export function handedOver<T>(host: Host, message: T): T {
  if (host.freezesMessages) freeze(message)
  return message
}

/** Plain data all the way down; what has a class of its own looks after itself. */
function freeze(value: unknown): void {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value) || !isPlain(value)) return
  Object.freeze(value)
  for (const part of Object.values(value)) freeze(part)
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value)
  return Array.isArray(value) || prototype === Object.prototype || prototype === null
}
