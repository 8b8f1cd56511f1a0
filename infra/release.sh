#!/usr/bin/env bash
# Runs a release in a resource group that main.bicep was deployed to: migrates the database, uploads the package, switches the app to it,
# and waits until it answers. Needs az (signed in as the deployer), psql 16 or later, curl, and a network that reaches storage, PostgreSQL
# and the API.
#
#   infra/release.sh <resource group> <release> [<folder of infra/package.sh>]
#
# Without a folder the release has to be in the container already: that is a rollback, which leaves the schema as it is.
#
#   DEPLOYER_NAME   the administrator of PostgreSQL that az is signed in as
#   DEPLOYMENT      the name of the deployment of main.bicep; main unless set
set -euo pipefail

group=${1:?the resource group}
release=${2:?the name of the release}
folder=${3:-}
here=$(cd "$(dirname "$0")" && pwd)

output() { az deployment group show --resource-group "$group" --name "${DEPLOYMENT:-main}" --query "properties.outputs.$1.value" --output tsv; }
app=$(output functionAppName)
account=$(output storageAccountName)
blob() { az storage blob "$@" --account-name "$account" --auth-mode login --only-show-errors --output none; }

if [ -n "$folder" ]; then
  # The schema first: a release works with the schema of the next one, so the running one goes on meanwhile.
  token=$(az account get-access-token --resource-type oss-rdbms --query accessToken --output tsv)
  PGHOST=$(output postgresHost) PGDATABASE=$(output postgresDatabase) PGUSER=${DEPLOYER_NAME:?} PGPASSWORD=$token PGSSLROOTCERT=system \
    APP_ROLE=$(output identityName) APP_OBJECT_ID=$(output identityObjectId) \
    "$here/database/migrate.sh" "$folder/migrations.sql"
  blob upload --container-name releases --name "$release.zip" --file "$folder/$release.zip" --overwrite
fi

# A deployment of main.bicep that names no release takes this one.
blob copy start --source-container releases --source-blob "$release.zip" --destination-container releases --destination-blob current.zip

az functionapp config appsettings set --resource-group "$group" --name "$app" --output none \
  --settings "WEBSITE_RUN_FROM_PACKAGE=$(output releasesUri)/$release.zip"
# The platform learns of the package's triggers only when it is told to look.
az resource invoke-action --resource-group "$group" --name "$app" --resource-type Microsoft.Web/sites --action syncfunctiontriggers --output none

address=$(output apiAddress)
curl --fail --silent --show-error --retry 30 --retry-delay 10 --retry-all-errors --max-time 20 "$address/api/health"
printf '\n%s runs %s: %s\n' "$app" "$release" "$address"
