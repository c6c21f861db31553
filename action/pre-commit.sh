#!/bin/sh
# The hook of .pre-commit-hooks.yaml. Installing this repository would install all that it is developed with.
exec npx --yes --package "${PERSONALIZE_KMS_PACKAGE:-personalize-kms-policy-service@0.4.0}" \
  personalize-kms verify-documents "$@"
