#!/usr/bin/env bash
# Brings a database to the schema of a release and lets the app's identity use it. Running it again changes nothing.
#
#   infra/database/migrate.sh <migrations.sql>
#
# The script is made by: dotnet ef migrations script --idempotent --project Functions.LocalHost --output migrations.sql
#
#   PGHOST, PGDATABASE   server and database
#   PGUSER, PGPASSWORD   who deploys: an administrator; on Azure the password is a token:
#                        az account get-access-token --resource-type oss-rdbms --query accessToken --output tsv
#   PGSSLMODE            verify-full unless set; on Azure with PGSSLROOTCERT=system
#   OWNER_ROLE           the role that owns database and schema, for whoever deploys; the usual one unless set, see owner.sql
#   APP_ROLE             the role that the application signs in with: the name of its identity
#   APP_OBJECT_ID        the identity's object id, to make the role on Azure; empty where the role exists
set -euo pipefail

migrations=${1:?the file of the migrations script}
: "${PGHOST:?}" "${PGDATABASE:?}" "${PGUSER:?}" "${APP_ROLE:?}"
export PGSSLMODE=${PGSSLMODE:-verify-full} PGCONNECT_TIMEOUT=15
folder=$(cd "$(dirname "$0")" && pwd)

run() {
  psql --no-psqlrc --quiet --echo-errors --set ON_ERROR_STOP=1 --set "app_role=$APP_ROLE" --set "app_object_id=${APP_OBJECT_ID:-}" \
    --set "owner_role=${OWNER_ROLE:-}" "$@" >/dev/null
}

if [ -n "${APP_OBJECT_ID:-}" ]; then
  run --dbname postgres --file "$folder/role.sql" # The functions for identities are in this database only.
fi

# One session, in which the lock lives: two deployments at once go one after the other.
run --command 'SELECT pg_advisory_lock(7305801)' --file "$folder/owner.sql" --file "$migrations" --file "$folder/grants.sql"
echo "$PGDATABASE on $PGHOST has the schema of $(basename "$migrations"); $APP_ROLE may use it."
