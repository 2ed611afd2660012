-- A restored copy orders nothing: what was still to be sent is stopped.
UPDATE csp_provisioning_task
   SET state = 'failed',
       last_error = 'Stopped: this database is a copy.'
 WHERE state IN ('draft', 'queued', 'waiting', 'unknown');

UPDATE queue_job
   SET state = 'cancelled'
 WHERE model_name = 'csp.provisioning.task'
   AND state IN ('wait_dependencies', 'pending', 'enqueued', 'started');

-- Nobody gets into a customer's tenant from a copy.
UPDATE csp_access
   SET secret = NULL;
