#!/usr/bin/env bash
# Builds the image and checks it: user 1000, a read-only root file system, no capabilities, no shell, no npm, no setuid
# files, labels, healthy, stopped by SIGTERM with exit code 0. Prints its size and the time to the first response.
# ENGINE (docker), BUILD_FLAGS and RUN_FLAGS adapt it to the machine: docs/deployment.md has an example with podman.
set -euo pipefail
cd "$(dirname "$0")/.."

read -ra engine <<<"${ENGINE:-docker}"
read -ra build_flags <<<"${BUILD_FLAGS:-}"
read -ra run_flags <<<"${RUN_FLAGS:-}"
image=${IMAGE:-personalize-kms-policy-service}
fail () { echo "$image: $1" >&2; exit 1; }

"${engine[@]}" build "${build_flags[@]}" --tag "$image" .

container=
trap '[ -z "$container" ] || "${engine[@]}" rm --force "$container" >/dev/null' EXIT
hardened=(--read-only --cap-drop all --security-opt no-new-privileges --memory 256m "${run_flags[@]}"
  --env AUTH_MODE=gateway --env TRUST_PROXY=127.0.0.1/32)

container=$("${engine[@]}" run --detach "${hardened[@]}" "$image")
probe='fetch(`http://127.0.0.1:${process.env.PORT}/readyz`).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))'
for _ in $(seq 50); do
  if "${engine[@]}" exec "$container" node -e "$probe"; then ready=yes; break; fi
  sleep 0.2
done
[ "${ready:-no}" = yes ] || fail 'does not become ready'
[ "$("${engine[@]}" exec "$container" node -p 'process.getuid() + ":" + process.getgid()')" = 1000:1000 ] || fail 'does not run as 1000:1000'
unwanted=$("${engine[@]}" exec "$container" node -p "
const { existsSync } = require('node:fs'); ['sh', 'bash', 'dash', 'busybox', 'npm', 'npx', 'apt-get'].filter((name) => process.env.PATH.split(':').some((folder) => existsSync(folder + '/' + name))).join(' ')")
[ -z "$unwanted" ] || fail "has $unwanted"
setuid=$("${engine[@]}" exec "$container" node -p "
const { lstatSync, readdirSync } = require('node:fs')
const walk = (folder) => readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
  const path = folder + entry.name
  if (entry.isDirectory()) return ['/proc', '/sys', '/dev'].includes(path) ? [] : walk(path + '/')
  return entry.isFile() && (lstatSync(path).mode & 0o6000) !== 0 ? [path] : []
})
walk('/').join(' ')")
[ -z "$setuid" ] || fail "has setuid files: $setuid"
for label in version revision source base.name base.digest; do
  [ -n "$("${engine[@]}" inspect --format "{{index .Config.Labels \"org.opencontainers.image.$label\"}}" "$container")" ] || fail "has no label $label"
done
for folder in / /app /app/dist; do
  "${engine[@]}" exec "$container" node -e "try { require('node:fs').writeFileSync('$folder/written', ''); process.exit(1) } catch {}" || fail "$folder can be written to"
done

# Podman runs a health check on request, Docker by itself.
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

# The image listens on all addresses: without AUTH_MODE it must not start.
code=0
timeout 30 "${engine[@]}" run --rm --read-only "${run_flags[@]}" "$image" >/dev/null 2>&1 || code=$?
[ "$code" = 78 ] || fail "starts without AUTH_MODE, or ends with $code in place of 78"

# Five times from spawn to the first 200, inside the container, by the command of the image.
command=$("${engine[@]}" image inspect --format '{{json .Config.Cmd}}' "$image")
first_answer='
const { spawn } = require("node:child_process")
const { setTimeout: wait } = require("node:timers/promises")
const answers = () => fetch("http://127.0.0.1:3000/readyz").then(({ ok }) => ok, () => false)
async function once () {
  const start = performance.now()
  const server = spawn(process.execPath, JSON.parse(process.argv[1]).slice(1), { stdio: "ignore" })
  while (!await answers()) { if (performance.now() - start > 20000) process.exit(1); await wait(2) }
  const taken = Math.round(performance.now() - start)
  server.kill()
  await new Promise((resolve) => server.once("exit", resolve))
  return taken
}
(async () => { const times = []; for (let i = 0; i < 5; i++) times.push(await once()); console.log(times.sort((a, b) => a - b).join(" ")) })()'
read -ra times <<<"$("${engine[@]}" run --rm "${hardened[@]}" "$image" node -e "$first_answer" "$command")"
[ "${#times[@]}" = 5 ] || fail 'does not start five times'

size=$("${engine[@]}" image inspect --format '{{.Size}}' "$image")
own=$("${engine[@]}" run --rm "${hardened[@]}" "$image" node -p "
const { readdirSync, statSync } = require('node:fs')
readdirSync('/app', { recursive: true }).reduce((sum, name) => sum + statSync('/app/' + name).size, 0)")
echo "$image: ready, healthy, user 1000, read-only, no shell, npm or setuid files, no capabilities, not without AUTH_MODE, stopped with 0 in $stop_ms ms"
echo "$image: $(( size / 1000000 )) MB, of which $(( own / 1000000 )) MB are the service; first 200 after ${times[2]} ms (${times[0]} to ${times[4]}), $("${engine[@]}" run --rm "${hardened[@]}" "$image" node --version)"
