import type { BuildView } from '../../../src/contract/index.ts'
import { size } from '../format.ts'
import { CopyButton } from './copy-button.tsx'
import { Fact } from './fact.tsx'

/** What a build is made of, by whom, and what it left. */
export function BuildFacts({ build }: { readonly build: BuildView }) {
  return (
    <dl class="facts">
      <Fact name="Platform">{build.platform}</Fact>
      <Fact name="Worker">
        {build.worker_id ? <WorkerLink build={build} id={build.worker_id} /> : 'none yet'}
      </Fact>
      <Fact name="Attempt">
        {build.attempt === 0 ? 'none yet' : `${build.attempt} of ${build.attempts_max}`}
      </Fact>
      <Fact name="Priority">{build.priority}</Fact>
      <Fact name="Source">
        {size(build.source.bytes)} <Checksum of="source" sha256={build.source.sha256} />
      </Fact>
      {build.artifact && (
        <Fact name="Artefact">
          {build.artifact.name} <Checksum of="artefact" sha256={build.artifact.sha256} />
        </Fact>
      )}
    </dl>
  )
}

function WorkerLink({ build, id }: { readonly build: BuildView; readonly id: string }) {
  return (
    <a href={`/?worker=${encodeURIComponent(id)}`} title="Builds of this worker">
      {build.worker_name ?? id}
    </a>
  )
}

function Checksum({ of, sha256 }: { readonly of: string; readonly sha256: string }) {
  return (
    <span class="checksum muted" title={`SHA-256 ${sha256}`}>
      {sha256.slice(0, 12)}
      <CopyButton text={sha256} what={`SHA-256 of the ${of}`} />
    </span>
  )
}
