-- A step of what imgsrv does to its tables (imgsrv.sql): uploads begin and end, blobs are promoted,
-- versions are published, old rows go. psql runs it again and again, with two variables: `round`, the
-- number of the step from 0, and `trouble`. Under trouble all begins as ever, but the workers hang:
-- what runs has run for seventy minutes, what waits has waited for ten.

BEGIN;

-- ---- uploads ----

-- Of those under way before the newest four, one in some rounds is given up; the others are complete,
-- and to be promoted.
WITH older AS (
    SELECT id, row_number() OVER (ORDER BY created_at, id) AS place
    FROM upload_sessions WHERE state = 'uploading'
    ORDER BY created_at DESC, id DESC OFFSET 4
), ended AS (
    UPDATE upload_sessions
    SET state = CASE WHEN place = 1 AND :round % 6 = 3 THEN 'aborted' ELSE 'completed' END
    FROM older WHERE older.id = upload_sessions.id
    RETURNING upload_sessions.id, state
)
INSERT INTO cas_ingest_jobs (upload_id) SELECT id FROM ended WHERE state = 'completed';

UPDATE upload_sessions SET state = 'uploading' WHERE state = 'created';

-- Nobody begins while the queue is very long.
INSERT INTO upload_sessions (state)
SELECT 'created' FROM generate_series(1, 3)
WHERE (SELECT count(*) FROM cas_ingest_jobs WHERE state = 'queued') < 500;

-- ---- promotion ----

WITH ended AS (
    UPDATE cas_ingest_jobs
    SET state = CASE WHEN id % 29 = 0 THEN 'failed' ELSE 'succeeded' END, locked_at = NULL, finished_at = now()
    WHERE state = 'running' AND NOT :trouble::boolean
    RETURNING id, upload_id, state
), uploads AS (
    UPDATE upload_sessions SET state = CASE ended.state WHEN 'succeeded' THEN 'ready' ELSE 'failed' END
    FROM ended WHERE upload_sessions.id = ended.upload_id
)
INSERT INTO cas_blobs (digest, size_bytes)
SELECT 'sha256:' || encode(sha256(id::text::bytea), 'hex'), 1000000 + id * 7919 % 400000000
FROM ended WHERE state = 'succeeded'
ON CONFLICT DO NOTHING;

-- Two are left waiting. A worker that hangs took one before it did.
WITH taken AS (
    UPDATE cas_ingest_jobs SET state = 'running', locked_at = now(), attempt_count = attempt_count + 1
    WHERE id IN (
        SELECT id FROM cas_ingest_jobs WHERE state = 'queued' AND run_after <= now()
        ORDER BY id LIMIT CASE
            WHEN NOT :trouble::boolean
                THEN greatest((SELECT count(*) FROM cas_ingest_jobs WHERE state = 'queued') - 2, 0)
            WHEN EXISTS (SELECT FROM cas_ingest_jobs WHERE state = 'running') THEN 0
            ELSE 1 END
    )
    RETURNING upload_id
)
UPDATE upload_sessions SET state = 'ingesting' FROM taken WHERE id = upload_id;

-- ---- publishing ----

-- Steps that run have succeeded. The second gives Incus two artifacts to see; behind the last one the
-- version is published.
WITH done AS (
    UPDATE publish_job_steps SET state = 'succeeded', locked_at = NULL, finished_at = now()
    WHERE state = 'running' AND NOT :trouble::boolean
    RETURNING job_id, name
), indexed AS (
    INSERT INTO incus_projection_items (version_id, metadata_path, disk_path)
    SELECT version_id, path || '/incus.tar.xz', path || '/disk.qcow2'
    FROM done JOIN publish_jobs ON publish_jobs.id = job_id JOIN image_versions ON image_versions.id = version_id,
         (VALUES ('amd64'), ('arm64')) AS artifacts (architecture),
         concat_ws('/', image, version, architecture) AS path
    WHERE name = 'incus_index'
), jobs AS (
    UPDATE publish_jobs SET state = 'succeeded', finished_at = now()
    FROM done WHERE publish_jobs.id = job_id AND name = 'finalize_publish'
    RETURNING version_id
)
UPDATE image_versions SET state = 'published', published_at = now() FROM jobs WHERE image_versions.id = version_id;

-- A step runs once those before it have succeeded; under trouble one of each, unless one does.
UPDATE publish_job_steps AS waiting SET state = 'running', locked_at = now(), attempt_count = attempt_count + 1
WHERE state = 'queued' AND run_after < now()
  AND NOT EXISTS (SELECT FROM publish_job_steps AS former
                  WHERE former.job_id = waiting.job_id AND former.sequence < waiting.sequence AND former.state <> 'succeeded')
  AND (NOT :trouble::boolean OR (
      NOT EXISTS (SELECT FROM publish_job_steps AS r WHERE r.name = waiting.name AND r.state = 'running')
      AND job_id = (SELECT min(job_id) FROM publish_job_steps AS q
                    WHERE q.name = waiting.name AND q.state = 'queued')));
UPDATE publish_jobs SET state = 'running'
WHERE state = 'queued' AND EXISTS (SELECT FROM publish_job_steps WHERE job_id = publish_jobs.id AND state = 'running');

-- A new version, of four images in turn. Under trouble a few are enough.
WITH version AS (
    INSERT INTO image_versions (image, version, state)
    SELECT (ARRAY['alpine', 'debian', 'fedora', 'ubuntu'])[1 + :round % 4], to_char(now(), 'YYYYMMDD_HH24MISS_US'), 'publishing'
    WHERE (SELECT count(*) FROM image_versions WHERE state = 'publishing') < 20
    RETURNING id
), job AS (
    INSERT INTO publish_jobs (version_id) SELECT id FROM version RETURNING id
)
INSERT INTO publish_job_steps (job_id, name, sequence)
SELECT job.id, name, sequence
FROM job, (VALUES ('validate_catalog', 10), ('incus_index', 20), ('finalize_publish', 30)) AS steps (name, sequence);

-- ---- trouble ----

UPDATE cas_ingest_jobs SET run_after = created_at - interval '10 min' WHERE state = 'queued' AND :trouble::boolean;
UPDATE cas_ingest_jobs SET locked_at = created_at - interval '70 min' WHERE state = 'running' AND :trouble::boolean;
UPDATE publish_job_steps SET run_after = now() - interval '10 min' WHERE state = 'queued' AND :trouble::boolean;
UPDATE publish_job_steps SET locked_at = now() - interval '70 min' WHERE state = 'running' AND :trouble::boolean;

-- ---- old rows ----

DELETE FROM upload_sessions
WHERE state IN ('ready', 'failed', 'aborted') AND created_at < now() - interval '10 min';
DELETE FROM image_versions WHERE state = 'published' AND published_at < now() - interval '10 min';
DELETE FROM cas_blobs WHERE created_at < now() - interval '1 hour';

COMMIT;
