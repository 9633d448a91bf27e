using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Unikernel.Benchmarks;

/// <summary>
/// Puts the server of tests/guest/Load under load and looks at every byte that comes back. Throws when something is lost that the
/// protocol promises, when a request takes longer than a stall, or when memory does not come back.
/// </summary>
internal sealed class LoadProof(IPEndPoint server, Action<string> report)
{
    /// <summary>TCP's own retransmissions on an emulated machine stay far below this; a lost wake-up does not end at all.</summary>
    private static readonly TimeSpan s_stall = TimeSpan.FromSeconds(20);

    /// <summary>Live objects may differ by what pools keep: buffers of connections, the thread pool's queues.</summary>
    private const long Tolerance = 256 * 1024;

    private static readonly byte[] s_request = Encoding.ASCII.GetBytes("GET / HTTP/1.1\r\nHost: guest\r\n\r\n");
    private readonly byte[] _page = Expected(612);
    private long _slowest; // ticks of Stopwatch

    public async Task RunAsync(int requests, int connections, int sequential, int atOnce, int queriesPerSecond, int querySeconds)
    {
        // As much at once as later: pools have their size, and the code its types, when memory is looked at for the first time.
        await ManyRequestsAsync(Math.Min(requests, 2000), connections);
        await AtOnceAsync(atOnce);
        (long live, long machine) before = await MemoryAsync();
        report(string.Create(CultureInfo.InvariantCulture, $"before: {before.live:N0} bytes of live objects, {before.machine:N0} of the machine's memory"));

        await TimedAsync($"{requests:N0} requests on {connections} connections", () => ManyRequestsAsync(requests, connections));
        await TimedAsync($"{sequential:N0} connections one after another", () => OneAfterAnotherAsync(sequential));
        await TimedAsync($"{atOnce:N0} connections at once", () => AtOnceAsync(atOnce));
        await QueriesAsync(queriesPerSecond, querySeconds);

        // Connections in TIME-WAIT end with time.
        (long live, long machine) after = await MemoryAsync();
        for (int i = 0; i < 15 && after.live > before.live + Tolerance; i++)
        {
            await Task.Delay(TimeSpan.FromSeconds(5));
            after = await MemoryAsync();
        }

        report(string.Create(CultureInfo.InvariantCulture, $"after: {after.live:N0} bytes of live objects, {after.machine:N0} of the machine's memory; slowest request {Stopwatch.GetElapsedTime(0, _slowest).TotalMilliseconds:F0} ms"));
        if (after.live > before.live + Tolerance)
        {
            throw new InvalidOperationException($"{after.live - before.live:N0} bytes more are in use after the load than before.");
        }
    }

    /// <summary>Keep-alive requests, the same number on each connection.</summary>
    public async Task ManyRequestsAsync(int requests, int connections) => await Task.WhenAll(Enumerable.Range(0, connections).Select(async _ =>
    {
        using Socket socket = await ConnectAsync();
        byte[] buffer = new byte[_page.Length];
        for (int i = 0; i < requests / connections; i++)
        {
            await RequestAsync(socket, buffer);
        }
    }));

    private async Task OneAfterAnotherAsync(int connections)
    {
        byte[] buffer = new byte[_page.Length];
        for (int i = 0; i < connections; i++)
        {
            using Socket socket = await ConnectAsync();
            await RequestAsync(socket, buffer);
        }
    }

    private async Task AtOnceAsync(int connections)
    {
        Socket[] sockets = await Task.WhenAll(Enumerable.Range(0, connections).Select(_ => ConnectAsync()));
        await Task.WhenAll(sockets.Select(s => RequestAsync(s, new byte[_page.Length])));
        foreach (Socket socket in sockets)
        {
            socket.Dispose();
        }
    }

    // UDP promises nothing, so losses are counted and not refused; what comes must be right.
    private async Task QueriesAsync(int perSecond, int seconds)
    {
        int total = perSecond * seconds, answered = 0, wrong = 0;
        using Socket socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        await socket.ConnectAsync(server);
        if (Environment.IsPrivilegedProcess)
        {
            // SOL_SOCKET, SO_RCVBUFFORCE: what this process is too busy to read is not the guest's loss.
            socket.SetRawSocketOption(1, 33, BitConverter.GetBytes(16 << 20));
        }

        bool[] seen = new bool[total];
        using CancellationTokenSource end = new();
        Task receiver = Task.Run(async () =>
        {
            byte[] answer = new byte[128];
            try
            {
                while (answered < total)
                {
                    int length = await socket.ReceiveAsync(answer, end.Token);
                    int number = BitConverter.ToInt32(answer);
                    if (length == 40 && (uint)number < (uint)total && !seen[number])
                    {
                        seen[number] = true;
                        answered++;
                    }
                    else
                    {
                        wrong++;
                    }
                }
            }
            catch (OperationCanceledException)
            {
                // The time for late answers is over.
            }
        });
        long start = Stopwatch.GetTimestamp();
        byte[] query = new byte[40];
        for (int i = 0; i < total; i++)
        {
            BitConverter.TryWriteBytes(query, i);
            await socket.SendAsync(query);
            while (Stopwatch.GetElapsedTime(start).TotalSeconds * perSecond < i)
            {
                await Task.Delay(1);
            }
        }

        end.CancelAfter(TimeSpan.FromSeconds(2));
        await receiver;
        report($"{total:N0} queries, {perSecond:N0} a second: {total - answered:N0} without an answer");
        if (wrong != 0 || answered == 0)
        {
            throw new InvalidOperationException($"{answered} right answers, {wrong} wrong ones");
        }
    }

    /// <summary>What the guest says of its memory: bytes of live objects, and of the machine's memory.</summary>
    private async Task<(long Live, long Machine)> MemoryAsync()
    {
        using Socket socket = await ConnectAsync();
        await socket.SendAsync(Encoding.ASCII.GetBytes("GET /memory HTTP/1.1\r\nHost: guest\r\n\r\n"));
        byte[] buffer = new byte[1024];
        int length = 0, end;
        while ((end = buffer.AsSpan(0, length).IndexOf("\r\n\r\n"u8)) < 0 || buffer.AsSpan(end, length - end).IndexOf((byte)' ') < 0)
        {
            length += await ReceiveAsync(socket, buffer.AsMemory(length));
        }

        string[] words = Encoding.ASCII.GetString(buffer, end + 4, length - end - 4).Split(' ');
        return (long.Parse(words[0], CultureInfo.InvariantCulture), long.Parse(words[1], CultureInfo.InvariantCulture));
    }

    private async Task<Socket> ConnectAsync()
    {
        Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        using CancellationTokenSource patience = new(s_stall);
        await socket.ConnectAsync(server, patience.Token);
        return socket;
    }

    private async Task RequestAsync(Socket socket, byte[] buffer)
    {
        long start = Stopwatch.GetTimestamp();
        await socket.SendAsync(s_request);
        for (int length = 0; length < _page.Length;)
        {
            length += await ReceiveAsync(socket, buffer.AsMemory(length));
        }

        if (!buffer.AsSpan().SequenceEqual(_page))
        {
            throw new InvalidOperationException("An answer differs: " + Encoding.ASCII.GetString(buffer));
        }

        long elapsed = Stopwatch.GetTimestamp() - start, slowest;
        while (elapsed > (slowest = Volatile.Read(ref _slowest)) && Interlocked.CompareExchange(ref _slowest, elapsed, slowest) != slowest) { }
    }

    private static async Task<int> ReceiveAsync(Socket socket, Memory<byte> buffer)
    {
        using CancellationTokenSource patience = new(s_stall);
        int length = await socket.ReceiveAsync(buffer, patience.Token);
        return length > 0 ? length : throw new InvalidOperationException("The server closed a connection in the middle of an answer.");
    }

    private async Task TimedAsync(string what, Func<Task> run)
    {
        long start = Stopwatch.GetTimestamp();
        await run();
        report(string.Create(CultureInfo.InvariantCulture, $"{what}: {Stopwatch.GetElapsedTime(start).TotalSeconds:F1} s"));
    }

    private static byte[] Expected(int length)
    {
        StringBuilder page = new("HTTP/1.1 200 OK\r\nContent-Length: 612\r\n\r\n");
        for (int i = 0; i < length; i++)
        {
            page.Append((char)('a' + i % 26));
        }

        return Encoding.ASCII.GetBytes(page.ToString());
    }
}
