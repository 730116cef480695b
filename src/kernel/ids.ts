import { randomBytes } from 'node:crypto'

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const ID_LENGTH = 21

/** Source of random bytes, handed in where a test must foresee them. */
export type RandomBytes = (count: number) => Uint8Array

/**
 * A new 21-character id of letters and digits (125 bits): safe in URLs, file
 * names and command lines, never starting with a dash.
 */
export function newId(random: RandomBytes = randomBytes): string {
  let id = ''
  while (id.length < ID_LENGTH) {
    for (const byte of random(ID_LENGTH * 2)) {
      if (byte < 248 && id.length < ID_LENGTH) id += ALPHABET[byte % 62]
    }
  }
  return id
}

/** A new secret token: 32 random bytes as 43 base64url characters. */
export function newToken(random: RandomBytes = randomBytes): string {
  return Buffer.from(random(32)).toString('base64url')
}

/** True for ids that may appear in a path: 1 to 64 of `A-Z a-z 0-9 _ -`. */
export function isId(text: string): boolean {
  return /^[A-Za-z0-9_-]{1,64}$/.test(text)
}
