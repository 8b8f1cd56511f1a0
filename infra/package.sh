#!/usr/bin/env bash
# Builds a release: <release>.zip, the function app, and migrations.sql, the schema that it needs. Needs no access to Azure.
#
#   infra/package.sh <release> <folder>
set -euo pipefail

release=${1:?the name of the release, such as a commit}
mkdir -p "${2:?the folder to write to}"
folder=$(cd "$2" && pwd)
cd "$(dirname "$0")/.."

publish=$(mktemp -d)
trap 'rm -rf "$publish"' EXIT
dotnet publish Functions/Functions.csproj --configuration Release --runtime linux-x64 --no-self-contained --output "$publish"
test -f "$publish/host.json" # Without it the host finds no functions.
test ! -f "$publish/local.settings.json"
rm -f "$folder/$release.zip"
(cd "$publish" && zip --quiet --recurse-paths "$folder/$release.zip" .)

dotnet tool restore
dotnet ef migrations script --idempotent --project Functions.LocalHost --output "$folder/migrations.sql"
