#!/usr/bin/env bash
# Before a deployment of main.bicep: brings back the environment's Key Vault if it was deleted with its resource group, and prints a key for
# cookies if the vault has none. Prints nothing if it has one, as that must stay: SECRET_KEY=$(infra/secret-key.sh …) is right every time.
#
#   infra/secret-key.sh <resource group> <environmentName>
#
# Needs az, and to see deleted vaults the right to read Microsoft.KeyVault/deletedVaults in the subscription. Asks Resource Manager only, so it
# works from outside the network.
set -euo pipefail

group=${1:?the resource group}
environment=${2:?the environmentName of the deployment}

# A deleted vault keeps its name for up to 90 days, in which no other can be made: and the name of an environment's vault is always the same.
if ! deleted=$(az keyvault list-deleted --resource-type vault --output tsv --only-show-errors \
  --query "[?properties.tags.\"azd-env-name\"=='$environment'].[name, properties.location, properties.vaultId]" 2>&1); then
  if ! grep -q AuthorizationFailed <<<"$deleted"; then
    printf '%s\n' "$deleted" >&2
    exit 1
  fi
  echo "Deleted vaults cannot be seen. If the deployment fails as the vault's name is taken, somebody has to recover it: az keyvault recover." >&2
  deleted=
fi
while IFS=$'\t' read -r vault location id; do
  if [[ ${id,,} == */resourcegroups/"${group,,}"/* ]]; then
    echo "Recovering the deleted vault $vault." >&2
    az keyvault recover --name "$vault" --location "$location" --resource-group "$group" --output none >&2
  fi
done <<<"$deleted"

vault=$(az keyvault list --resource-group "$group" --query "[?tags.\"azd-env-name\"=='$environment'].id | [0]" --output tsv)
if [ -n "$vault" ]; then
  stored=$(az rest --method get --url "$vault/secrets?api-version=2023-07-01" --query "value[?name=='SECRET-KEY'] | [0].name" --output tsv)
else
  stored=
fi
[ -n "$stored" ] || openssl rand -base64 48
