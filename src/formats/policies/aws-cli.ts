import {
  createKey,
  getBucketPolicy,
  getKeyPolicy,
  getRolePolicy,
  getTrustPolicy,
  putBucketPolicy,
  putKeyPolicy,
  putRolePolicy,
  updateTrustPolicy
} from './aws-commands.js'
import { policyEntries, type PoliciesModel, type PolicyEntry, reasonsOf } from './model.js'
import { entryLines, headerLines, placeOf, statementLines } from './notes.js'
import { policyFile, unusedWord } from './policy-text.js'
import { commentLines } from './print-value.js'
import { keyIdOf, regionOf, roleNameOf, safeFileName, uniqueNames } from './resource-names.js'

const USAGE = [
  '',
  'Usage: sh personalize.sh [--yes]',
  'Each policy is written to a file in the present folder. The difference from the policy that AWS has is displayed, ' +
    'then the script asks before it puts the file; with --yes it does not ask. An error of AWS ends the script.'
]

const FUNCTIONS = `set -eu
answer=\${1:-}

# confirm QUESTION
confirm () {
  if [ "$answer" = --yes ]; then return 0; fi
  printf '%s [y/N] ' "$1" >&2
  read -r reply && [ "$reply" = y ]
}

# read_current FILE CODE COMMAND...: the output of the command in the file. CODE: the error that means "there is none".
read_current () {
  file=$1 none=$2
  shift 2
  if "$@" > "$file" 2> "$file.error"; then return 0; fi
  cat "$file.error" >&2
  grep -q "($none)" "$file.error" || exit 1
  echo '{}' > "$file"
}

# show_difference CURRENT NEW
show_difference () {
  if command -v jq > /dev/null; then
    jq -S . "$1" > "$1.sorted"
    jq -S . "$2" > "$2.sorted"
    diff -u "$1.sorted" "$2.sorted" || true
  else
    diff -u "$1" "$2" || true
  fi
}`

/** The policies as a shell script with a command of the AWS CLI for each. */
export function renderAwsCli (model: PoliciesModel): string {
  const entries = policyEntries(model)
  const unique = uniqueNames()
  const newKey = unusedWord('NEW_KEY_ARN', entries)
  const parts = entries.map((entry) => entryScript(entry, unique(safeFileName(fileNameOf(entry))), newKey))
  const header = ['#!/bin/sh', ...commentLines([...headerLines(model), ...USAGE], '#')].join('\n')
  return `${[header, FUNCTIONS, ...parts].join('\n\n')}\n`
}

/** Without its extension. Multi-Region keys have one id in several Regions. */
function fileNameOf ({ kind, target }: PolicyEntry): string {
  if (target === undefined) return 'key-policy'
  return {
    key: `key-policy-${regionOf(target)}-${keyIdOf(target)}`,
    role: `role-policy-${roleNameOf(target)}`,
    trust: `trust-policy-${roleNameOf(target)}`,
    bucket: `bucket-policy-${target}`
  }[kind]
}

interface Commands {
  get: string
  /** The error code of AWS that means that there is no policy yet. */
  none: string
  put: string
}

function commandsOf ({ kind, target = '', policyName }: PolicyEntry, file: string): Commands {
  switch (kind) {
    case 'key':
      return { get: getKeyPolicy(target), none: 'none', put: putKeyPolicy(target, file) }
    case 'role':
      return {
        get: getRolePolicy(target, policyName),
        none: 'NoSuchEntity',
        put: putRolePolicy(target, policyName, file)
      }
    case 'trust':
      return { get: getTrustPolicy(target), none: 'none', put: updateTrustPolicy(target, file) }
    case 'bucket':
      return { get: getBucketPolicy(target), none: 'NoSuchBucketPolicy', put: putBucketPolicy(target, file) }
  }
}

function entryScript (entry: PolicyEntry, name: string, newKey: string): string {
  const place = placeOf(entry)
  const notes = [
    ...entryLines(entry),
    ...[...reasonsOf(entry).values()].map((reason) => `${reason.sid}: ${statementLines(reason).join(' ')}`),
    ...(place === undefined ? [] : [`Credentials: ${place}.`])
  ]
  const comment = commentLines(notes, '#')
  const file = `${name}.json`
  if (entry.target === undefined) {
    return [...comment, ...hereDocument(file, policyFile(entry, newKey)), ...createKeyLines(file)].join('\n')
  }
  const { get, none, put } = commandsOf(entry, file)
  return [
    ...comment,
    ...policyFileLines(entry, file, newKey),
    `read_current ${name}.current.json ${none} ${get}`,
    `show_difference ${name}.current.json ${file}`,
    `if confirm 'Put ${file}?'; then`,
    `  ${put}`,
    'fi'
  ].join('\n')
}

function policyFileLines (entry: PolicyEntry, file: string, newKey: string): string[] {
  const text = policyFile(entry, newKey)
  if (text === policyFile(entry, '')) return hereDocument(file, text)
  return [
    ...hereDocument(`${file}.in`, text),
    `sed "s|${newKey}|\${new_key_arn:?the key was not created}|" ${file}.in > ${file}`
  ]
}

// A line of JSON is never the delimiter alone: a line break in a text has an escape.
function hereDocument (file: string, text: string): string[] {
  return [`cat > ${file} <<'POLICY'`, text, 'POLICY']
}

function createKeyLines (file: string): string[] {
  return [
    `if confirm 'Create a key with ${file}?'; then`,
    `  new_key_arn=$(${createKey(file)})`,
    '  aws kms enable-key-rotation --key-id "$new_key_arn"',
    '  echo "$new_key_arn"',
    'fi'
  ]
}
