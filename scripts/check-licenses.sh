#!/usr/bin/env bash
# Holds the licenses of the installed packages against what may be used with an Apache-2.0 work.
set -euo pipefail
cd "$(dirname "$0")/.."

# What is shipped: permissive licenses alone.
shipped='Apache-2.0;MIT;ISC;BSD-2-Clause;BSD-3-Clause;0BSD;BlueOak-1.0.0'
# What develops it: those of data and texts too, and checkers under the MPL; nothing of them is shipped.
development="$shipped;CC0-1.0;CC-BY-3.0;CC-BY-4.0;Python-2.0;MPL-2.0"
# Its package.json names no license; the file beside it is that of MIT.
read_by_hand='jsonc-simple-parser'

PATH="$PWD/node_modules/.bin:$PATH"
license-compliance --production --allow "$shipped"
license-compliance --development --allow "$development" --exclude "$read_by_hand"
echo 'licenses: permissive, of what is shipped and of what develops it'
