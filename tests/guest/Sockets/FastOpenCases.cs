using System.Net;
using System.Net.Sockets;

namespace Unikernel.Guest;

/// <summary>TCP Fast Open: the option, and connecting with data. What goes over the wire is for other tests; a program sees the same with and without.</summary>
internal static class FastOpenCases
{
    // linux/tcp.h
    private const int LevelTcp = 6, FastOpenConnect = 30, FastOpenKey = 33, FastOpenNoCookie = 34;

    public static void Run()
    {
        Suite.Each("the option of", [0, 1, 5, 4096, 1_000_000, -1], value => OnSocket(s => $"{Set(s, value)} {Get(s)}"));
        Suite.Case("the option unset", () => OnSocket(Get));
        Suite.Case("the option of a listener", () =>
        {
            using Socket listener = Pair.Listen();
            return $"{Set(listener, 7)} {Get(listener)}";
        });
        Suite.Case("the option of a connection", () => OnPair(p => $"{Set(p.Client, 1)} {Set(p.Server, 1)} {Get(p.Client)}"));
        Suite.Case("an accepted one has none", () =>
        {
            using Socket listener = Pair.Listen();
            Set(listener, 7);
            using Socket client = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            client.Connect(listener.LocalEndPoint!);
            using Socket server = listener.Accept();
            return Get(server);
        });
        Suite.Case("the option of datagrams", () =>
        {
            using Socket s = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
            return Set(s, 1);
        });
        Suite.Each("to connect late of", [0, 1, 2, -1], value => OnSocket(s => $"{SetLate(s, value)} {GetLate(s)}"));
        Suite.Case("to connect late when connected", () => OnPair(p => SetLate(p.Client, 1)));
        Suite.Each("no cookie of", [0, 1, 2, -1], value => OnSocket(s => $"{SetRaw(s, FastOpenNoCookie, BitConverter.GetBytes(value))} {GetRaw(s, FastOpenNoCookie, 4)}"));
        Suite.Case("no cookie when connected", () => OnPair(p => SetRaw(p.Client, FastOpenNoCookie, BitConverter.GetBytes(1))));
        Suite.Each("a key of", [0, 1, 15, 17, 33], length => OnSocket(s => SetRaw(s, FastOpenKey, Pair.Pattern(length))));
        Suite.Each("keys of", [16, 32], length => OnSocket(s => $"{SetRaw(s, FastOpenKey, Pair.Pattern(length))} {GetRaw(s, FastOpenKey, 64)} {GetRaw(s, FastOpenKey, 16)} {GetRaw(s, FastOpenKey, 5)}"));
        Suite.Case("a key of a listener", () =>
        {
            using Socket listener = Pair.Listen();
            return $"{SetRaw(listener, FastOpenKey, Pair.Pattern(16))} {GetRaw(listener, FastOpenKey, 32)}";
        });
        Suite.Each("connecting with bytes", [1, 100, 1000, 2000, 100_000], size => ConnectWith(size, clientOption: false, serverOption: false));
        Suite.Each("connecting with bytes and the option", [1, 100, 1000, 2000, 100_000], size => ConnectWith(size, clientOption: true, serverOption: false));
        Suite.Each("connecting with bytes to a listener that has it", [1, 100, 1000, 2000, 100_000], size => ConnectWith(size, clientOption: true, serverOption: true));
        Suite.Each("connecting with bytes over", [AddressFamily.InterNetwork, AddressFamily.InterNetworkV6], family => ConnectWith(500, clientOption: true, serverOption: true, family));
    }

    // Three times: the first asks for a cookie, the others have it where the system gives one.
    private static string ConnectWith(int size, bool clientOption, bool serverOption, AddressFamily family = AddressFamily.InterNetwork)
    {
        using Socket listener = Pair.Listen(family);
        if (serverOption)
        {
            Set(listener, 4);
        }

        byte[] data = Pair.Pattern(size);
        string result = "";
        for (int i = 0; i < 3; i++)
        {
            using Socket client = new(family, SocketType.Stream, ProtocolType.Tcp);
            if (clientOption)
            {
                Set(client, 1);
            }

            Task<byte[]> received = Task.Run(() =>
            {
                using Socket server = listener.Accept();
                byte[] all = new byte[size];
                int count = 0, n;
                while (count < size && (n = server.Receive(all, count, size - count, SocketFlags.None)) > 0)
                {
                    count += n;
                }

                server.Send("answer"u8);
                server.Shutdown(SocketShutdown.Send);
                return count == size ? all : all[..count];
            });
            result += Connect(client, listener.LocalEndPoint!, data);
            result += received.Wait(20_000) ? $" {received.Result.AsSpan().SequenceEqual(data)}" : " nothing arrived";
            result += $" {Pair.ReceiveAll(client).Length}, ";
        }

        return result;
    }

    private static string Connect(Socket socket, EndPoint to, byte[] data)
    {
        using SocketAsyncEventArgs args = new() { RemoteEndPoint = to };
        using ManualResetEventSlim done = new();
        args.SetBuffer(data, 0, data.Length);
        args.Completed += (_, _) => done.Set();
        if (socket.ConnectAsync(args) && !done.Wait(20_000))
        {
            return "never completed";
        }

        return $"{args.SocketError} {socket.Connected}";
    }

    private static string Set(Socket s, int value) => Pair.Error(() => s.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.FastOpen, value));

    private static string Get(Socket s) => Suite.Format(s.GetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.FastOpen));

    private static string SetLate(Socket s, int value) => Pair.Error(() => s.SetRawSocketOption(LevelTcp, FastOpenConnect, BitConverter.GetBytes(value)));

    private static int GetLate(Socket s)
    {
        byte[] value = new byte[4];
        s.GetRawSocketOption(LevelTcp, FastOpenConnect, value);
        return BitConverter.ToInt32(value);
    }

    private static string SetRaw(Socket s, int name, byte[] value) => Pair.Error(() => s.SetRawSocketOption(LevelTcp, name, value));

    private static string GetRaw(Socket s, int name, int room)
    {
        byte[] value = new byte[room];
        return Convert.ToHexString(value.AsSpan(0, s.GetRawSocketOption(LevelTcp, name, value)));
    }

    private static string OnSocket(Func<Socket, string> body)
    {
        using Socket s = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        return body(s);
    }

    private static string OnPair(Func<Pair, string> body)
    {
        using Pair p = new();
        return body(p);
    }
}
