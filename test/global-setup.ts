import type { TestProject } from 'vitest/node'
import { InfraBroker } from './support/infra-broker.ts'

/** Offers servers to the tests of a project; one is started when a test first asks. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const broker = new InfraBroker({
    databaseUrl: process.env['TEST_DATABASE_URL'],
    binDir: process.env['TEST_POSTGRES_BIN'],
  })
  project.provide('infra', await broker.open())
  project.provide('infraRequired', process.env['REQUIRE_INFRA'] === '1')
  return async () => console.log(`[${project.name}] ${await broker.close()}`)
}
