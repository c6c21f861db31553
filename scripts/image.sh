#!/usr/bin/env bash
# Builds the image and checks what the Dockerfile promises: not root, a read-only root file system, no
# capabilities, healthy, and stopped by SIGTERM with exit code 0.
# ENGINE (docker), BUILD_FLAGS and RUN_FLAGS fit it to the machine, e.g. ENGINE=podman BUILD_FLAGS='--isolation chroot'.
set -euo pipefail
cd "$(dirname "$0")/.."

read -ra engine <<<"${ENGINE:-docker}"
read -ra build_flags <<<"${BUILD_FLAGS:-}"
read -ra run_flags <<<"${RUN_FLAGS:-}"
image=${IMAGE:-personalize-kms-policy-service}

"${engine[@]}" build "${build_flags[@]}" --tag "$image" .

container=$("${engine[@]}" run --detach --read-only --cap-drop all --memory 256m "${run_flags[@]}" "$image")
trap '"${engine[@]}" rm --force "$container" >/dev/null' EXIT

probe='fetch(`http://127.0.0.1:${process.env.PORT}/readyz`).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))'
for _ in $(seq 50); do
  if "${engine[@]}" exec "$container" node -e "$probe"; then ready=yes; break; fi
  sleep 0.2
done
[ "${ready:-no}" = yes ] || { echo 'the image does not become ready' >&2; exit 1; }
[ "$("${engine[@]}" exec "$container" node -p 'process.getuid()')" != 0 ] || { echo 'the image runs as root' >&2; exit 1; }

"${engine[@]}" stop --time 10 "$container" >/dev/null
code=$("${engine[@]}" inspect --format '{{.State.ExitCode}}' "$container")
[ "$code" = 0 ] || { echo "the image stops with $code" >&2; exit 1; }
echo "$image: ready, not root, read-only, stopped with 0"
