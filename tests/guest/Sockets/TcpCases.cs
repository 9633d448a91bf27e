using System.Net;
using System.Net.Sockets;

namespace Unikernel.Guest;

/// <summary>Streams of bytes: sizes, half-close, shutdown, urgent ends.</summary>
internal static class TcpCases
{
    public static void Run()
    {
        foreach (AddressFamily family in new[] { AddressFamily.InterNetwork, AddressFamily.InterNetworkV6 })
        {
            Suite.Case($"connect {family}", () =>
            {
                using Pair p = new(family);
                IPEndPoint local = (IPEndPoint)p.Client.LocalEndPoint!, remote = (IPEndPoint)p.Server.RemoteEndPoint!;
                return $"{p.Client.Connected} {p.Server.Connected} {local.Equals(remote)} {local.Address}";
            });
            Suite.Case($"echo {family}", () =>
            {
                using Pair p = new(family);
                p.Client.Send("hello"u8);
                byte[] buffer = new byte[16];
                int n = p.Server.Receive(buffer);
                p.Server.Send(buffer, n, SocketFlags.None);
                n = p.Client.Receive(buffer);
                return System.Text.Encoding.ASCII.GetString(buffer, 0, n);
            });
        }

        Suite.Each("bytes arrive whole", [0, 1, 2, 535, 536, 537, 1459, 1460, 1461, 8191, 65535, 65536, 100_000, 1_000_000, 5_000_000], n =>
        {
            using Pair p = new();
            byte[] data = Pair.Pattern(n);
            Task send = Pair.SendAll(p.Client, data).ContinueWith(_ => p.Client.Shutdown(SocketShutdown.Send));
            byte[] back = Pair.ReceiveAll(p.Server);
            send.Wait();
            return $"{back.Length} {back.AsSpan().SequenceEqual(data)}";
        });
        Suite.Case("both directions at once", () =>
        {
            using Pair p = new();
            byte[] data = Pair.Pattern(700_000);
            Task a = Pair.SendAll(p.Client, data).ContinueWith(_ => p.Client.Shutdown(SocketShutdown.Send));
            Task b = Pair.SendAll(p.Server, data).ContinueWith(_ => p.Server.Shutdown(SocketShutdown.Send));
            Task<byte[]> atServer = Task.Run(() => Pair.ReceiveAll(p.Server));
            byte[] atClient = Pair.ReceiveAll(p.Client);
            Task.WaitAll(a, b);
            return $"{atClient.AsSpan().SequenceEqual(data)} {atServer.Result.AsSpan().SequenceEqual(data)}";
        });
        Suite.Case("10,000 single bytes", () =>
        {
            using Pair p = new();
            Task send = Task.Run(() =>
            {
                for (int i = 0; i < 10_000; i++)
                {
                    p.Client.Send([(byte)i]);
                }

                p.Client.Shutdown(SocketShutdown.Send);
            });
            byte[] back = Pair.ReceiveAll(p.Server);
            send.Wait();
            return $"{back.Length} {Suite.Fnv(back):x16}";
        });
        Suite.Case("request and answer 2,000 times", () =>
        {
            using Pair p = new();
            Task server = Task.Run(() =>
            {
                byte[] b = new byte[4];
                while (p.Server.Receive(b) > 0)
                {
                    b[0]++;
                    p.Server.Send(b);
                }
            });
            byte[] buffer = new byte[4];
            int good = 0;
            for (int i = 0; i < 2000; i++)
            {
                BitConverter.TryWriteBytes(buffer, i & 0x7f);
                p.Client.Send(buffer);
                p.Client.Receive(buffer);
                good += buffer[0] == (i & 0x7f) + 1 ? 1 : 0;
            }

            p.Client.Shutdown(SocketShutdown.Send);
            server.Wait();
            return good;
        });
        Suite.Case("half close: answer after the end", () =>
        {
            using Pair p = new();
            p.Client.Send("question"u8);
            p.Client.Shutdown(SocketShutdown.Send);
            int asked = Pair.ReceiveAll(p.Server).Length;
            p.Server.Send("answer"u8);
            p.Server.Shutdown(SocketShutdown.Send);
            return $"{asked} {Pair.ReceiveAll(p.Client).Length}";
        });
        Suite.Case("receive after shutdown of receive", () =>
        {
            using Pair p = new();
            p.Client.Shutdown(SocketShutdown.Receive);
            return p.Client.Receive(new byte[1]);
        });
        Suite.Case("send after shutdown of send", () =>
        {
            using Pair p = new();
            p.Client.Shutdown(SocketShutdown.Send);
            return Pair.Error(() => p.Client.Send([1]));
        });
        Suite.Case("receive zero at the end, again and again", () =>
        {
            using Pair p = new();
            p.Client.Close();
            byte[] b = new byte[4];
            return $"{p.Server.Receive(b)} {p.Server.Receive(b)} {p.Server.Receive(b)}";
        });
        Suite.Case("data before the end is not lost", () =>
        {
            using Pair p = new();
            p.Client.Send(Pair.Pattern(5000));
            p.Client.Close();
            return Pair.ReceiveAll(p.Server).Length;
        });
        Suite.Case("reset by linger 0", () =>
        {
            using Pair p = new();
            p.Client.LingerState = new LingerOption(true, 0);
            p.Client.Close();
            return Pair.Error(() => p.Server.Receive(new byte[1]));
        });
        Suite.Case("send to a closed peer fails in the end", () =>
        {
            using Pair p = new();
            p.Server.LingerState = new LingerOption(true, 0);
            p.Server.Close();
            return Pair.Error(() =>
            {
                for (int i = 0; i < 100; i++)
                {
                    p.Client.Send([1]);
                    Thread.Sleep(1);
                }
            });
        });
        Suite.Case("close with unread data resets", () =>
        {
            using Pair p = new();
            p.Client.Send(new byte[100]);
            while (p.Server.Available < 100)
            {
                Thread.Sleep(1);
            }

            p.Server.Close();
            return Pair.Error(() => p.Client.Receive(new byte[1]));
        });
        Suite.Case("available", () =>
        {
            using Pair p = new();
            p.Client.Send(new byte[123]);
            while (p.Server.Available < 123)
            {
                Thread.Sleep(1);
            }

            int before = p.Server.Available;
            p.Server.Receive(new byte[23]);
            return $"{before} {p.Server.Available}";
        });
        Suite.Case("peek", () =>
        {
            using Pair p = new();
            p.Client.Send("abc"u8);
            byte[] b = new byte[3];
            int peeked = p.Server.Receive(b, SocketFlags.Peek);
            int read = p.Server.Receive(b);
            return $"{peeked} {read} {b[2]}";
        });
        Suite.Case("scatter and gather", () =>
        {
            using Pair p = new();
            int sent = p.Client.Send([new ArraySegment<byte>([1, 2]), new ArraySegment<byte>([]), new ArraySegment<byte>([3, 4, 5], 1, 2)]);
            byte[] a = new byte[1], b = new byte[8];
            int received = p.Server.Receive([new ArraySegment<byte>(a), new ArraySegment<byte>(b)]);
            return $"{sent} {received} {a[0]} {b[0]} {b[1]} {b[2]}";
        });
        Suite.Case("zero byte send and receive", () =>
        {
            using Pair p = new();
            return $"{p.Client.Send(Array.Empty<byte>())} {p.Client.Send([1])} {p.Server.Receive(new byte[4])}";
        });
        Suite.Case("partial receives keep the order", () =>
        {
            using Pair p = new();
            byte[] data = Pair.Pattern(1000);
            p.Client.Send(data);
            p.Client.Shutdown(SocketShutdown.Send);
            List<byte> all = [];
            byte[] small = new byte[7];
            int n;
            while ((n = p.Server.Receive(small)) > 0)
            {
                all.AddRange(small[..n]);
            }

            return all.SequenceEqual(data);
        });
        Suite.Case("accept many", () =>
        {
            using Socket listener = Pair.Listen();
            List<Socket> clients = [], servers = [];
            for (int i = 0; i < 30; i++)
            {
                Socket c = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
                c.Connect(listener.LocalEndPoint!);
                clients.Add(c);
                servers.Add(listener.Accept());
                c.Send([(byte)i]);
            }

            int sum = 0;
            foreach (Socket s in servers)
            {
                byte[] b = new byte[1];
                s.Receive(b);
                sum += b[0];
                s.Dispose();
            }

            clients.ForEach(c => c.Dispose());
            return sum;
        });
        Suite.Case("connections wait in the backlog", () =>
        {
            using Socket listener = Pair.Listen(backlog: 8);
            Socket[] clients = [.. Enumerable.Range(0, 5).Select(_ => new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp))];
            foreach (Socket c in clients)
            {
                c.Connect(listener.LocalEndPoint!);
                c.Send([7]);
            }

            int received = 0;
            for (int i = 0; i < clients.Length; i++)
            {
                using Socket s = listener.Accept();
                received += s.Receive(new byte[1]);
            }

            Array.ForEach(clients, c => c.Dispose());
            return received;
        });
        Suite.Case("reuse of the port after close", () =>
        {
            Socket listener = Pair.Listen();
            EndPoint address = listener.LocalEndPoint!;
            using (Socket c = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp))
            {
                c.Connect(address);
                listener.Accept().Dispose();
            }

            listener.Dispose();
            using Socket again = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            again.Bind(address);
            again.Listen();
            return "bound again";
        });
        Suite.Case("dual mode accepts IPv4", () =>
        {
            using Socket listener = new(AddressFamily.InterNetworkV6, SocketType.Stream, ProtocolType.Tcp) { DualMode = true };
            listener.Bind(new IPEndPoint(IPAddress.IPv6Any, 0));
            listener.Listen();
            using Socket c = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            c.Connect(IPAddress.Loopback, ((IPEndPoint)listener.LocalEndPoint!).Port);
            using Socket s = listener.Accept();
            return ((IPEndPoint)s.RemoteEndPoint!).Address;
        });
        Suite.Case("disconnect", () =>
        {
            using Pair p = new();
            p.Client.Disconnect(false);
            return $"{p.Client.Connected} {p.Server.Receive(new byte[1])}";
        });
        Suite.Case("shutdown both", () =>
        {
            using Pair p = new();
            p.Client.Shutdown(SocketShutdown.Both);
            return $"{p.Server.Receive(new byte[1])} {Pair.Error(() => p.Client.Send([1]))}";
        });
        Suite.Case("close wakes a blocked accept", () =>
        {
            Socket listener = Pair.Listen();
            Task<string> accept = Task.Run(() => Pair.Error(() => listener.Accept()));
            Thread.Sleep(50);
            listener.Dispose();
            return accept.Result;
        });
        Suite.Case("close wakes a blocked receive", () =>
        {
            using Pair p = new();
            Task<string> receive = Task.Run(() => Pair.Error(() => p.Client.Receive(new byte[1])));
            Thread.Sleep(50);
            p.Client.Dispose();
            return receive.Result;
        });
        Suite.Case("200 connections one after another", () =>
        {
            using Socket listener = Pair.Listen();
            int good = 0;
            for (int i = 0; i < 200; i++)
            {
                using Socket c = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
                c.Connect(listener.LocalEndPoint!);
                using Socket s = listener.Accept();
                c.Send([(byte)i]);
                byte[] b = new byte[1];
                good += s.Receive(b) == 1 && b[0] == (byte)i ? 1 : 0;
            }

            return good;
        });
    }
}
