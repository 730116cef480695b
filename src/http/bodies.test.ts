import { expect, test } from 'vitest'
import { escapeControlCharacters } from './bodies.ts'

test('control characters inside strings are escaped, so that careless JSON can be read', () => {
  const careless = '{\n\t"message": "tab\there, escape \u001b[31m, \\"quoted\\", line\nbreak"\n}'
  expect(JSON.parse(escapeControlCharacters(careless))).toEqual({
    message: 'tab\there, escape \u001b[31m, "quoted", line\nbreak',
  })
})

test('valid JSON means the same afterwards', () => {
  const value = { a: ['\\', '"', '\n', '\u0000', 'ü', ''], b: { c: null } }
  expect(JSON.parse(escapeControlCharacters(JSON.stringify(value, null, 2)))).toEqual(value)
})
