-- Makes the role of a managed identity on Azure Database for PostgreSQL. A role is bound to the identity's object id, not to its name: an
-- identity that was deleted and made anew has another, and with the role of the old one it stays locked out. Then the role gets the new id.
-- Variables: app_role, app_object_id.
SELECT pgaadauth_create_principal_with_oid(:'app_role', :'app_object_id', 'service', false, false)
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = :'app_role');

SELECT format('SECURITY LABEL FOR pgaadauth ON ROLE %I IS %L', :'app_role', format('aadauth,oid=%s,type=service', :'app_object_id'))
FROM pg_roles
WHERE rolname = :'app_role'
  AND NOT EXISTS (
    SELECT FROM pg_shseclabel
    WHERE classoid = 'pg_authid'::regclass AND objoid = pg_roles.oid AND provider = 'pgaadauth'
      AND label ILIKE '%oid=' || :'app_object_id' || ',%')
\gexec
