export * from './builds.ts'
export * from './node.ts'
export * from './problem.ts'
export * from './workers.ts'
