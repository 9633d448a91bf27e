#!/usr/bin/env bash
# Measures: ./benchmark.sh [--rounds N] [size] [start] [instructions] [memory] [cpu] [idle]. Needs ./pack.sh first, Debian for
# the kernel of the Linux guest, and a quiet machine for figures that mean something.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
artifacts=$(cd ../.. && pwd)/artifacts
guest=$artifacts/linux-guest
mkdir -p "$guest"

clang-14 -std=c17 -O2 -Wall -Wextra -Werror -shared -fPIC -o "$artifacts/icount.so" icount/icount.c
clang-14 -std=c17 -O2 -Wall -Wextra -Werror -static -nostdlib -ffreestanding -fno-stack-protector -o "$guest/init" linux-guest/init.c

# The distribution's kernel for clouds: no driver modules are needed, serial ports and the initramfs are built in.
if ! compgen -G "$guest/boot/vmlinuz-*" >/dev/null; then
    kernel=$(apt-cache depends linux-image-cloud-amd64 | awk '/Depends: linux-image-/ { print $2; exit }')
    (cd "$guest" && apt-get download -q "$kernel" && dpkg-deb -x "$kernel"_*.deb unpacked && rm -rf boot && mv unpacked/boot boot && rm -rf unpacked "$kernel"_*.deb)
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

exec dotnet run -c Release --project . -v q -- "$@"
