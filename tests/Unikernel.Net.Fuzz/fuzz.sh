#!/usr/bin/env bash
# Long fuzzing with afl++ and SharpFuzz: fuzz.sh TARGET [SECONDS]. Needs `apt-get install afl++` and
# `dotnet tool install --global SharpFuzz.CommandLine`. Without them: fuzz.sh --random SECONDS. Findings become tests.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
out=$here/bin/fuzz
dotnet build "$here" -c Release -o "$out" --nologo -v q
if [ "${1:-}" = --random ]; then exec "$out/Unikernel.Net.Fuzz" "$@"; fi
target=${1:?a target; run $out/Unikernel.Net.Fuzz without arguments for a list}
sharpfuzz "$out/Unikernel.Net.dll"
"$out/Unikernel.Net.Fuzz" --corpus "$out/corpus"
AFL_SKIP_BIN_CHECK=1 exec timeout "${2:-3600}" afl-fuzz -i "$out/corpus" -o "$out/findings-${target// /-}" -t 5000 -m none "$out/Unikernel.Net.Fuzz" "$target"
