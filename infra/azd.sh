#!/usr/bin/env bash
# What azd runs around provisioning: "prepare" before, "release" after. azd gives its environment's values as variables.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)

case ${1:?prepare or release} in
  prepare)
    # Once: the key that signs cookies. Key Vault keeps it; the value that azd stores for the first provisioning is taken away after it.
    if [ -z "${SECRET_KEY_STORED:-}" ] && [ -z "${SECRET_KEY:-}" ]; then
      azd env set SECRET_KEY "$(openssl rand -base64 48)"
    fi
    [ -n "${DEPLOYER_NAME:-}" ] || azd env set DEPLOYER_NAME "$(az ad signed-in-user show --query userPrincipalName --output tsv)"
    [ -n "${DEPLOYER_IP:-}" ] || echo "DEPLOYER_IP is not set: only a machine inside the network can upload the package and migrate the database."
    ;;
  release)
    azd env set SECRET_KEY_STORED true
    azd env set SECRET_KEY ""
    release=$(git rev-parse --short HEAD)
    folder=$(mktemp -d)
    trap 'rm -rf "$folder"' EXIT
    "$here/package.sh" "$release" "$folder"
    deployment=$(az deployment group list --resource-group "$AZURE_RESOURCE_GROUP" --query \
      "sort_by([?properties.outputs.functionAppName], &properties.timestamp)[-1].name" --output tsv)
    DEPLOYMENT=$deployment "$here/release.sh" "$AZURE_RESOURCE_GROUP" "$release" "$folder"
    azd env set RELEASE "$release"
    ;;
esac
