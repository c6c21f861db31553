#!/usr/bin/env bash
# Keeps one comment of the pull request up to date: the one of a bot that begins with the hidden line of the report.
set -euo pipefail

comments=repos/$GITHUB_REPOSITORY/issues/$NUMBER/comments
ours='.[] | select(.user.type == "Bot" and (.body | startswith("<!-- personalize-kms:report -->"))) | .id'

publish () {
  local ids
  ids=$(gh api --paginate "$comments" --jq "$ours") || return
  if [ -n "$ids" ]; then
    gh api --method PATCH "repos/$GITHUB_REPOSITORY/issues/comments/${ids%%$'\n'*}" -F "body=@$COMMENT" --silent
  else
    gh api --method POST "$comments" -F "body=@$COMMENT" --silent
  fi
}

# The token of a fork may not comment: the summary of the step has the report, too.
publish || echo '::warning::The report could not be written as a comment of the pull request.'
