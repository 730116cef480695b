-- The build farm: workers, builds, and what builds say while they run.

create table workers (
  id text primary key,
  name text not null,
  -- Empty: takes builds of every platform.
  platforms text[] not null default '{}',
  -- As the worker sent it, shown and never asked for; json keeps what jsonb refuses.
  capabilities json not null default '{}',
  -- How long silence is forgiven; null: the farm's patient default.
  lease_ms integer check (lease_ms > 0),
  token_hash text not null,
  token_expires_at timestamptz not null,
  -- The token before the last rotation: an answer that got lost costs no registration.
  previous_token_hash text,
  previous_token_expires_at timestamptz,
  online boolean not null default true,
  last_seen_at timestamptz not null default now(),
  registered_at timestamptz not null default now(),
  builds_completed integer not null default 0,
  builds_failed integer not null default 0
);
create unique index workers_by_token on workers (token_hash);
create index workers_by_previous_token on workers (previous_token_hash) where previous_token_hash is not null;
create index workers_online on workers (last_seen_at) where online;

create table builds (
  id text primary key,
  -- Order of submission, the tie-breaker of the queue and the cursor of lists.
  seq bigint generated always as identity unique,
  platform text not null,
  name text,
  priority integer not null default 0,
  submitter text not null,
  -- SHA-256 of the token that reads and retries this build.
  token_hash text not null,
  state text not null default 'pending'
    check (state in ('pending', 'assigned', 'building', 'completed', 'failed', 'cancelled')),
  worker_id text references workers (id),
  -- Grows with each claim; every later write of the holder carries it.
  attempt integer not null default 0 check (attempt >= 0),
  attempts_max integer not null check (attempts_max > 0),
  -- Element n: SHA-256 of the secret that attempt n was given.
  attempt_token_hashes text[] not null default '{}',
  lease_expires_at timestamptz,
  progress real check (progress between 0 and 100),
  error text,
  source_blob text,
  source_sha256 text not null,
  source_bytes bigint not null,
  certs_blob text,
  certs_sha256 text,
  certs_bytes bigint,
  artifact_blob text,
  artifact_sha256 text,
  artifact_bytes bigint,
  artifact_name text,
  log_lines integer not null default 0,
  log_bytes bigint not null default 0,
  log_full boolean not null default false,
  submitted_at timestamptz not null default now(),
  assigned_at timestamptz,
  started_at timestamptz,
  finished_at timestamptz,
  check (attempt <= attempts_max),
  check ((state in ('assigned', 'building')) = (lease_expires_at is not null)),
  check (state not in ('assigned', 'building') or worker_id is not null),
  check (state <> 'pending' or worker_id is null),
  check ((state in ('completed', 'failed', 'cancelled')) = (finished_at is not null)),
  check ((state = 'completed') = (artifact_sha256 is not null))
) with (fillfactor = 80);
create index builds_pending on builds (priority desc, seq) where state = 'pending';
-- One build per worker, whatever two nodes do at once; also finds silent holders.
create unique index builds_held on builds (worker_id) where state in ('assigned', 'building');
create index builds_by_state on builds (state, seq);
create index builds_by_worker on builds (worker_id, seq);
-- Finished builds whose inputs are still kept.
create index builds_by_finish on builds (finished_at) where finished_at is not null and source_blob is not null;
create index builds_by_source on builds (source_blob) where source_blob is not null;
create index builds_by_certs on builds (certs_blob) where certs_blob is not null;
create index builds_by_artifact on builds (artifact_blob) where artifact_blob is not null;

create table build_logs (
  build_id text not null references builds (id) on delete cascade,
  -- 1, 2, 3 … without gaps, given out under the lock of the build's row.
  seq integer not null,
  at timestamptz not null default clock_timestamp(),
  level text not null check (level in ('info', 'warn', 'error')),
  message text not null,
  primary key (build_id, seq)
);

-- No statement, also none of a later version, brings a finished build back.
create function builds_terminal_is_final() returns trigger language plpgsql as $$
begin
  raise exception 'build % is % and stays so', old.id, old.state using errcode = 'check_violation';
end $$;
create trigger builds_terminal_is_final before update of state on builds for each row
  when (old.state in ('completed', 'failed', 'cancelled') and new.state is distinct from old.state)
  execute function builds_terminal_is_final();

-- Every change is announced to every node after its commit, by whoever made it.
create function builds_announce_worker(worker_id text) returns void language sql as $$
  select pg_notify('quorate_builds', json_build_object('kind', 'worker', 'id', worker_id)::text)
   where worker_id is not null
$$;
create function builds_announce_build(build builds) returns void language sql as $$
  select pg_notify('quorate_builds', json_build_object(
    'kind', 'build', 'id', build.id, 'state', build.state, 'platform', build.platform)::text)
$$;
create function builds_on_build() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' then
    perform builds_announce_build(old);
    return null;
  end if;
  perform builds_announce_build(new);
  if tg_op = 'UPDATE' then
    perform builds_announce_worker(old.worker_id) where old.worker_id is distinct from new.worker_id;
    perform builds_announce_worker(new.worker_id) where old.state <> new.state;
  end if;
  return null;
end $$;
create trigger builds_added_or_removed after insert or delete on builds
  for each row execute function builds_on_build();
create trigger builds_changed after update on builds for each row
  when ((old.state, old.attempt, old.worker_id, old.progress)
        is distinct from (new.state, new.attempt, new.worker_id, new.progress))
  execute function builds_on_build();

create function builds_on_worker() returns trigger language plpgsql as $$
begin
  perform builds_announce_worker(new.id);
  return null;
end $$;
create trigger workers_added after insert on workers for each row execute function builds_on_worker();
create trigger workers_changed after update on workers for each row
  when ((old.name, old.online, old.platforms, old.builds_completed, old.builds_failed)
        is distinct from (new.name, new.online, new.platforms, new.builds_completed, new.builds_failed))
  execute function builds_on_worker();
