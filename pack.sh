#!/usr/bin/env bash
# Builds the core and packs all packages into artifacts/packages. The last line printed is `VERSION FEED`, for scripts.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
root=$PWD
feed=$root/artifacts/packages
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 DOTNET_SKIP_WORKLOAD_INTEGRITY_CHECK=1 UseSharedCompilation=true

make --no-print-directory -s -C runtime-shim/core

mkdir -p artifacts
exec 9>artifacts/.pack.lock
flock 9

# Into a folder beside the feed first: a package is replaced only when its content changed, so that nothing rebuilds for a new time stamp.
staging=$root/artifacts/packing
rm -rf "$staging"
for project in msbuild/Unikernel.Sdk msbuild/Unikernel.Size analyzers/Unikernel.Analyzers runtime-shim/Unikernel.Binding; do
    dotnet pack "$project" -c Release -o "$staging" --nologo -v q -tl:off 9>&- # the compiler server outlives this and must not inherit the lock
done

content() { # of a package: names and checksums of its files, without what carries the time of packing
    unzip -lqq -v "$1" | awk '{ print $7, $8 }' | grep -v -e '\.psmdcp$' -e '_rels/' | sort
}
version=$(dotnet msbuild msbuild/Unikernel.Sdk -getProperty:Version)
caches=("$root/artifacts/nuget" "$(cd / && dotnet nuget locals global-packages --list --force-english-output | sed 's/^global-packages: *//')")
for package in "$staging"/*.nupkg; do
    file=$(basename "$package")
    id=${file%."$version".nupkg}
    if [ ! -e "$feed/$file" ] || ! cmp -s <(content "$package") <(content "$feed/$file"); then
        mv "$package" "$feed/$file"
    fi
    # NuGet never looks again at a version that it has unpacked: evict copies of an older packing.
    for cache in "${caches[@]}"; do
        copy=$cache/${id,,}/$version
        if [ -d "$copy" ] && ! cmp -s "$feed/$file" "$copy/${id,,}.$version.nupkg"; then
            rm -rf "$copy"
        fi
    done
done
rm -rf "$staging"

echo "$version $feed"
