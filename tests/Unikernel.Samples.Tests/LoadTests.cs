using System.Net;
using Unikernel.Benchmarks;
using Xunit;
using Xunit.Abstractions;

namespace Unikernel.Samples.Tests;

/// <summary>tests/load.sh in short, over QEMU's own network: nothing lost, no stall, and memory comes back.</summary>
public class LoadTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData("microvm")]
    [InlineData("q35")]
    public async Task A_server_under_load_loses_nothing_and_keeps_no_memory(string machine)
    {
        using Sample server = await Sample.BootAsync("Load", machine, 8080, "ready");
        await new LoadProof(new IPEndPoint(IPAddress.Loopback, server.Port), output.WriteLine)
            .RunAsync(requests: 4000, sequential: 400, atOnce: 100, queriesPerSecond: 200, querySeconds: 3);
    }
}
