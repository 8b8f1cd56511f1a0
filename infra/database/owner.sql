-- Gives database and schema to one role, and goes on as that role: so it does not matter which of the deployers made a table, and which one
-- changes it. Runs before each migration, in its session. Variable: owner_role, empty for the usual one.
--
-- On Azure that is azure_pg_admin, of which every Entra administrator is a member. Elsewhere the role is made here, and from PostgreSQL 16
-- on another deployer has to be let in by the first: GRANT <database>_owner TO <deployer>.
SELECT coalesce(nullif(:'owner_role', ''), (SELECT rolname FROM pg_roles WHERE rolname = 'azure_pg_admin'), current_database() || '_owner') AS owner_role
\gset

SELECT format('CREATE ROLE %I NOLOGIN', :'owner_role')
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = :'owner_role')
\gexec

SELECT format('GRANT %I TO CURRENT_USER', :'owner_role')
WHERE NOT pg_has_role(:'owner_role', 'USAGE')
\gexec

SELECT format('ALTER DATABASE %I OWNER TO %I', datname, :'owner_role')
FROM pg_database
WHERE datname = current_database() AND pg_get_userbyid(datdba) <> :'owner_role'
\gexec

-- What a deployer made when there was no such role. What belongs to an extension or to a column goes with it.
SELECT format('ALTER %s OWNER TO %I', object, :'owner_role')
FROM (
  SELECT CASE relkind WHEN 'S' THEN 'SEQUENCE' WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW' ELSE 'TABLE' END || ' ' || oid::regclass AS object,
    'pg_class'::regclass AS catalog, oid, relnamespace AS schema, relowner AS owner
  FROM pg_class WHERE relkind IN ('r', 'p', 'v', 'm', 'S')
  UNION ALL SELECT 'ROUTINE ' || oid::regprocedure, 'pg_proc'::regclass, oid, pronamespace, proowner FROM pg_proc
  UNION ALL SELECT 'TEXT SEARCH CONFIGURATION ' || oid::regconfig, 'pg_ts_config'::regclass, oid, cfgnamespace, cfgowner FROM pg_ts_config
  UNION ALL SELECT 'TEXT SEARCH DICTIONARY ' || oid::regdictionary, 'pg_ts_dict'::regclass, oid, dictnamespace, dictowner FROM pg_ts_dict
) AS objects
WHERE schema = 'public'::regnamespace AND pg_get_userbyid(owner) <> :'owner_role'
  AND NOT EXISTS (SELECT FROM pg_depend WHERE classid = catalog AND objid = oid AND deptype IN ('a', 'i', 'e'))
\gexec

SET ROLE :"owner_role";
