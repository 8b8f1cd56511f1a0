#!/usr/bin/env bash
# Builds a release: <release>.zip, the function app, and migrations.sql, the schema that it needs. Needs no access to Azure.
#
#   infra/package.sh <release> <folder>
#
# A release that is called by a commit is that commit: a tree with other changes is refused.
set -euo pipefail

release=${1:?the name of the release, such as a commit}
mkdir -p "${2:?the folder to write to}"
folder=$(cd "$2" && pwd)
cd "$(dirname "$0")/.."

if [[ ! $release =~ ^[A-Za-z0-9][A-Za-z0-9._-]*$ ]]; then
  echo "A release is called by letters, digits, '.', '_' and '-', not '$release'." >&2
  exit 1
fi
commit=$(git rev-parse --verify --quiet "$release^{commit}" || true)
if [ -n "$commit" ] && { [ "$commit" != "$(git rev-parse HEAD)" ] || [ -n "$(git status --porcelain)" ]; }; then
  echo "The tree is not commit $release as it is: check it out and commit or stash what changed, or give the release a name of its own." >&2
  exit 1
fi

publish=$(mktemp -d)
trap 'rm -rf "$publish"' EXIT
dotnet publish Functions/Functions.csproj --configuration Release --runtime linux-x64 --no-self-contained --output "$publish"
test -f "$publish/host.json" # Without it the host finds no functions.
test ! -f "$publish/local.settings.json"
rm -f "$folder/$release.zip"
(cd "$publish" && zip --quiet --recurse-paths "$folder/$release.zip" . --exclude '*.pdb' '*.xml') # Nobody reads them there.

dotnet tool restore
# dotnet ef restores nothing by itself: in a fresh clone there is nothing that it could build.
dotnet build Functions.LocalHost --configuration Release
dotnet ef migrations script --idempotent --no-build --configuration Release --project Functions.LocalHost --output "$folder/migrations.sql"
