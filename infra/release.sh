#!/usr/bin/env bash
# Runs a release in a resource group that main.bicep was deployed to: migrates the database, uploads the package, switches the app to it,
# waits until it answers, and has the platform read its triggers. Needs az (signed in as the deployer), psql 16 or later, curl, and a network
# that reaches storage, PostgreSQL and the API. Running it again is harmless.
#
#   infra/release.sh <resource group> <release> [<folder of infra/package.sh>]
#
# Without a folder the release has to be in the container already: that is a rollback, which leaves the schema as it is.
#
#   DEPLOYER_NAME   the administrator of PostgreSQL that az is signed in as
#   DEPLOYMENT      the name of the deployment of main.bicep; main unless set. Empty: its outputs are variables, as azd has them
#   RETRY_DELAY     seconds between two tries of what takes time to be known everywhere; 15 unless set
set -euo pipefail

group=${1:?the resource group}
release=${2:?the name of the release}
folder=${3:-}
here=$(cd "$(dirname "$0")" && pwd)

# Runs a command until it succeeds, <times> at most. A login that has expired does not come back by waiting.
retry() {
  local times=$1 said
  shift
  until said=$("$@" 2>&1); do
    times=$((times - 1))
    if [ "$times" = 0 ] || grep -qE "AADSTS|az login" <<<"$said"; then
      printf '%s\n' "$said" >&2
      return 1
    fi
    sleep "${RETRY_DELAY:-15}"
  done
}

# The outputs: a line of names and one of values. Resource Manager does not keep the case of names.
if [ -n "${DEPLOYMENT-main}" ]; then
  outputs=$(az deployment group show --resource-group "$group" --name "${DEPLOYMENT-main}" --output tsv \
    --query "[keys(properties.outputs), values(properties.outputs)[].value]")
else
  outputs=
fi
output() {
  local value=${!1:-}
  if [ -n "$outputs" ]; then
    value=$(awk -F '\t' -v name="$1" 'NR == 1 { for (i = 1; i <= NF; i++) if (toupper($i) == name) at = i } NR == 2 && at { print $at }' <<<"$outputs")
  fi
  if [ -z "$value" ]; then
    echo "The deployment has no output $1." >&2
    return 1
  fi
  echo "$value"
}
app=$(output FUNCTION_APP_NAME)
account=$(output PACKAGES_ACCOUNT_NAME)
package=$(output PACKAGES_ADDRESS)/$release.zip
address=$(output API_ADDRESS)
blob() { az storage blob "$@" --account-name "$account" --auth-mode login --only-show-errors --output none; }

if [ -n "$folder" ]; then
  test -f "$folder/$release.zip" -a -f "$folder/migrations.sql"
  # The schema first: a release works with the schema of the next one, so the running one goes on meanwhile.
  PGHOST=$(output POSTGRES_HOST)
  PGDATABASE=$(output POSTGRES_DATABASE)
  APP_ROLE=$(output IDENTITY_NAME)
  APP_OBJECT_ID=$(output IDENTITY_OBJECT_ID)
  PGPASSWORD=$(az account get-access-token --resource-type oss-rdbms --query accessToken --output tsv)
  export PGHOST PGDATABASE APP_ROLE APP_OBJECT_ID PGPASSWORD PGUSER=${DEPLOYER_NAME:?} PGSSLROOTCERT=system
  # Addresses, administrator and firewall of a new server take minutes to be known.
  PGSSLMODE=verify-full PGCONNECT_TIMEOUT=15 retry 20 psql --no-psqlrc --dbname postgres --command 'SELECT 1'
  "$here/database/migrate.sh" "$folder/migrations.sql"
  retry 40 blob upload --container-name releases --name "$release.zip" --file "$folder/$release.zip" --overwrite # So do roles.
fi

# A deployment of main.bicep that names no release takes this one.
retry 40 blob copy start --source-container releases --source-blob "$release.zip" --destination-container releases --destination-blob current.zip

before=$(az functionapp config appsettings list --resource-group "$group" --name "$app" --output tsv \
  --query "[?name=='WEBSITE_RUN_FROM_PACKAGE'].value | [0]")
if [ "$before" = "$package" ]; then
  # The setting does not change, so nothing would tell the app that the package has.
  az functionapp restart --resource-group "$group" --name "$app" --output none
else
  az functionapp config appsettings set --resource-group "$group" --name "$app" --output none --settings "WEBSITE_RUN_FROM_PACKAGE=$package"
fi

# Three good answers one after the other: the first may be of an instance that is about to stop.
healthy() { curl --fail --silent --show-error --max-time 20 "$address/api/health"; }
good=0
for ((tries = 60; good < 3; tries--)); do
  if [ "$tries" = 0 ]; then
    printf '%s does not answer well: %s\n' "$address" "$said" >&2
    exit 1
  fi
  sleep "${RETRY_DELAY:-15}"
  if said=$(healthy 2>&1); then good=$((good + 1)); else good=0; fi
done

# The platform learns of the package's triggers only when it is told to look, and asks the running host for them.
retry 20 az resource invoke-action --resource-group "$group" --name "$app" --resource-type Microsoft.Web/sites --action syncfunctiontriggers --output none
echo "$app runs $release: $address"
