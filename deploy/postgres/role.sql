-- A role for Veleta with a schema of its own, where it makes its tables, and no other right in the database:
--
--   psql -v ON_ERROR_STOP=1 -v role=veleta -v password=… -f role.sql postgresql://ADMINISTRATOR@HOST/DATABASE
--
-- One role migrates and runs: new pipelines and new columns make and change tables at run time, which only an owner may.
-- Run again, it sets the password anew and changes nothing else. In the pipeline's file:
--
--   [store]
--   uri = "postgresql://veleta@HOST/DATABASE"     # the password in PGPASSWORD or ~/.pgpass
\set QUIET on
\pset tuples_only on
\pset format unaligned
SELECT format('CREATE ROLE %I', :'role') WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = :'role') \gexec
-- Not told to the server's log in clear.
SET log_statement = 'none';
ALTER ROLE :"role" LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS CONNECTION LIMIT 100 PASSWORD :'password';
RESET log_statement;
SELECT format('GRANT CONNECT ON DATABASE %I TO %I', current_database(), :'role') \gexec
SELECT format('CREATE SCHEMA %1$I; ALTER SCHEMA %1$I OWNER TO %1$I', :'role')
  WHERE NOT EXISTS (SELECT FROM pg_namespace WHERE nspname = :'role') \gexec
-- Also where the database comes from a PostgreSQL before 15, which let everybody make tables in public.
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
SELECT format('ALTER ROLE %I IN DATABASE %I SET search_path = %I', :'role', current_database(), :'role') \gexec
