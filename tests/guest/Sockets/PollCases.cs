using System.Net.Sockets;

namespace Unikernel.Guest;

/// <summary>Poll and Select.</summary>
internal static class PollCases
{
    public static void Run()
    {
        Suite.Case("poll read without data", () => With(p => p.Server.Poll(20_000, SelectMode.SelectRead)));
        Suite.Case("poll read with data", () => With(p =>
        {
            p.Client.Send([1]);
            return p.Server.Poll(5_000_000, SelectMode.SelectRead);
        }));
        Suite.Case("poll read at the end", () => With(p =>
        {
            p.Client.Dispose();
            return p.Server.Poll(5_000_000, SelectMode.SelectRead);
        }));
        Suite.Case("poll write", () => With(p => p.Client.Poll(0, SelectMode.SelectWrite)));
        Suite.Case("poll write when full", () => With(p =>
        {
            p.Client.Blocking = false;
            byte[] block = new byte[65536];
            while (Pair.Error(() => p.Client.Send(block)) == "no error")
            {
            }

            return p.Client.Poll(10_000, SelectMode.SelectWrite);
        }));
        Suite.Case("poll error", () => With(p => p.Client.Poll(0, SelectMode.SelectError)));
        Suite.Case("poll listener", () =>
        {
            using Socket listener = Pair.Listen();
            bool before = listener.Poll(10_000, SelectMode.SelectRead);
            using Socket c = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            c.Connect(listener.LocalEndPoint!);
            return $"{before} {listener.Poll(5_000_000, SelectMode.SelectRead)}";
        });
        Suite.Case("poll forever wakes on data", () => With(p =>
        {
            Task<bool> poll = Task.Run(() => p.Server.Poll(-1, SelectMode.SelectRead));
            Thread.Sleep(20);
            p.Client.Send([1]);
            return poll.Result;
        }));
        Suite.Case("select picks the ready one", () =>
        {
            using Pair a = new(), b = new();
            b.Client.Send([1]);
            List<Socket> read = [a.Server, b.Server];
            Socket.Select(read, null, null, 5_000_000);
            return $"{read.Count} {ReferenceEquals(read[0], b.Server)}";
        });
        Suite.Case("select times out", () => With(p =>
        {
            List<Socket> read = [p.Server];
            Socket.Select(read, null, null, 10_000);
            return read.Count;
        }));
        Suite.Case("select read and write", () => With(p =>
        {
            p.Client.Send([1]);
            p.Server.Poll(5_000_000, SelectMode.SelectRead);
            List<Socket> read = [p.Server], write = [p.Client, p.Server];
            Socket.Select(read, write, null, 0);
            return $"{read.Count} {write.Count}";
        }));
        Suite.Throws("select nothing", () => Socket.Select(null, null, null, 0));
        Suite.Case("select of 40", () =>
        {
            Pair[] pairs = [.. Enumerable.Range(0, 40).Select(_ => new Pair())];
            foreach (int i in (int[])[3, 17, 39])
            {
                pairs[i].Client.Send([1]);
                pairs[i].Server.Poll(5_000_000, SelectMode.SelectRead);
            }

            List<Socket> read = [.. pairs.Select(p => p.Server)];
            Socket.Select(read, null, null, 5_000_000);
            string ready = string.Join(' ', read.Select(s => Array.FindIndex(pairs, p => ReferenceEquals(p.Server, s))));
            Array.ForEach(pairs, p => p.Dispose());
            return ready;
        });
        Suite.Case("non-blocking connect polls writable", () =>
        {
            using Socket listener = Pair.Listen();
            using Socket c = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { Blocking = false };
            string error = Pair.Error(() => c.Connect(listener.LocalEndPoint!));
            return $"{error is "WouldBlock 11" or "InProgress 115" or "no error"} {c.Poll(5_000_000, SelectMode.SelectWrite)}";
        });
    }

    private static T With<T>(Func<Pair, T> body)
    {
        using Pair p = new();
        return body(p);
    }
}
