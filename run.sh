#!/usr/bin/env bash
# ./run.sh [PATH] [-- args]: installs what is missing, packs the packages, publishes the project at PATH as a unikernel and boots it in QEMU with
# its console on this terminal. The program's exit code is the exit code; Ctrl+C ends the machine. Without PATH it is the sample MinimalApi, and the
# URL under which it answers is printed as soon as it does; port 8080 of this machine leads to it, or the next free one.
# The properties of docs/properties.md can be given in the environment, e.g. UnikernelMachine=microvm ./run.sh
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 DOTNET_SKIP_WORKLOAD_INTEGRITY_CHECK=1 UseSharedCompilation=true

project=$root/samples/MinimalApi
answers=/todos # the path that is asked until there is an answer
if [ $# -gt 0 ] && [ "$1" != -- ]; then
    project=$1
    answers=
    shift
fi
if [ $# -gt 0 ] && [ "$1" != -- ]; then
    echo "usage: ./run.sh [PATH] [-- arguments of the program]" >&2
    exit 2
fi
[ $# -gt 0 ] && shift
[ -e "$project" ] || { echo "run.sh: there is no project at '$project'." >&2; exit 2; }
if [ -d "$project" ]; then
    found=("$project"/*.*proj)
    [ -e "${found[0]}" ] || { echo "run.sh: there is no project file in '$project'." >&2; exit 2; }
    [ ${#found[@]} -eq 1 ] || { echo "run.sh: there is more than one project file in '$project': name one." >&2; exit 2; }
    project=${found[0]}
fi

"$root/install.sh"
feed=$("$root/pack.sh" | tail -n 1 | cut -d' ' -f2-)

# A project outside of this clone finds the packages by a feed that it has configured, or by this one.
if ! grep -rqs "Unikernel.Sdk" "$project" "$(dirname "$project")"/Directory.Build.*; then
    echo "run.sh: '$project' does not use the SDK. Add this line under <Project ...>:  <Sdk Name=\"Unikernel.Sdk\" Version=\"0.1.0\" />" >&2
    exit 2
fi
case $(realpath "$project") in
    "$root"/*) ;;
    *)
        if ! (cd "$(dirname "$project")" && dotnet nuget list source --format short) | grep -qF "$feed"; then
            echo "run.sh: adding $feed to your NuGet sources as 'unikernel' (undo: dotnet nuget remove source unikernel)"
            # From the project's folder: this clone's own nuget.config has the feed already, and NuGet refuses to add it twice.
            (cd "$(dirname "$project")" && { dotnet nuget remove source unikernel >/dev/null 2>&1 || true; } && dotnet nuget add source "$feed" --name unikernel >/dev/null)
        fi
        ;;
esac

dotnet publish "$project" -c Release -r unikernel-x64 --nologo -v q -tl:off -clp:NoSummary
if [ -n "$answers" ]; then
    port=8080
    while (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do # somebody listens there
        port=$((port + 1))
    done
    export UnikernelPorts=${UnikernelPorts:-$port:8080}
    first=${UnikernelPorts%%[,;]*}                # [ADDRESS:]HOST:GUEST[/PROTOCOL]
    port=${first%:*} && port=${port##*:}
    url=http://127.0.0.1:$port$answers
    runner=$$ # `exec` below keeps the number
    while kill -0 "$runner" 2>/dev/null; do
        if curl -sf -o /dev/null --max-time 5 "$url"; then
            printf '\n%s answers (Ctrl+C ends the machine)\n\n' "$url"
            break
        fi
        sleep 0.2
    done &
fi
exec dotnet run --project "$project" -c Release -r unikernel-x64 --no-build -- "$@"
