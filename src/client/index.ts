export type { BuildFilter, BuildsClient, LogRange, Submission } from './builds-client.ts'
export { type Client, createClient } from './client.ts'
export { ClientError, type ClientErrorDetails } from './client-error.ts'
export type { Download, DownloadOptions } from './download.ts'
export type { FileUpload, Progress } from './multipart-body.ts'
export type { NodeClient, SessionClient } from './node-client.ts'
export { paceBetween } from './process-pace.ts'
export type { ClientOptions } from './transport.ts'
export {
  flattened,
  type Healing,
  healings,
  type Pids,
  type PlacedProcess,
  pidsOf,
  rates,
} from './tree-diff.ts'
export type { Lease, PollOptions, UploadOptions, WorkersClient } from './workers-client.ts'
