using System.Net.Sockets;

namespace Unikernel.Guest;

/// <summary>Many connections and many threads at once, over loopback.</summary>
internal static class LoadCases
{
    public static void Run()
    {
        Suite.Case("1000 connections one after another", () => OneByOne(1000));
        Suite.Case("200 connections open together", () => Together(200));
        Suite.Case("8 threads share one listener", () => SharedListener(8, 25));
        Suite.Case("two threads send on one socket", () =>
        {
            using Pair p = new();
            Task[] senders = [.. Enumerable.Range(0, 2).Select(n => Task.Run(() =>
            {
                byte[] block = new byte[1000];
                Array.Fill(block, (byte)n);
                for (int i = 0; i < 200; i++)
                {
                    p.Client.Send(block);
                }
            }))];
            Task shut = Task.WhenAll(senders).ContinueWith(_ => p.Client.Shutdown(SocketShutdown.Send));
            byte[] all = Pair.ReceiveAll(p.Server);
            shut.Wait();
            return $"{all.Length} {all.Count(b => b == 1)}";
        });
        Suite.Case("16 pairs at full speed", () =>
        {
            bool[] good = new bool[16];
            Task[] tasks = [.. Enumerable.Range(0, 16).Select(n => Task.Run(() =>
            {
                using Pair p = new();
                byte[] data = Pair.Pattern(200_000 + n);
                Task send = Pair.SendAll(p.Client, data).ContinueWith(_ => p.Client.Shutdown(SocketShutdown.Send));
                good[n] = Pair.ReceiveAll(p.Server).AsSpan().SequenceEqual(data);
                send.Wait();
            }))];
            Task.WaitAll(tasks);
            return good.Count(g => g);
        });
        Suite.Case("collections during traffic", () =>
        {
            using Pair p = new();
            byte[] data = Pair.Pattern(2_000_000);
            Task send = Pair.SendAll(p.Client, data).ContinueWith(_ => p.Client.Shutdown(SocketShutdown.Send));
            Task<byte[]> receive = Task.Run(() => Pair.ReceiveAll(p.Server));
            while (!receive.IsCompleted)
            {
                GC.Collect(0);
                Thread.Sleep(1);
            }

            send.Wait();
            return receive.Result.AsSpan().SequenceEqual(data);
        });
    }

    private static int OneByOne(int count)
    {
        using Socket listener = Pair.Listen(backlog: 128);
        Task server = Task.Run(() =>
        {
            for (int i = 0; i < count; i++)
            {
                using Socket s = listener.Accept();
                byte[] b = new byte[4];
                int n = s.Receive(b);
                s.Send(b, n, SocketFlags.None);
            }
        });
        int good = 0;
        for (int i = 0; i < count; i++)
        {
            using Socket c = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            c.Connect(listener.LocalEndPoint!);
            c.Send(BitConverter.GetBytes(i));
            byte[] b = new byte[4];
            good += c.Receive(b) == 4 && BitConverter.ToInt32(b) == i ? 1 : 0;
        }

        server.Wait();
        return good;
    }

    private static string Together(int count)
    {
        using Socket listener = Pair.Listen(backlog: 512);
        List<Socket> clients = [], servers = [];
        for (int i = 0; i < count; i++)
        {
            Socket c = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            c.Connect(listener.LocalEndPoint!);
            clients.Add(c);
            servers.Add(listener.Accept());
        }

        for (int i = 0; i < count; i++)
        {
            clients[i].Send([(byte)i]);
        }

        int good = 0;
        byte[] b = new byte[1];
        for (int i = count - 1; i >= 0; i--)
        {
            good += servers[i].Receive(b) == 1 && b[0] == (byte)i ? 1 : 0;
        }

        clients.ForEach(c => c.Dispose());
        servers.ForEach(s => s.Dispose());
        return good.ToString();
    }

    private static int SharedListener(int threads, int each)
    {
        using Socket listener = Pair.Listen(backlog: 256);
        int served = 0;
        Thread[] servers = [.. Enumerable.Range(0, threads).Select(_ => new Thread(() =>
        {
            for (int i = 0; i < each; i++)
            {
                using Socket s = listener.Accept();
                byte[] b = new byte[1];
                if (s.Receive(b) == 1)
                {
                    s.Send(b);
                    Interlocked.Increment(ref served);
                }
            }
        }))];
        Array.ForEach(servers, t => t.Start());
        Parallel.For(0, threads * each, new ParallelOptions { MaxDegreeOfParallelism = 4 }, _ =>
        {
            using Socket c = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            c.Connect(listener.LocalEndPoint!);
            c.Send([1]);
            c.Receive(new byte[1]);
        });
        Array.ForEach(servers, t => t.Join());
        return served;
    }
}
