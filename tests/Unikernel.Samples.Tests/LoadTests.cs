using System.Net;
using Unikernel.Benchmarks;
using Xunit;
using Xunit.Abstractions;

namespace Unikernel.Samples.Tests;

/// <summary>
/// tests/load.sh in short, over QEMU's own network: nothing lost, no stall, and memory comes back. Eight connections at once,
/// because that network loses some of 64: the capture shows that their SYNs never reach the guest. load.sh has 1,000, over a tap.
/// </summary>
public class LoadTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData("microvm")]
    [InlineData("q35")]
    public async Task A_server_under_load_loses_nothing_and_keeps_no_memory(string machine)
    {
        using Sample server = await Sample.BootAsync("Load", machine, 8080, "ready");
        await new LoadProof(new IPEndPoint(IPAddress.Loopback, server.Port), output.WriteLine)
            .RunAsync(requests: 4000, connections: 8, sequential: 400, atOnce: 8, queriesPerSecond: 200, querySeconds: 3);
    }
}
