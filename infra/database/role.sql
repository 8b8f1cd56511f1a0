-- Makes the role of a managed identity on Azure Database for PostgreSQL, where there is none yet.
-- Variables: app_role, app_object_id.
SELECT pgaadauth_create_principal_with_oid(:'app_role', :'app_object_id', 'service', false, false)
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = :'app_role');
