#!/usr/bin/env bash
# The soak: the threading and collector programs with a 10 kHz preemption tick, 20 runs (or as many as the
# first argument says) on both machine types. ./test.sh runs them once. Needs ./pack.sh first.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
UNIKERNEL_SOAK_RUNS=${1:-20} dotnet test Unikernel.Guest.Tests --nologo -m:1 --filter FullyQualifiedName~SoakTests
