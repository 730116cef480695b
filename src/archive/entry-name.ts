/** Longest name of an entry, in UTF-16 units; deeper trees are hostile or broken. */
const NAME_MAX = 1024

/**
 * Says what makes an entry's name unsafe to create below a folder, or nothing.
 *
 * Only plain relative paths pass: no root, no drive, no backslash, no control
 * character, no empty part, no `.` and no `..`. A folder's name ends with `/`.
 */
export function entryNameFault(name: string): string | undefined {
  const path = name.endsWith('/') ? name.slice(0, -1) : name
  if (path === '') return 'has an empty name'
  if (name.length > NAME_MAX) return 'has a name that is too long'
  if (path.startsWith('/') || /^[A-Za-z]:/.test(path)) return 'has an absolute name'
  if (path.includes('\\')) return 'has a backslash in its name'
  if (hasControlCharacter(path)) return 'has a control character in its name'
  const parts = path.split('/')
  return parts.some((part) => part === '' || part === '.' || part === '..')
    ? 'has a name that leaves or bends its folder'
    : undefined
}

const hasControlCharacter = (text: string): boolean =>
  [...text].some((character) => character < ' ' || character === '\u007f')
