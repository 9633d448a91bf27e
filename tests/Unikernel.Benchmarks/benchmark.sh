#!/usr/bin/env bash
# Measures: ./benchmark.sh [--rounds N] [--machine microvm|q35] [--program NAME] PART...
#   size start instructions where memory cpu idle                                   a program without a network
#   net-instructions net-profile net-start net-rate net-memory net-idle             the samples, as servers
#   load [--share N]                                                                a server under load, or the Nth part of it
# Needs ./pack.sh first, Debian for the kernel of the Linux guest, and a quiet machine for wall times that mean something. What
# begins with net, and load, runs over a tap in a network namespace of its own: as root, with wrk and dnsperf.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
artifacts=$(cd ../.. && pwd)/artifacts
guest=$artifacts/linux-guest
mkdir -p "$guest"

clang-14 -std=c17 -O2 -Wall -Wextra -Werror -shared -fPIC -o "$artifacts/icount.so" icount/icount.c
clang-14 -std=c17 -O2 -Wall -Wextra -Werror -shared -fPIC -o "$artifacts/profile.so" icount/profile.c
clang-14 -std=c17 -O2 -Wall -Wextra -Werror -static -nostdlib -ffreestanding -fno-stack-protector -o "$guest/init" linux-guest/init.c
clang-14 -std=gnu17 -O2 -Wall -Wextra -Werror -o "$guest/tsc" linux-guest/tsc.c
"$guest/tsc" >"$guest/tsc-khz"

# The floor of all start times: a program of 200 bytes without .NET and without the core, which prints its command line.
clang-14 -m32 -c ../Unikernel.Build.Tests/Assets/exit.S -o "$artifacts/floor.o"
ld.lld-14 -m elf_i386 -static -e start --image-base=0x200000 "$artifacts/floor.o" -o "$artifacts/floor.elf"

# The distribution's kernel for clouds: only the network needs modules, serial ports and the initramfs are built in.
if ! compgen -G "$guest/boot/vmlinuz-*" >/dev/null || [ ! -d "$guest/modules" ]; then
    kernel=$(apt-cache depends linux-image-cloud-amd64 | awk '/Depends: linux-image-/ { print $2; exit }')
    (cd "$guest" && apt-get download -q "$kernel" && dpkg-deb -x "$kernel"_*.deb unpacked && rm -rf boot modules && mv unpacked/boot boot && mv unpacked/lib/modules modules && rm -rf unpacked "$kernel"_*.deb)
fi

# microvm wants the ELF inside the bzImage: the first place from which a decompressor makes one (as the kernel's own scripts/extract-vmlinux).
if [ ! -s "$guest/vmlinux" ]; then
    image=$(echo "$guest"/boot/vmlinuz-*)
    extract() { # magic bytes, decompressor
        local offset
        for offset in $(LC_ALL=C grep -aboP "$1" "$image" | cut -d: -f1); do
            tail -c +$((offset + 1)) "$image" | $2 >"$guest/vmlinux" 2>/dev/null || true
            if [ "$(head -c 4 "$guest/vmlinux" | tail -c 3)" = ELF ]; then return 0; fi
        done
        return 1
    }
    extract '\xfd7zXZ\x00' 'xz -dc' || extract '\x28\xb5\x2f\xfd' 'zstd -dc' || extract '\x1f\x8b\x08' 'gzip -dc' || extract '\x02\x21\x4c\x18' 'lz4 -dc' || {
        rm -f "$guest/vmlinux"
        echo "benchmark.sh: no ELF found in $image" >&2
        exit 1
    }
fi

dotnet build -c Release --nologo -v q -tl:off
program=$(dotnet build -c Release --getProperty:TargetPath)
case " $* " in
*" net"* | *" load"*)
    # The programs come from NuGet and are published before, outside of the namespace.
    dotnet "$program" publish >/dev/null
    export UNIKERNEL_PUBLISHED=1
    exec unshare --net bash -euc '
        ip link set lo up
        ip tuntap add tap0 mode tap
        ip address add 10.0.2.2/24 dev tap0
        ip link set tap0 up
        # The first card of QEMU: else the first question waits a second for the second ARP request, as the first one had no QEMU yet.
        ip neigh replace 10.0.2.15 lladdr 52:54:00:12:34:56 nud permanent dev tap0
        exec dotnet "$@"' -- "$program" "$@"
    ;;
*) exec dotnet "$program" "$@" ;;
esac
