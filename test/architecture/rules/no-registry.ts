import type { Rule } from '../rule.ts'

const HOST_IN_LOCKFILE = /"resolved":\s*"(https?|git\+)/
const HOST_IN_NPMRC = /^\s*(@[^:]+:)?registry\s*=/m

/** The project installs from whatever registry the machine is set up with. */
export const noRegistry: Rule = {
  name: 'no registry hosts',
  check: (tree) =>
    [
      { file: 'package-lock.json', host: HOST_IN_LOCKFILE },
      { file: 'web/package-lock.json', host: HOST_IN_LOCKFILE },
      { file: '.npmrc', host: HOST_IN_NPMRC },
      { file: 'web/.npmrc', host: HOST_IN_NPMRC },
    ]
      .filter(({ file, host }) => host.test(tree.get(file) ?? ''))
      .map(({ file }) => ({
        file,
        message: 'names the registry it was made with',
        wayOut: 'keep omit-lockfile-registry-resolved=true in .npmrc and run npm install again',
      })),
}
