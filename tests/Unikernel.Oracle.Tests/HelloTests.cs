using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;

namespace Unikernel.Oracle.Tests;

/// <summary>What the smallest program does beside printing: it starts the finalizer's thread, and opens nothing.</summary>
public sealed class HelloTests : IDisposable
{
    // Each way to a thread: the C library's, by which the runtime starts its own, and the one of System.Threading.Thread.
    private const string Script = """
        set pagination off
        set confirm off
        target remote 127.0.0.1:PORT
        break pthread_create
        commands
        silent
        printf "thread by pthread_create\n"
        continue
        end
        break SystemNative_CreateThread
        commands
        silent
        printf "thread by CreateThread\n"
        continue
        end
        info functions -q LibraryOS_[A-Za-z]*__
        continue
        """;

    private readonly TestProject _project = new();

    public void Dispose() => _project.Dispose();

    [Fact]
    public void HelloStartsOneThreadAndOpensNothing()
    {
        _project.WriteProject("App", """Console.WriteLine("Hello, World!");""");
        int port = FreePort();
        using Process run = Command.Start(_project.Folder, "dotnet",
            ["run", "-c", "Release", "-r", TestProject.Rid, "-p:UnikernelDebug=true", $"-p:UnikernelDebugPort={port}", "-p:UnikernelAccelerator=tcg"], []);
        string? line;
        while ((line = run.StandardError.ReadLine()) is not null && !line.Contains("target remote", StringComparison.Ordinal))
        {
        }

        Assert.NotNull(line); // the line to type: gdb SYMBOLS -ex 'target remote 127.0.0.1:PORT'
        _project.Write("count.gdb", Script.Replace("PORT", port.ToString(System.Globalization.CultureInfo.InvariantCulture), StringComparison.Ordinal));
        Outcome gdb = Command.Run("/", "gdb", "-batch", "-nx", "-x", _project["count.gdb"], line.Trim().Split(' ')[1]);
        Assert.EndsWith("Hello, World!\n", run.StandardOutput.ReadToEnd(), StringComparison.Ordinal); // a restore that unpacks packages has its say before it
        Assert.True(run.WaitForExit(TimeSpan.FromMinutes(1)));

        Assert.Single(gdb.Output.Split('\n'), l => l.StartsWith("thread by", StringComparison.Ordinal)); // the finalizer's
        // The library OS is in the image as far as it is bound: the console's entry point is, that which opens files is not.
        Assert.Contains("DescriptorEntryPoints__Write", gdb.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("OpenEntryPoints__", gdb.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("LibraryOS_SocketCreation__", gdb.Output, StringComparison.Ordinal);
        MapIsTrue(gdb.Output);
    }

    // The map says no more than what is there, and how the program gets to it.
    private void MapIsTrue(string functions)
    {
        using JsonDocument map = JsonDocument.Parse(File.ReadAllText(_project[$"obj/Release/net10.0/{TestProject.Rid}/native/report/os-surface-map.json"]));
        Dictionary<string, JsonElement> entries = map.RootElement.GetProperty("entryPoints").EnumerateArray().ToDictionary(e => e.GetProperty("entryPoint").GetString()!);
        Assert.All(
            entries.Values.Where(e => e.GetProperty("status").GetString() == "provided"),
            e => Assert.Contains(e.GetProperty("chain").EnumerateArray().Last().GetString()!.Split('_')[^1], functions, StringComparison.Ordinal));
        Assert.All(["SystemNative_Open", "SystemNative_Stat", "SystemNative_Unlink", "SystemNative_Socket", "SystemNative_PRead", "SystemNative_GetPid"], name => Assert.DoesNotContain(name, entries.Keys));
        JsonElement write = entries["SystemNative_Write"];
        string[] chain = [.. write.GetProperty("chain").EnumerateArray().Select(e => e.GetString()!)];
        Assert.Equal("__managed__Main", chain[0]);
        Assert.Contains("App_Program___Main__", chain);
        Assert.EndsWith("DescriptorEntryPoints__Write", chain[^1], StringComparison.Ordinal);
    }

    private static int FreePort()
    {
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
