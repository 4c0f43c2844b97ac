-- An example schema for the queries of imgsrv.json: what an image server that keeps its durable
-- state in PostgreSQL may look like, reduced to what its metrics need. Where your tables differ,
-- change the queries, not the tables.
--
-- For PostgreSQL 15; can be run again on a database that has it:
--
--     psql --set ON_ERROR_STOP=1 --file imgsrv.sql imgsrv
--
-- statgated only reads. Give it a role of its own, which can do no more:
--
--     CREATE ROLE statgate LOGIN CONNECTION LIMIT 4;
--     GRANT SELECT ON upload_sessions, cas_blobs, cas_ingest_jobs, image_versions, publish_jobs,
--                     publish_steps, incus_projection TO statgate;

BEGIN;

-- ---- uploads ----

-- One row for each upload that a client has begun. Parts lie in the object store.
CREATE TABLE IF NOT EXISTS upload_sessions (
    id         uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    state      text NOT NULL DEFAULT 'open'
               CHECK (state IN ('open', 'completing', 'completed', 'aborted', 'expired')),
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL DEFAULT now() + interval '1 day'
);
-- Answers the count by state from the index alone.
CREATE INDEX IF NOT EXISTS upload_sessions_state ON upload_sessions (state);

-- ---- content-addressed store ----

-- Every blob once, by its digest. Only those whose content was read back and compared are verified.
CREATE TABLE IF NOT EXISTS cas_blobs (
    digest      text PRIMARY KEY CHECK (digest ~ '^sha256:[0-9a-f]{64}$'),
    size_bytes  bigint NOT NULL CHECK (size_bytes >= 0),
    created_at  timestamptz NOT NULL DEFAULT now(),
    verified_at timestamptz
);
-- Number and size of the verified ones can be read from here, without the table.
CREATE INDEX IF NOT EXISTS cas_blobs_verified ON cas_blobs (size_bytes)
    WHERE verified_at IS NOT NULL;

-- Promotion of a finished upload to a blob. A job that failed and will be tried again is queued,
-- with due_at in the future: until then no worker takes it, and it is not late.
CREATE TABLE IF NOT EXISTS cas_ingest_jobs (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    session_id  uuid NOT NULL REFERENCES upload_sessions (id) ON DELETE CASCADE,
    state       text NOT NULL DEFAULT 'queued'
                CHECK (state IN ('queued', 'running', 'succeeded', 'failed', 'canceled')),
    attempts    integer NOT NULL DEFAULT 0,
    created_at  timestamptz NOT NULL DEFAULT now(),
    due_at      timestamptz NOT NULL DEFAULT now(),
    started_at  timestamptz,
    finished_at timestamptz,
    CHECK (state <> 'running' OR started_at IS NOT NULL)
);
CREATE INDEX IF NOT EXISTS cas_ingest_jobs_state ON cas_ingest_jobs (state);
-- Ended jobs stay for a while; who waits or runs is found without them.
CREATE INDEX IF NOT EXISTS cas_ingest_jobs_live ON cas_ingest_jobs (state, due_at, started_at)
    WHERE state IN ('queued', 'running');

-- ---- images and publishing ----

CREATE TABLE IF NOT EXISTS image_versions (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    image        text NOT NULL,
    version      text NOT NULL,
    state        text NOT NULL DEFAULT 'draft'
                 CHECK (state IN ('draft', 'publishing', 'published', 'failed', 'withdrawn')),
    created_at   timestamptz NOT NULL DEFAULT now(),
    published_at timestamptz,
    UNIQUE (image, version)
);
CREATE INDEX IF NOT EXISTS image_versions_publishing ON image_versions (id)
    WHERE state = 'publishing';

-- One job for each time that a version is published; its steps run one after the other.
CREATE TABLE IF NOT EXISTS publish_jobs (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    version_id  bigint NOT NULL REFERENCES image_versions (id) ON DELETE CASCADE,
    state       text NOT NULL DEFAULT 'queued'
                CHECK (state IN ('queued', 'running', 'succeeded', 'failed', 'canceled')),
    created_at  timestamptz NOT NULL DEFAULT now(),
    finished_at timestamptz
);
CREATE INDEX IF NOT EXISTS publish_jobs_state ON publish_jobs (state);

-- A step is blocked until the one before has succeeded; then it is queued, and due at once or,
-- before another attempt, at a later time.
CREATE TABLE IF NOT EXISTS publish_steps (
    job_id      bigint NOT NULL REFERENCES publish_jobs (id) ON DELETE CASCADE,
    step        text NOT NULL
                CHECK (step IN ('verify-blobs', 'write-metadata', 'index-version',
                                'update-projection')),
    state       text NOT NULL DEFAULT 'blocked'
                CHECK (state IN ('blocked', 'queued', 'running', 'succeeded', 'failed',
                                 'canceled')),
    attempts    integer NOT NULL DEFAULT 0,
    due_at      timestamptz NOT NULL DEFAULT now(),
    started_at  timestamptz,
    finished_at timestamptz,
    PRIMARY KEY (job_id, step),
    CHECK (state <> 'running' OR started_at IS NOT NULL)
);
CREATE INDEX IF NOT EXISTS publish_steps_state ON publish_steps (step, state);
CREATE INDEX IF NOT EXISTS publish_steps_live ON publish_steps (step, state, due_at, started_at)
    WHERE state IN ('queued', 'running');

-- What Incus reads as Simple Streams: a row for each file of a published version. Rows that a
-- later projection has replaced stay until nobody can hold the old index any more.
CREATE TABLE IF NOT EXISTS incus_projection (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    version_id    bigint NOT NULL REFERENCES image_versions (id) ON DELETE CASCADE,
    product       text NOT NULL,
    file_type     text NOT NULL,
    digest        text NOT NULL REFERENCES cas_blobs (digest),
    created_at    timestamptz NOT NULL DEFAULT now(),
    superseded_at timestamptz
);
CREATE UNIQUE INDEX IF NOT EXISTS incus_projection_current
    ON incus_projection (product, version_id, file_type) WHERE superseded_at IS NULL;

COMMIT;
