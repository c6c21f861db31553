#!/usr/bin/env bash
# Builds the image and checks what the Dockerfile promises: user 1000, a read-only root file system, no capabilities, no
# shell, healthy, and stopped by SIGTERM with exit code 0. Prints its size and how long it takes to the first answer.
# ENGINE (docker), BUILD_FLAGS and RUN_FLAGS fit it to the machine: docs/deployment.md has an example with podman.
set -euo pipefail
cd "$(dirname "$0")/.."

read -ra engine <<<"${ENGINE:-docker}"
read -ra build_flags <<<"${BUILD_FLAGS:-}"
read -ra run_flags <<<"${RUN_FLAGS:-}"
image=${IMAGE:-personalize-kms-policy-service}
fail () { echo "$image: $1" >&2; exit 1; }

"${engine[@]}" build "${build_flags[@]}" --tag "$image" .

# A file that cannot be executed lies over each shell, so that nothing in the container can start one.
empty=$(mktemp)
container=
trap 'rm -f "$empty"; [ -z "$container" ] || "${engine[@]}" rm --force "$container" >/dev/null' EXIT
chmod 444 "$empty"
hardened=(--read-only --cap-drop all --security-opt no-new-privileges --memory 256m "${run_flags[@]}"
  --env AUTH_MODE=gateway --env TRUST_PROXY=127.0.0.1/32
  --volume "$empty:/usr/bin/dash:ro" --volume "$empty:/usr/bin/bash:ro")

container=$("${engine[@]}" run --detach "${hardened[@]}" "$image")
probe='fetch(`http://127.0.0.1:${process.env.PORT}/readyz`).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))'
for _ in $(seq 50); do
  if "${engine[@]}" exec "$container" node -e "$probe"; then ready=yes; break; fi
  sleep 0.2
done
[ "${ready:-no}" = yes ] || fail 'does not become ready'
[ "$("${engine[@]}" exec "$container" node -p 'process.getuid() + ":" + process.getgid()')" = 1000:1000 ] || fail 'does not run as 1000:1000'
! "${engine[@]}" exec "$container" sh -c true 2>/dev/null || fail 'there is still a shell, so nothing shows that none is needed'
for folder in / /app /home/node; do
  "${engine[@]}" exec "$container" node -e "try { require('node:fs').writeFileSync('$folder/written', ''); process.exit(1) } catch {}" || fail "$folder can be written to"
done

# Podman runs a health check when it is told to, Docker by itself.
health () {
  if "${engine[@]}" healthcheck --help >/dev/null 2>&1; then "${engine[@]}" healthcheck run "$container" >/dev/null; else
    [ "$("${engine[@]}" inspect --format '{{.State.Health.Status}}' "$container")" = healthy ]; fi
}
for _ in $(seq 30); do if health; then healthy=yes; break; fi; sleep 1; done
[ "${healthy:-no}" = yes ] || fail 'is not healthy'

stopped=$(date +%s%N)
"${engine[@]}" stop --time 10 "$container" >/dev/null
stop_ms=$(( ($(date +%s%N) - stopped) / 1000000 ))
code=$("${engine[@]}" inspect --format '{{.State.ExitCode}}' "$container")
[ "$code" = 0 ] || fail "stops with $code"

# By itself the image listens on all addresses, and nobody has said who may call: it must not start.
code=0
timeout 30 "${engine[@]}" run --rm --read-only "${run_flags[@]}" "$image" >/dev/null 2>&1 || code=$?
[ "$code" = 78 ] || fail "starts without AUTH_MODE, or ends with $code in place of 78"

# Five times from spawn to the first 200, inside the container.
first_answer='
const { spawn } = require("node:child_process")
const { setTimeout: wait } = require("node:timers/promises")
const answers = () => fetch("http://127.0.0.1:3000/readyz").then(({ ok }) => ok, () => false)
async function once () {
  const start = performance.now()
  const server = spawn(process.execPath, ["dist/src/server.js"], { stdio: "ignore" })
  while (!await answers()) { if (performance.now() - start > 20000) process.exit(1); await wait(2) }
  const taken = Math.round(performance.now() - start)
  server.kill()
  await new Promise((resolve) => server.once("exit", resolve))
  return taken
}
(async () => { const times = []; for (let i = 0; i < 5; i++) times.push(await once()); console.log(times.sort((a, b) => a - b).join(" ")) })()'
read -ra times <<<"$("${engine[@]}" run --rm "${hardened[@]}" "$image" node -e "$first_answer")"
[ "${#times[@]}" = 5 ] || fail 'does not start five times'

size=$("${engine[@]}" image inspect --format '{{.Size}}' "$image")
own=$("${engine[@]}" run --rm "${hardened[@]}" "$image" node -p "
const { readdirSync, statSync } = require('node:fs')
readdirSync('/app', { recursive: true }).reduce((sum, name) => sum + statSync('/app/' + name).size, 0)")
echo "$image: ready, healthy, user 1000, read-only, no shell, no capabilities, not without AUTH_MODE, stopped with 0 in $stop_ms ms"
echo "$image: $(( size / 1000000 )) MB, of which $(( own / 1000000 )) MB are the service; first 200 after ${times[2]} ms (${times[0]} to ${times[4]}), $("${engine[@]}" run --rm "${hardened[@]}" "$image" node --version)"
