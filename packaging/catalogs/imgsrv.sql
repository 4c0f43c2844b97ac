-- The tables that the queries of imgsrv.json read, for tests and demonstrations. Names of tables and
-- columns, states and steps are those of imgsrv's own schema, of which this is the small part that its
-- metrics need: the catalog fits a real imgsrv's database unchanged, and there you don't need this file.
--
-- For PostgreSQL 15; can be run again on a database that has it:
--
--     psql --set ON_ERROR_STOP=1 --file imgsrv.sql imgsrv
--
-- statgated only reads. Give it a role of its own, which can do no more:
--
--     CREATE ROLE statgate LOGIN CONNECTION LIMIT 4;
--     GRANT SELECT ON upload_sessions, cas_blobs, cas_ingest_jobs, image_versions, publish_jobs,
--                     publish_job_steps, incus_projection_items TO statgate;

BEGIN;

-- ---- uploads ----

-- One row for each upload that a client has begun. Parts lie in the object store until the client says
-- that they are complete; ready is what was promoted to a blob.
CREATE TABLE IF NOT EXISTS upload_sessions (
    id         uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    state      text NOT NULL DEFAULT 'created'
               CHECK (state IN ('created', 'uploading', 'completed', 'ingesting', 'ready', 'failed',
                                'aborted')),
    created_at timestamptz NOT NULL DEFAULT now()
);
-- Answers the count by state from the index alone.
CREATE INDEX IF NOT EXISTS upload_sessions_state ON upload_sessions (state);

-- ---- content-addressed store ----

-- Every blob once, by its digest. Only what was read back and compared comes here.
CREATE TABLE IF NOT EXISTS cas_blobs (
    digest      text PRIMARY KEY CHECK (digest ~ '^sha256:[0-9a-f]{64}$'),
    size_bytes  bigint NOT NULL CHECK (size_bytes >= 0),
    verified_at timestamptz NOT NULL DEFAULT now(),
    created_at  timestamptz NOT NULL DEFAULT now()
);
-- Number and size can be read from here, without the table.
CREATE INDEX IF NOT EXISTS cas_blobs_size ON cas_blobs (size_bytes);

-- Promotion of a completed upload to a blob. A job that will be tried again is queued, with run_after
-- in the future: until then no worker takes it, and it is not late. Who runs it has locked it.
CREATE TABLE IF NOT EXISTS cas_ingest_jobs (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    upload_id     uuid NOT NULL REFERENCES upload_sessions (id) ON DELETE CASCADE,
    state         text NOT NULL DEFAULT 'queued'
                  CHECK (state IN ('queued', 'running', 'succeeded', 'failed')),
    attempt_count integer NOT NULL DEFAULT 0,
    run_after     timestamptz NOT NULL DEFAULT now(),
    locked_at     timestamptz,
    finished_at   timestamptz,
    created_at    timestamptz NOT NULL DEFAULT now(),
    CHECK ((state = 'running') = (locked_at IS NOT NULL))
);
CREATE UNIQUE INDEX IF NOT EXISTS cas_ingest_jobs_upload ON cas_ingest_jobs (upload_id);
CREATE INDEX IF NOT EXISTS cas_ingest_jobs_state ON cas_ingest_jobs (state);
-- Ended jobs stay for a while; who waits or runs is found without them.
CREATE INDEX IF NOT EXISTS cas_ingest_jobs_live ON cas_ingest_jobs (state, run_after, locked_at)
    WHERE state IN ('queued', 'running');

-- ---- images and publishing ----

CREATE TABLE IF NOT EXISTS image_versions (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    image        text NOT NULL,
    version      text NOT NULL,
    state        text NOT NULL DEFAULT 'draft'
                 CHECK (state IN ('draft', 'publishing', 'published')),
    created_at   timestamptz NOT NULL DEFAULT now(),
    published_at timestamptz,
    UNIQUE (image, version)
);
CREATE INDEX IF NOT EXISTS image_versions_publishing ON image_versions (id)
    WHERE state = 'publishing';

-- One job for each version that is published.
CREATE TABLE IF NOT EXISTS publish_jobs (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    version_id  bigint NOT NULL REFERENCES image_versions (id) ON DELETE CASCADE,
    state       text NOT NULL DEFAULT 'queued'
                CHECK (state IN ('queued', 'running', 'succeeded', 'failed')),
    created_at  timestamptz NOT NULL DEFAULT now(),
    finished_at timestamptz
);
CREATE UNIQUE INDEX IF NOT EXISTS publish_jobs_version ON publish_jobs (version_id);
CREATE INDEX IF NOT EXISTS publish_jobs_state ON publish_jobs (state);

-- Its steps run in their sequence, one after the other; all are queued, and due, from the start.
CREATE TABLE IF NOT EXISTS publish_job_steps (
    job_id        bigint NOT NULL REFERENCES publish_jobs (id) ON DELETE CASCADE,
    name          text NOT NULL
                  CHECK (name IN ('validate_catalog', 'incus_index', 'finalize_publish')),
    state         text NOT NULL DEFAULT 'queued'
                  CHECK (state IN ('queued', 'running', 'succeeded', 'failed', 'skipped')),
    sequence      integer NOT NULL CHECK (sequence > 0),
    attempt_count integer NOT NULL DEFAULT 0,
    run_after     timestamptz NOT NULL DEFAULT now(),
    locked_at     timestamptz,
    finished_at   timestamptz,
    PRIMARY KEY (job_id, name),
    UNIQUE (job_id, sequence),
    CHECK ((state = 'running') = (locked_at IS NOT NULL))
);
CREATE INDEX IF NOT EXISTS publish_job_steps_state ON publish_job_steps (name, state);
CREATE INDEX IF NOT EXISTS publish_job_steps_live
    ON publish_job_steps (name, state, run_after, locked_at) WHERE state IN ('queued', 'running');

-- What Incus reads as Simple Streams: a row for each artifact of a version that was indexed.
CREATE TABLE IF NOT EXISTS incus_projection_items (
    artifact_id   uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    version_id    bigint NOT NULL REFERENCES image_versions (id) ON DELETE CASCADE,
    metadata_path text NOT NULL,
    disk_path     text NOT NULL,
    created_at    timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX IF NOT EXISTS incus_projection_items_version ON incus_projection_items (version_id);

COMMIT;
