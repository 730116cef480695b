export {
  blankDatabase,
  testDatabase,
} from './test-database.ts'
export { type TestFarm, testFarm } from './test-farm.ts'
export {
  type BareServer,
  type BareServerOptions,
  bareServer,
  formOf,
  type TestServer,
  type TestServerOptions,
  testServer,
  zipOf,
} from './test-server.ts'
