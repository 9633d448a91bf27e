#!/usr/bin/env bash
# Installs what is missing, packs the packages, builds and runs all tests (or those of the named projects: ./test.sh Build Linker) and ends with
# one line: `N passed, N failed` (`, N skipped`). Exit code 0 only when nothing failed. Results lie in artifacts/test-results as .trx files.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 DOTNET_SKIP_WORKLOAD_INTEGRITY_CHECK=1 UseSharedCompilation=true

./install.sh
./pack.sh
export UNIKERNEL_PACKED=1 # the tests need not do it again

results=$PWD/artifacts/test-results
rm -rf "$results"
mkdir -p "$results"

projects=()
if [ $# -gt 0 ]; then
    for name in "$@"; do
        projects+=("tests/Unikernel.$name.Tests/Unikernel.$name.Tests.csproj")
    done
else
    projects=(tests/Unikernel.*.Tests/*.csproj)
fi

broken=0 # test projects that did not build or ended without results: a failure each
for project in "${projects[@]}"; do
    name=$(basename "$project" .csproj)
    echo "==== $name"
    if ! dotnet build "$project" --nologo -v q -tl:off; then
        broken=$((broken + 1))
        continue
    fi
    dotnet test "$project" --no-build --nologo --logger "trx;LogFileName=$name.trx" --logger "console;verbosity=minimal" --results-directory "$results" || true
    [ -e "$results/$name.trx" ] || broken=$((broken + 1))
done

# The one <Counters .../> element of each file; what is neither passed nor failed was skipped.
count() {
    local sum=0 value
    for value in $(cat "$results"/*.trx 2>/dev/null | grep -o '<Counters [^>]*>' | grep -o " $1=\"[0-9]*\"" | grep -o '[0-9]*'); do
        sum=$((sum + value))
    done
    echo "$sum"
}
total=$(count total)
passed=$(count passed)
failed=$(($(count failed) + $(count error) + $(count timeout) + $(count aborted)))
skipped=$((total - passed - failed))
failed=$((failed + broken))

summary="$passed passed, $failed failed"
[ "$skipped" -eq 0 ] || summary="$summary, $skipped skipped"
echo "$summary"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
