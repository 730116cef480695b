import { systemClock } from '../../src/kernel/index.ts'
import { joinEmbedded } from '../../src/storage/index.ts'

/** Uses the embedded server of the folder in its first argument until SIGTERM. */
const server = await joinEmbedded({
  dataDir: process.argv[2] ?? '',
  clock: systemClock,
  postgresSettings: { fsync: 'off' },
})
process.once('SIGTERM', () => {
  void server.leave().then(() => process.exit(0))
})
console.log(`joined ${JSON.stringify({ started: server.started, url: server.url, folder: server.folder })}`)
setInterval(() => undefined, 60_000)
