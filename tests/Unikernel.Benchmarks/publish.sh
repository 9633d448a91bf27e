#!/usr/bin/env bash
# What publishing costs: publish.sh [ROUNDS] [hello|web] [publish|steps]; without names all of it. Clean publishes of `hello` and of the ASP.NET Core slim application in pairs, stock linux-x64
# NativeAOT and unikernel-x64 in turn; the linker alone; ILC on swept and on unswept assemblies. Needs ./pack.sh and an otherwise idle machine.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
root=$PWD rounds=${1:-3} subjects=${2:-hello web} parts=${3:-publish steps}
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 NUGET_PACKAGES=${NUGET_PACKAGES:-$root/artifacts/nuget}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
linux=()
command -v clang > /dev/null || command -v gcc > /dev/null || linux=(-p:CppCompilerAndLinker=clang-14 -p:LinkerFlavor=lld-14)

cat > "$work/nuget.config" <<EOF
<configuration><packageSources><add key="clone" value="$root/artifacts/packages" /></packageSources></configuration>
EOF
project() { # name, SDK, program: one with the line of the toolchain, one without
    for kind in stock unikernel; do
        mkdir -p "$work/$1-$kind"
        cp "$3" "$work/$1-$kind/Program.cs"
        line=""
        [ $kind = stock ] || line='<Sdk Name="Unikernel.Sdk" Version="0.1.0" />'
        cat > "$work/$1-$kind/$1.csproj" <<EOF
<Project Sdk="$2">
  $line
  <PropertyGroup>
    <OutputType>Exe</OutputType><TargetFramework>net10.0</TargetFramework><Nullable>enable</Nullable><ImplicitUsings>enable</ImplicitUsings>
    <PublishAot>true</PublishAot><InvariantGlobalization>true</InvariantGlobalization><EventSourceSupport>false</EventSourceSupport>
  </PropertyGroup>
</Project>
EOF
    done
}
echo 'Console.WriteLine("Hello, World!");' > "$work/hello.cs"
project hello Microsoft.NET.Sdk "$work/hello.cs"
project web Microsoft.NET.Sdk.Web tests/Unikernel.Linker.Cases/Oracle/WebSlim.cs

seconds() { # of a command whose output is only shown when it fails
    local from to
    from=$(date +%s.%N)
    "$@" > "$work/log" 2>&1 || { cat "$work/log" >&2; exit 1; }
    to=$(date +%s.%N)
    echo "$from $to" | awk '{ printf "%.2f", $2 - $1 }'
}
median() { sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'; }
publish() { # project, RID, more…
    cd "$1"
    rm -rf bin obj
    dotnet publish -c Release -r "$2" --nologo -v q "${@:3}"
}

clean_publishes() {
    local name=$1 round a b stock ours
    for kind in stock unikernel; do : > "$work/$name-$kind.times"; done
    for ((round = 0; round <= rounds; round++)); do # the first warms caches and is not counted
        a=$(seconds publish "$work/$name-stock" linux-x64 "${linux[@]}")
        b=$(seconds publish "$work/$name-unikernel" unikernel-x64)
        [ $round -eq 0 ] || { echo "$a" >> "$work/$name-stock.times"; echo "$b" >> "$work/$name-unikernel.times"; }
    done
    stock=$(median < "$work/$name-stock.times") ours=$(median < "$work/$name-unikernel.times")
    echo "$name: clean publish, stock linux-x64 $stock s, unikernel-x64 $ours s, ratio $(echo "$ours $stock" | awk '{ printf "%.2f", $1 / $2 }')"
}

# With the response files of a publish. The unswept input is what the same publish compiles with UnikernelLinkMode=bind.
steps_alone() {
    local name=$1 native=$work/$1-unikernel/obj/Release/net10.0/unikernel-x64/native linker ilc round l s w
    seconds publish "$work/$name-unikernel" unikernel-x64 -p:UnikernelLinkMode=bind -p:UnikernelUnprovided=stub > "$work/$name.bind"
    cp -r "$native" "$work/$name-whole"
    sed "s#$native#$work/$name-whole#" "$native/$name.ilc.rsp" > "$work/$name-whole.rsp"
    seconds publish "$work/$name-unikernel" unikernel-x64 > "$work/$name.sweep"
    cp "$native/$name.linker.rsp" "$work/$name.linker.rsp"
    cp -r "$native" "$work/$name-swept"
    sed "s#$native#$work/$name-swept#" "$native/$name.ilc.rsp" > "$work/$name-swept.rsp"
    linker=$NUGET_PACKAGES/unikernel.sdk/0.1.0/tools/linker/Unikernel.Linker
    ilc=$NUGET_PACKAGES/runtime.linux-x64.microsoft.dotnet.ilcompiler/10.0.12/tools/ilc
    : > "$work/$name.linker"; : > "$work/$name.swept"; : > "$work/$name.whole"
    cd "$work/$name-unikernel"
    for ((round = 0; round <= rounds; round++)); do
        rm -rf "$native/linked"
        l=$(seconds /usr/bin/time -o "$work/memory" -f %M "$linker" "@$work/$name.linker.rsp")
        s=$(seconds "$ilc" "@$work/$name-swept.rsp")
        w=$(seconds "$ilc" "@$work/$name-whole.rsp")
        [ $round -eq 0 ] || { echo "$l" >> "$work/$name.linker"; echo "$s" >> "$work/$name.swept"; echo "$w" >> "$work/$name.whole"; }
    done
    echo "$name: linker $(median < "$work/$name.linker") s, $(awk '{ printf "%d", $1 / 1024 }' "$work/memory") MB at its peak"
    echo "$name: ilc on swept assemblies $(median < "$work/$name.swept") s, on unswept $(median < "$work/$name.whole") s"
}

for name in $subjects; do
    for part in $parts; do
        case $part in
            publish) clean_publishes "$name" ;;
            steps) steps_alone "$name" ;;
            *) echo "no part '$part'; there are publish and steps" >&2; exit 2 ;;
        esac
    done
done
echo "medians of $rounds rounds"
