#!/usr/bin/env bash
# Runs the command and leaves verdict, exit status and reports as outputs of the step. The command itself writes the
# annotations and the summary of the step.
set -euo pipefail

folder=$RUNNER_TEMP/personalize-kms
mkdir -p "$folder"
rm -f "$folder"/report.*

arguments=(verify-documents)
[ -z "$REQUEST" ] || arguments+=("$REQUEST")
[ -z "$FROM" ] || arguments+=(--from "$FROM")
[ -z "$USAGE" ] || arguments+=(--usage "$USAGE")
arguments+=(--fail-on "$FAIL_ON" --format table)
arguments+=(--format "json=$folder/report.json" --format "sarif=$folder/report.sarif")
arguments+=(--format "markdown=$folder/report.md")

status=0
npx --yes --package "$PACKAGE" personalize-kms "${arguments[@]}" || status=$?
# Without a report there is no verdict.
[ -s "$folder/report.json" ] || exit "$((status == 0 ? 3 : status))"

{
  echo "verdict=$(jq -r .verdict "$folder/report.json")"
  echo "status=$status"
  echo "report=$folder/report.json"
  echo "sarif=$folder/report.sarif"
  echo "markdown=$folder/report.md"
} >> "$GITHUB_OUTPUT"
