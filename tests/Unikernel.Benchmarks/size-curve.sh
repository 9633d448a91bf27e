#!/usr/bin/env bash
# Publishes one program for each step of what a program can use, and draws the sizes of their images: docs/size-curve.svg, docs/size-curve.tsv.
# ./pack.sh first. Arguments name steps (default: all); the picture is drawn only when all were published.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
root=$PWD
version=$(dotnet msbuild msbuild/Unikernel.Sdk -getProperty:Version)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
all=(empty console timers threads udp tcp json http-client kestrel)

cat > "$work/nuget.config" <<XML
<configuration>
  <config><add key="globalPackagesFolder" value="${NUGET_PACKAGES:-$root/artifacts/nuget}" /></config>
  <packageSources><add key="this-clone" value="$root/artifacts/packages" /></packageSources>
</configuration>
XML
cp global.json "$work"

program() {
    case $1 in
    empty) echo 'return;' ;;
    console) echo 'Console.WriteLine("Hello, World!");' ;;
    timers) echo 'await Task.Delay(10); Console.WriteLine("later");' ;;
    threads) echo 'var t = new Thread(() => Console.WriteLine("there")); t.Start(); t.Join();' ;;
    udp) cat <<'CS'
using var socket = new System.Net.Sockets.Socket(System.Net.Sockets.SocketType.Dgram, System.Net.Sockets.ProtocolType.Udp);
socket.Bind(new System.Net.IPEndPoint(System.Net.IPAddress.Any, 7));
var buffer = new byte[1500];
System.Net.EndPoint peer = new System.Net.IPEndPoint(System.Net.IPAddress.Any, 0);
while (true) socket.SendTo(buffer, socket.ReceiveFrom(buffer, ref peer), System.Net.Sockets.SocketFlags.None, peer);
CS
        ;;
    tcp) cat <<'CS'
using var listener = new System.Net.Sockets.Socket(System.Net.Sockets.SocketType.Stream, System.Net.Sockets.ProtocolType.Tcp);
listener.Bind(new System.Net.IPEndPoint(System.Net.IPAddress.Any, 7));
listener.Listen();
var buffer = new byte[1500];
while (true)
{
    using var client = listener.Accept();
    for (int n; (n = client.Receive(buffer)) > 0;) client.Send(buffer.AsSpan(0, n));
}
CS
        ;;
    json) cat <<'CS'
Console.WriteLine(System.Text.Json.JsonSerializer.Serialize(new Point(1, 2), Json.Default.Point));
public record Point(int X, int Y);
[System.Text.Json.Serialization.JsonSerializable(typeof(Point))] public partial class Json : System.Text.Json.Serialization.JsonSerializerContext;
CS
        ;;
    http-client) echo 'using var client = new HttpClient(); Console.WriteLine(await client.GetStringAsync(args[0]));' ;;
    kestrel) cat <<'CS'
var app = WebApplication.CreateSlimBuilder(args).Build();
app.MapGet("/", (HttpContext context) => context.Response.WriteAsync("Hello, World!"));
app.Run();
CS
        ;;
    *)
        echo "$0: no step '$1'; there are: ${all[*]}" >&2
        exit 2
        ;;
    esac
}

steps=("${@:-${all[@]}}")
for step in "${steps[@]}"; do
    mkdir "$work/$step"
    program "$step" > "$work/$step/Program.cs"
    sdk=Microsoft.NET.Sdk
    [ "$step" != kestrel ] || sdk=Microsoft.NET.Sdk.Web
    cat > "$work/$step/$step.csproj" <<XML
<Project Sdk="$sdk">
  <Sdk Name="Unikernel.Sdk" Version="$version" />
  <PropertyGroup>
    <OutputType>Exe</OutputType>
    <TargetFramework>net10.0</TargetFramework>
    <ImplicitUsings>enable</ImplicitUsings>
    <Nullable>enable</Nullable>
    <OptimizationPreference>Size</OptimizationPreference>
    <StackTraceSupport>false</StackTraceSupport>
    <UseSystemResourceKeys>true</UseSystemResourceKeys>
  </PropertyGroup>
</Project>
XML
    (cd "$work/$step" && dotnet publish -c Release -r unikernel-x64 --nologo -v q -tl:off -m:1 > publish.log 2>&1) || { cat "$work/$step/publish.log" >&2; exit 1; }
    printf '%s\t%s\n' "$step" "$(stat -c %s "$work/$step/bin/Release/net10.0/unikernel-x64/publish/$step.elf")" | tee -a "$work/sizes.tsv"
done
[ $# -eq 0 ] || exit 0

cp "$work/sizes.tsv" docs/size-curve.tsv
awk -F '\t' '
    { name[NR] = $1; size[NR] = $2; if ($2 > most) most = $2 }
    END {
        width = 900; bar = 26; left = 110; room = width - left - 110; height = NR * bar + 50
        printf "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" font-family=\"sans-serif\" font-size=\"13\">\n", width, height
        printf "<rect width=\"%d\" height=\"%d\" fill=\"#fff\"/>\n<text x=\"10\" y=\"22\" font-weight=\"bold\">Size of the image by what the program uses</text>\n", width, height
        for (i = 1; i <= NR; i++) {
            y = 36 + (i - 1) * bar; length_ = size[i] / most * room
            printf "<text x=\"%d\" y=\"%d\" text-anchor=\"end\">%s</text>", left - 8, y + 16, name[i]
            printf "<rect x=\"%d\" y=\"%d\" width=\"%.1f\" height=\"%d\" fill=\"#4c78a8\"/>", left, y + 2, length_, bar - 6
            printf "<text x=\"%.1f\" y=\"%d\">%d kB</text>\n", left + length_ + 6, y + 16, size[i] / 1000
        }
        print "</svg>"
    }' docs/size-curve.tsv > docs/size-curve.svg
echo "docs/size-curve.svg"
