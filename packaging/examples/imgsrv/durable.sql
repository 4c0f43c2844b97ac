-- A step of what imgsrv does to its tables (imgsrv.sql): uploads begin and end, blobs are promoted,
-- versions are published, old rows go. psql runs it again and again, with two variables: `round`, the
-- number of the step from 0, and `trouble`. Under trouble all begins as ever, but the workers hang:
-- what runs has run for seventy minutes, what waits has waited for ten.

BEGIN;

-- ---- uploads ----

-- What was being completed is complete, and to be promoted.
WITH done AS (
    UPDATE upload_sessions SET state = 'completed' WHERE state = 'completing' RETURNING id
)
INSERT INTO cas_ingest_jobs (session_id) SELECT id FROM done;

-- Of those open before the newest four, one in some rounds is given up, the others are completed.
WITH older AS (
    SELECT id, row_number() OVER (ORDER BY created_at, id) AS place
    FROM upload_sessions WHERE state = 'open'
    ORDER BY created_at DESC, id DESC OFFSET 4
)
UPDATE upload_sessions SET state = CASE
        WHEN place = 1 AND :round % 6 = 3 THEN 'aborted'
        WHEN place = 1 AND :round % 6 = 5 THEN 'expired'
        ELSE 'completing' END
FROM older WHERE older.id = upload_sessions.id;

-- Nobody begins while the queue is very long.
INSERT INTO upload_sessions (state)
SELECT 'open' FROM generate_series(1, 3)
WHERE (SELECT count(*) FROM cas_ingest_jobs WHERE state = 'queued') < 500;

-- ---- promotion ----

WITH ended AS (
    UPDATE cas_ingest_jobs SET finished_at = now(), state = CASE
            WHEN id % 29 = 0 THEN 'failed' WHEN id % 31 = 0 THEN 'canceled' ELSE 'succeeded' END
    WHERE state = 'running' AND NOT :trouble::boolean
    RETURNING id, state
)
INSERT INTO cas_blobs (digest, size_bytes, verified_at)
SELECT 'sha256:' || encode(sha256(id::text::bytea), 'hex'), 1000000 + id * 7919 % 400000000, now()
FROM ended WHERE state = 'succeeded'
ON CONFLICT DO NOTHING;

-- Two are left waiting. A worker that hangs took one before it did.
UPDATE cas_ingest_jobs SET state = 'running', started_at = now(), attempts = attempts + 1
WHERE id IN (
    SELECT id FROM cas_ingest_jobs WHERE state = 'queued' AND due_at <= now()
    ORDER BY id LIMIT CASE
        WHEN NOT :trouble::boolean
            THEN greatest((SELECT count(*) FROM cas_ingest_jobs WHERE state = 'queued') - 2, 0)
        WHEN EXISTS (SELECT FROM cas_ingest_jobs WHERE state = 'running') THEN 0
        ELSE 1 END
);

-- ---- publishing ----

-- Steps that run have succeeded; the one behind each is due.
WITH done AS (
    UPDATE publish_steps SET state = 'succeeded', finished_at = now()
    WHERE state = 'running' AND NOT :trouble::boolean
    RETURNING job_id, step
), steps (step, next) AS (
    VALUES ('verify-blobs', 'write-metadata'), ('write-metadata', 'index-version'),
           ('index-version', 'update-projection')
)
UPDATE publish_steps AS behind SET state = 'queued', due_at = now()
FROM done JOIN steps USING (step)
WHERE behind.job_id = done.job_id AND behind.step = steps.next;

-- Those due before this step run now; under trouble one of each, unless one does.
UPDATE publish_steps AS waiting SET state = 'running', started_at = now(), attempts = attempts + 1
WHERE state = 'queued' AND due_at < now()
  AND (NOT :trouble::boolean OR (
      NOT EXISTS (SELECT FROM publish_steps AS r WHERE r.step = waiting.step AND r.state = 'running')
      AND job_id = (SELECT min(job_id) FROM publish_steps AS q
                    WHERE q.step = waiting.step AND q.state = 'queued')));

-- A version whose last step is done is published, and Incus sees two files of it. What it saw of the
-- image before is superseded.
WITH done AS (
    UPDATE publish_jobs SET state = 'succeeded', finished_at = now()
    WHERE state = 'running'
      AND NOT EXISTS (SELECT FROM publish_steps WHERE job_id = publish_jobs.id AND state <> 'succeeded')
    RETURNING version_id
), published AS (
    UPDATE image_versions SET state = 'published', published_at = now()
    FROM done WHERE image_versions.id = done.version_id
    RETURNING image_versions.id, image
), superseded AS (
    UPDATE incus_projection SET superseded_at = now()
    FROM published WHERE product = published.image || ':amd64' AND superseded_at IS NULL
)
INSERT INTO incus_projection (version_id, product, file_type, digest)
SELECT published.id, published.image || ':amd64', file_type, blob.digest
FROM published, (VALUES ('disk-kvm.img'), ('incus.tar.xz')) AS files (file_type),
     (SELECT digest FROM cas_blobs WHERE verified_at IS NOT NULL ORDER BY created_at, digest LIMIT 1) AS blob;

-- A new one, of four images in turn. Under trouble a few are enough.
WITH version AS (
    INSERT INTO image_versions (image, version, state)
    SELECT (ARRAY['alpine', 'debian', 'fedora', 'ubuntu'])[1 + :round % 4], to_char(now(), 'YYYYMMDD_HH24MISS_US'), 'publishing'
    WHERE (SELECT count(*) FROM image_versions WHERE state = 'publishing') < 20
    RETURNING id
), job AS (
    INSERT INTO publish_jobs (version_id, state) SELECT id, 'running' FROM version RETURNING id
)
INSERT INTO publish_steps (job_id, step, state)
SELECT job.id, step, state
FROM job, (VALUES ('verify-blobs', 'queued'), ('write-metadata', 'blocked'), ('index-version', 'blocked'),
                  ('update-projection', 'blocked')) AS steps (step, state);

-- ---- trouble ----

UPDATE cas_ingest_jobs SET due_at = created_at - interval '10 min' WHERE state = 'queued' AND :trouble::boolean;
UPDATE cas_ingest_jobs SET started_at = created_at - interval '70 min' WHERE state = 'running' AND :trouble::boolean;
UPDATE publish_steps SET due_at = now() - interval '10 min' WHERE state = 'queued' AND :trouble::boolean;
UPDATE publish_steps SET started_at = now() - interval '70 min' WHERE state = 'running' AND :trouble::boolean;

-- ---- old rows ----

DELETE FROM upload_sessions
WHERE state IN ('completed', 'aborted', 'expired') AND created_at < now() - interval '10 min'
  AND NOT EXISTS (SELECT FROM cas_ingest_jobs WHERE session_id = upload_sessions.id AND state IN ('queued', 'running'));
DELETE FROM image_versions WHERE state = 'published' AND published_at < now() - interval '10 min';
DELETE FROM cas_blobs
WHERE created_at < now() - interval '1 hour'
  AND NOT EXISTS (SELECT FROM incus_projection WHERE digest = cas_blobs.digest);

COMMIT;
