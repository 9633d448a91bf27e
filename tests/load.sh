#!/usr/bin/env bash
# Puts a server in the guest under load and fails when something is lost, stalls, or does not come back: 200,000 HTTP requests, 20,000 connections
# one after another, 1,000 at once, 2,000 UDP queries a second for a minute, on both machine types. As root, after ./pack.sh.
# ./load.sh [--share N] [--machine microvm|q35]: the Nth part, one machine.
set -euo pipefail
exec "$(dirname "${BASH_SOURCE[0]}")/Unikernel.Benchmarks/benchmark.sh" "$@" load
