#!/usr/bin/env bash
# What azd runs around provisioning: "prepare" before, "release" after. azd gives its environment's values, and after provisioning the
# outputs of main.bicep, as variables.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)

case ${1:?prepare or release} in
  prepare)
    : "${AZURE_RESOURCE_GROUP:?azd env set AZURE_RESOURCE_GROUP <name>}" "${AZURE_ENV_NAME:?}"
    if [ "$(az group exists --name "$AZURE_RESOURCE_GROUP")" != true ]; then
      az group create --name "$AZURE_RESOURCE_GROUP" --location "${AZURE_LOCATION:?}" --output none
    fi
    # Empty where the vault has the key. What azd remembers of it would be wrong: azd down deletes the vault, not the environment.
    key=$("$here/secret-key.sh" "$AZURE_RESOURCE_GROUP" "$AZURE_ENV_NAME")
    [ -n "${SECRET_KEY:-}" ] || azd env set SECRET_KEY "$key"
    [ -n "${DEPLOYER_NAME:-}" ] || azd env set DEPLOYER_NAME "$(az ad signed-in-user show --query userPrincipalName --output tsv)"
    [ -n "${DEPLOYER_IP:-}" ] || echo "DEPLOYER_IP is not set: only a machine inside the network can upload the package and migrate the database."
    ;;
  release)
    azd env set SECRET_KEY "" # Key Vault has it.
    # The commit, or where the tree has other changes a name of its own.
    release=$(git rev-parse --short=12 HEAD 2>/dev/null || echo local)
    if ! changes=$(git status --porcelain 2>/dev/null) || [ -n "$changes" ]; then
      release=$release-$(date -u +%Y%m%d%H%M%S)
    fi
    folder=$(mktemp -d)
    trap 'rm -rf "$folder"' EXIT
    "$here/package.sh" "$release" "$folder"
    DEPLOYMENT='' "$here/release.sh" "$AZURE_RESOURCE_GROUP" "$release" "$folder"
    azd env set RELEASE "$release"
    ;;
esac
