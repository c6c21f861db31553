#!/usr/bin/env bash
# Makes a base image on a Debian machine that reaches Debian's packages but no image registry, in place of node:22-slim:
# Debian's essential packages, node, npm, and the user `node`. Needs root and: apt-get install mmdebstrap buildah
#   NODE_VERSION=22.23.3   node of this version, from its npm package; else the machine's own (NODE_BINARY)
#   IMAGE, ROOT            name of the image, and the storage that buildah and podman share
set -euo pipefail

image=${IMAGE:-localhost/node-base}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

node=${NODE_BINARY:-$(command -v node)}
if [ -n "${NODE_VERSION:-}" ]; then
  case $(dpkg --print-architecture) in amd64) architecture=x64 ;; arm64) architecture=arm64 ;; *) echo 'no npm package has a node for this machine' >&2; exit 1 ;; esac
  npm install --prefix "$folder/npm" --ignore-scripts --no-audit --no-fund "node-linux-$architecture@$NODE_VERSION" >/dev/null
  node="$folder/npm/node_modules/node-linux-$architecture/bin/node"
fi

# The release that the machine runs itself: its node and the libraries then fit.
release=$(. /etc/os-release && echo "$VERSION_CODENAME")
mkdir "$folder/files"
mmdebstrap --quiet --variant=essential --include=libstdc++6,ca-certificates "$release" "$folder/base.tar"
tar --extract --file "$folder/base.tar" --directory "$folder/files" --exclude './dev/*'
rm -rf "$folder"/files/var/cache/apt/* "$folder"/files/var/lib/apt/lists/* "$folder"/files/usr/share/{doc,man,locale}/*
install -m 755 "$node" "$folder/files/usr/local/bin/node"
mkdir -p "$folder/files/usr/local/lib/node_modules"
cp -a "$(npm root --global)/npm" "$folder/files/usr/local/lib/node_modules/npm"
ln -s ../lib/node_modules/npm/bin/npm-cli.js "$folder/files/usr/local/bin/npm"
echo 'node:x:1000:1000::/home/node:/usr/sbin/nologin' >>"$folder/files/etc/passwd"
echo 'node:x:1000:' >>"$folder/files/etc/group"
install -d -o 1000 -g 1000 "$folder/files/home/node"
chroot "$folder/files" node --version

buildah=(buildah ${ROOT:+--root "$ROOT"})
container=$("${buildah[@]}" from scratch)
"${buildah[@]}" add --quiet "$container" "$folder/files" / >/dev/null
"${buildah[@]}" commit --quiet --rm "$container" "$image" >/dev/null
echo "$image"
