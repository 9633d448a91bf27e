using System.Net;
using System.Net.Sockets;

namespace Unikernel.Guest;

/// <summary>The asynchronous calls: completion, cancellation, close under way.</summary>
internal static class AsyncCases
{
    public static void Run()
    {
        Suite.Case("connect accept", () => ConnectAccept().Result);
        Suite.Case("echo", () => Echo().Result);
        Suite.Each("bytes arrive whole", [1, 1460, 70_000, 2_000_000], n => Whole(n).Result);
        Suite.Case("receive completes when data comes", () => ReceiveLater().Result);
        Suite.Case("many receives in order", () => Ordered().Result);
        Suite.Case("cancel receive", () => Cancelled(async (p, t) => await p.Client.ReceiveAsync(new byte[1], t)));
        Suite.Case("cancel accept", () => CancelledListener());
        Suite.Case("cancel send of a full socket", () => Cancelled(async (p, t) =>
        {
            byte[] block = new byte[1_000_000];
            while (true)
            {
                await p.Client.SendAsync(block, t);
            }
        }));
        Suite.Case("cancelled before", () => Cancelled((p, _) => p.Client.ReceiveAsync(new byte[1], new CancellationToken(true)).AsTask()));
        Suite.Case("usable after a cancelled receive", () => UsableAfterCancel().Result);
        Suite.Case("close under a receive", () => CloseUnder().Result);
        Suite.Case("connect refused", () => Pair.Error(() => new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp).ConnectAsync(Pair.Closed()).GetAwaiter().GetResult()));
        Suite.Case("reset under a receive", () => ResetUnder().Result);
        Suite.Case("socket async event args", () => EventArgs());
        Suite.Case("accept with event args", () => AcceptArgs());
        Suite.Case("begin end", () => BeginEnd());
        Suite.Case("udp receive from", () => UdpReceive().Result);
        Suite.Case("50 echoes at once", () => Many(50).Result);
        Suite.Case("gathered send", () => Gathered().Result);
        Suite.Case("zero byte receive waits for data", () => ZeroByte().Result);
        Suite.Case("wait async timeout", () => WaitTimeout().Result);
    }

    private static async Task<string> ConnectAccept()
    {
        using Socket listener = Pair.Listen();
        Task<Socket> accept = listener.AcceptAsync();
        using Socket client = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await client.ConnectAsync(listener.LocalEndPoint!);
        using Socket server = await accept;
        return $"{client.Connected} {server.Connected}";
    }

    private static async Task<string> Echo()
    {
        using Pair p = new();
        await p.Client.SendAsync("async"u8.ToArray());
        byte[] b = new byte[10];
        int n = await p.Server.ReceiveAsync(b);
        return System.Text.Encoding.ASCII.GetString(b, 0, n);
    }

    private static async Task<string> Whole(int n)
    {
        using Pair p = new();
        byte[] data = Pair.Pattern(n);
        Task send = Task.Run(async () =>
        {
            for (int sent = 0; sent < n;)
            {
                sent += await p.Client.SendAsync(data.AsMemory(sent));
            }

            p.Client.Shutdown(SocketShutdown.Send);
        });
        MemoryStream all = new();
        byte[] buffer = new byte[16384];
        int got;
        while ((got = await p.Server.ReceiveAsync(buffer)) > 0)
        {
            all.Write(buffer, 0, got);
        }

        await send;
        return $"{all.Length} {all.ToArray().AsSpan().SequenceEqual(data)}";
    }

    private static async Task<string> ReceiveLater()
    {
        using Pair p = new();
        byte[] b = new byte[4];
        ValueTask<int> receive = p.Server.ReceiveAsync(b.AsMemory());
        bool early = receive.IsCompleted;
        await Task.Delay(20);
        p.Client.Send([9]);
        return $"{early} {await receive} {b[0]}";
    }

    private static async Task<string> Ordered()
    {
        using Pair p = new();
        byte[][] buffers = [.. Enumerable.Range(0, 5).Select(_ => new byte[1])];
        Task<int>[] receives = [.. buffers.Select(b => p.Server.ReceiveAsync(b.AsMemory()).AsTask())];
        for (byte i = 1; i <= 5; i++)
        {
            p.Client.Send([i]);
            await receives[i - 1];
        }

        return string.Join(' ', buffers.Select(b => b[0]));
    }

    private static string Cancelled(Func<Pair, CancellationToken, Task> start)
    {
        using Pair p = new();
        using CancellationTokenSource source = new(30);
        try
        {
            start(p, source.Token).GetAwaiter().GetResult();
            return "completed";
        }
        catch (OperationCanceledException)
        {
            return "cancelled";
        }
    }

    private static string CancelledListener()
    {
        using Socket listener = Pair.Listen();
        using CancellationTokenSource source = new(30);
        try
        {
            listener.AcceptAsync(source.Token).AsTask().GetAwaiter().GetResult().Dispose();
            return "accepted";
        }
        catch (OperationCanceledException)
        {
            return "cancelled";
        }
    }

    private static async Task<string> UsableAfterCancel()
    {
        using Pair p = new();
        using CancellationTokenSource source = new(10);
        try
        {
            await p.Server.ReceiveAsync(new byte[1], source.Token);
        }
        catch (OperationCanceledException)
        {
        }

        p.Client.Send([5]);
        byte[] b = new byte[1];
        return $"{await p.Server.ReceiveAsync(b)} {b[0]}";
    }

    private static async Task<string> CloseUnder()
    {
        using Pair p = new();
        ValueTask<int> receive = p.Client.ReceiveAsync(new byte[1].AsMemory());
        p.Client.Dispose();
        try
        {
            return $"completed {await receive}";
        }
        catch (SocketException e)
        {
            return e.SocketErrorCode.ToString();
        }
        catch (ObjectDisposedException)
        {
            return "disposed";
        }
    }

    private static async Task<string> ResetUnder()
    {
        using Pair p = new();
        ValueTask<int> receive = p.Client.ReceiveAsync(new byte[1].AsMemory());
        p.Server.LingerState = new LingerOption(true, 0);
        p.Server.Dispose();
        try
        {
            return $"completed {await receive}";
        }
        catch (SocketException e)
        {
            return e.SocketErrorCode.ToString();
        }
    }

    private static string EventArgs()
    {
        using Pair p = new();
        using ManualResetEventSlim done = new();
        using SocketAsyncEventArgs args = new();
        args.SetBuffer(new byte[8], 0, 8);
        args.UserToken = "token";
        args.Completed += (_, _) => done.Set();
        bool pending = p.Server.ReceiveAsync(args);
        p.Client.Send([1, 2, 3]);
        if (pending)
        {
            done.Wait();
        }

        return $"{pending} {args.BytesTransferred} {args.SocketError} {args.LastOperation} {args.UserToken}";
    }

    private static string AcceptArgs()
    {
        using Socket listener = Pair.Listen();
        using ManualResetEventSlim done = new();
        using SocketAsyncEventArgs args = new();
        args.Completed += (_, _) => done.Set();
        bool pending = listener.AcceptAsync(args);
        using Socket client = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        client.Connect(listener.LocalEndPoint!);
        if (pending)
        {
            done.Wait();
        }

        string result = $"{args.SocketError} {args.AcceptSocket!.Connected}";
        args.AcceptSocket.Dispose();
        return result;
    }

    private static string BeginEnd()
    {
        using Pair p = new();
        byte[] b = new byte[4];
        IAsyncResult receive = p.Server.BeginReceive(b, 0, 4, SocketFlags.None, null, "state");
        int sent = p.Client.EndSend(p.Client.BeginSend([8, 9], 0, 2, SocketFlags.None, null, null)!);
        return $"{sent} {p.Server.EndReceive(receive)} {b[1]} {receive.AsyncState}";
    }

    private static async Task<string> UdpReceive()
    {
        using Socket a = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp), b = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        a.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        b.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        Task<SocketReceiveFromResult> receive = a.ReceiveFromAsync(new byte[10], SocketFlags.None, new IPEndPoint(IPAddress.Any, 0));
        await b.SendToAsync(new byte[] { 1, 2 }, SocketFlags.None, a.LocalEndPoint!);
        SocketReceiveFromResult result = await receive;
        return $"{result.ReceivedBytes} {result.RemoteEndPoint.Equals(b.LocalEndPoint)}";
    }

    private static async Task<string> Many(int count)
    {
        using Socket listener = Pair.Listen(backlog: 100);
        Task server = Task.Run(async () =>
        {
            List<Task> sessions = [];
            for (int i = 0; i < count; i++)
            {
                Socket s = await listener.AcceptAsync();
                sessions.Add(Task.Run(async () =>
                {
                    using (s)
                    {
                        byte[] b = new byte[100];
                        int n;
                        while ((n = await s.ReceiveAsync(b)) > 0)
                        {
                            await s.SendAsync(b.AsMemory(0, n));
                        }
                    }
                }));
            }

            await Task.WhenAll(sessions);
        });
        int[] sums = await Task.WhenAll(Enumerable.Range(0, count).Select(async i =>
        {
            using Socket c = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            await c.ConnectAsync(listener.LocalEndPoint!);
            byte[] b = new byte[1];
            int sum = 0;
            for (int k = 0; k < 20; k++)
            {
                await c.SendAsync(new[] { (byte)(i + k) });
                await c.ReceiveAsync(b);
                sum += b[0] == (byte)(i + k) ? 1 : 0;
            }

            c.Shutdown(SocketShutdown.Send);
            return sum;
        }));
        await server;
        return sums.Sum().ToString();
    }

    private static async Task<string> Gathered()
    {
        using Pair p = new();
        int sent = await p.Client.SendAsync([new ArraySegment<byte>([1, 2, 3]), new ArraySegment<byte>([4, 5])], SocketFlags.None);
        byte[] b = new byte[8];
        return $"{sent} {await p.Server.ReceiveAsync(b)} {b[4]}";
    }

    private static async Task<string> ZeroByte()
    {
        using Pair p = new();
        ValueTask<int> wait = p.Server.ReceiveAsync(Memory<byte>.Empty);
        bool early = wait.IsCompleted;
        p.Client.Send([1]);
        int n = await wait;
        return $"{early} {n} {p.Server.Receive(new byte[4])}";
    }

    private static async Task<string> WaitTimeout()
    {
        using Pair p = new();
        try
        {
            await p.Client.ReceiveAsync(new byte[1].AsMemory()).AsTask().WaitAsync(TimeSpan.FromMilliseconds(20));
            return "received";
        }
        catch (TimeoutException)
        {
            return "timed out";
        }
    }
}
