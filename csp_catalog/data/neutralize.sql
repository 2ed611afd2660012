-- A restored copy must not order anything, nor know how to.
UPDATE csp_provider
   SET mode = 'disabled',
       client_secret = NULL,
       refresh_token = NULL;
