-- Who may call: API keys and the dashboard's sessions, by SHA-256 of the token.
create table http_api_keys (
  id           text primary key,
  name         text not null check (length(name) between 1 and 200),
  scopes       text[] not null check (scopes <@ array['admin', 'submit', 'worker', 'read']),
  key_hash     text not null unique,
  created_at   timestamptz not null default now(),
  last_used_at timestamptz,
  revoked_at   timestamptz
);

create table http_sessions (
  token_hash text primary key,
  key_id     text not null references http_api_keys (id) on delete cascade,
  expires_at timestamptz not null
);

create index http_sessions_expiry on http_sessions (expires_at);
create index http_sessions_key on http_sessions (key_id);
