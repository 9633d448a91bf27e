#!/usr/bin/env bash
# Installs what the toolchain needs and this machine lacks: the list below, by apt, as root or with sudo. Says nothing when all is there.
set -euo pipefail

# package : a command or file (pattern) that shows that it is there. LLVM 14 is what Debian 12 and Ubuntu 22.04 have and what the tests use.
packages=(
    qemu-system-x86:qemu-system-x86_64
    clang-14:clang-14
    lld-14:ld.lld-14
    llvm-14:llvm-objcopy-14
    libclang-rt-14-dev:/usr/lib/llvm-14/lib/clang/14.*/lib/linux/libclang_rt.asan-x86_64.a
    musl-dev:/usr/lib/x86_64-linux-musl/libc.a
    make:make
    unzip:unzip
    gdb:gdb
    curl:curl
    bind9-dnsutils:dig
    chromium:chromium
)

fail() {
    echo "install.sh: $*" >&2
    exit 1
}

[ "$(uname -s)-$(uname -m)" = Linux-x86_64 ] || fail "the toolchain runs on Linux x86-64; this is $(uname -s) $(uname -m)."

command -v dotnet >/dev/null || fail "no .NET SDK: install .NET 10 (https://dot.net/download, or the package dotnet-sdk-10.0) and run this again."
dotnet --list-sdks | grep -q '^10\.' || fail "no .NET 10 SDK, only: $(dotnet --list-sdks | cut -d' ' -f1 | tr '\n' ' '). Install .NET 10 (https://dot.net/download)."

missing=()
for entry in "${packages[@]}"; do
    proof=${entry#*:}
    case $proof in
        /*) compgen -G "$proof" >/dev/null || missing+=("${entry%%:*}") ;;
        *) command -v "$proof" >/dev/null || missing+=("${entry%%:*}") ;;
    esac
done
[ ${#missing[@]} -eq 0 ] && exit 0

command -v apt-get >/dev/null || fail "missing: ${missing[*]}; there is no apt-get here, install them by your system's own means."
as_root=()
if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || fail "missing: ${missing[*]}; run this as root, or install sudo."
    as_root=(sudo)
fi
echo "install.sh: installing ${missing[*]}"
export DEBIAN_FRONTEND=noninteractive
"${as_root[@]}" apt-get update -q
# Ubuntu 22.04 has the sanitizers in a package that clang-14 brings along.
apt-cache show libclang-rt-14-dev >/dev/null 2>&1 || missing=("${missing[@]/libclang-rt-14-dev/clang-14}")
# Ubuntu has Chromium as a snap only: the tests of the size report's page say what is missing.
for i in "${!missing[@]}"; do
    if [ "${missing[$i]}" = chromium ] && ! apt-cache show chromium >/dev/null 2>&1; then
        echo "install.sh: there is no package chromium here; install a Chromium or Chrome by hand for the tests of the size report's page."
        unset "missing[$i]"
    fi
done
[ ${#missing[@]} -eq 0 ] || "${as_root[@]}" apt-get install -y -q --no-install-recommends "${missing[@]}"
