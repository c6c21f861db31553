#!/usr/bin/env bash
# Makes two base images on a Debian machine that reaches Debian's packages but no image registry.
# IMAGE, in place of node:24-slim: Debian's essential packages, node, npm, and the user `node`.
# RUNTIME, in place of gcr.io/distroless/nodejs24-debian12: node, the libraries it is linked with, and CA certificates.
# Needs root and: apt-get install mmdebstrap buildah
#   NODE_VERSION=24.22.3   node of this version, from its npm package; else the machine's own (NODE_BINARY)
#   IMAGE, RUNTIME, ROOT   names of the images, and the storage that buildah and podman share
set -euo pipefail

image=${IMAGE:-localhost/node-base}
runtime=${RUNTIME:-localhost/node-runtime}
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

# Only what node needs to run: no shell, no package manager, no setuid files.
mkdir -p "$folder"/runtime/{etc/ssl/certs,nodejs/bin,tmp}
chmod 1777 "$folder/runtime/tmp"
install -m 755 "$node" "$folder/runtime/nodejs/bin/node"
cp "$folder/files/etc/ssl/certs/ca-certificates.crt" "$folder/runtime/etc/ssl/certs/"
echo 'nonroot:x:1000:1000::/:/sbin/nologin' >"$folder/runtime/etc/passwd"
echo 'nonroot:x:1000:' >"$folder/runtime/etc/group"
chroot "$folder/files" ldd /usr/local/bin/node | grep -o '/[^ ]*' | while read -r library; do
  install -D -m 755 "$folder/files$library" "$folder/runtime$library"
done
chroot "$folder/runtime" /nodejs/bin/node --version

buildah=(buildah ${ROOT:+--root "$ROOT"})
commit () {
  local container
  container=$("${buildah[@]}" from scratch)
  "${buildah[@]}" add --quiet "$container" "$1" / >/dev/null
  "${buildah[@]}" commit --quiet --rm "$container" "$2" >/dev/null
  echo "$2"
}
commit "$folder/files" "$image"
commit "$folder/runtime" "$runtime"
