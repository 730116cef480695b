/** Every limit of the farm, with its unit. */
export interface BuildLimits {
  /** From assignment to the first sign of life, for workers that promise no beat: a virtual machine may boot. */
  readonly startGraceMs: number
  /** Silence that loses a running build, for workers that promise no beat. */
  readonly silenceMs: number
  /** Beats a promising worker may miss. */
  readonly agentLeaseBeats: number
  /** Attempts after which a build fails for good. */
  readonly attemptsMax: number
  /** Silence after which a worker without a build counts as offline. */
  readonly offlineMs: number
  readonly workerTokenTtlMs: number
  /** A poll renews a worker token that has less than this left. */
  readonly workerTokenRotateMs: number
  /** Pause between two looks for silent workers. */
  readonly monitorMs: number
  /** Most builds one look rescues; the next look follows at once when there are more. */
  readonly rescueMax: number
  /** Pause between two rounds of throwing files away. */
  readonly keeperMs: number
  /** How long source and certificates of a finished build are kept for a retry. */
  readonly inputKeepMs: number
  /** Most builds whose inputs one round lets go. */
  readonly releaseMax: number
  /** How long a file without a build is left alone: its submission may still run. */
  readonly blobGraceMs: number
  /** Waiting polls look again after this, should an announcement have been lost. */
  readonly recheckMs: number
  /** Most polls waiting on one node; one more is answered at once. */
  readonly waitersMax: number
  /** Most workers served by one claim. */
  readonly claimBatchMax: number
  /** Longer lines and error texts are cut and marked. */
  readonly logLineBytes: number
  /** Longer names of builds, workers and files are cut and marked. */
  readonly nameBytes: number
  /** A build's log takes no more lines once it has this many, */
  readonly logLinesMax: number
  /** or this many bytes; the batch that crosses the line is still taken. */
  readonly logBytesMax: number
}

/** What the farm's clients were built for. */
export const defaultLimits: BuildLimits = {
  startGraceMs: 600_000,
  silenceMs: 300_000,
  agentLeaseBeats: 6,
  attemptsMax: 3,
  offlineMs: 120_000,
  workerTokenTtlMs: 90_000,
  workerTokenRotateMs: 30_000,
  monitorMs: 5_000,
  rescueMax: 500,
  keeperMs: 600_000,
  inputKeepMs: 86_400_000,
  releaseMax: 1_000,
  blobGraceMs: 3_600_000,
  recheckMs: 15_000,
  waitersMax: 10_000,
  claimBatchMax: 128,
  logLineBytes: 8_192,
  nameBytes: 400,
  logLinesMax: 200_000,
  logBytesMax: 64 * 1024 ** 2,
}
