-- What imgsrv does not do: ingest jobs that have run for an hour, longer than a promotion takes, are queued again.
UPDATE cas_ingest_jobs SET state = 'queued', locked_at = NULL
WHERE state = 'running' AND locked_at < now() - interval '1 hour';
