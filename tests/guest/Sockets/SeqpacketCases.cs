using System.Net.Sockets;

namespace Unikernel.Guest;

/// <summary>Unix domain sockets that are connected and keep the bounds of messages (SOCK_SEQPACKET), and urgent data on the others.</summary>
internal static class SeqpacketCases
{
    public static void Run()
    {
        Suite.Case("properties", () =>
        {
            using Socket s = New();
            return $"{s.AddressFamily} {s.SocketType} {s.ProtocolType} {s.GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.Type)}";
        });
        Suite.Throws("of IPv4", () => _ = new Socket(AddressFamily.InterNetwork, SocketType.Seqpacket, ProtocolType.Unspecified));
        Suite.Throws("of IPv6", () => _ = new Socket(AddressFamily.InterNetworkV6, SocketType.Seqpacket, ProtocolType.Tcp));
        Suite.Throws("reliably delivered messages", () => _ = new Socket(AddressFamily.Unix, SocketType.Rdm, ProtocolType.Unspecified));
        Suite.Case("messages stay apart", () => With((c, s) =>
        {
            c.Send("one"u8);
            c.Send("three"u8);
            byte[] b = new byte[20];
            return $"{s.Receive(b)} {s.Receive(b)} {(char)b[4]}";
        }));
        Suite.Case("both ways", () => With((c, s) =>
        {
            s.Send("server"u8);
            c.Send("client speaks"u8);
            return $"{c.Receive(new byte[20])} {s.Receive(new byte[20])}";
        }));
        Suite.Case("what does not fit is gone", () => With((c, s) =>
        {
            c.Send("abcdef"u8);
            c.Send("gh"u8);
            byte[] b = new byte[3];
            return $"{s.Receive(b)} {s.Receive(b)} {(char)b[0]}";
        }));
        Suite.Case("truncated is told", () => With((c, s) =>
        {
            c.Send("abcdef"u8);
            SocketFlags flags = SocketFlags.None;
            System.Net.EndPoint from = s.LocalEndPoint!;
            int n = s.ReceiveMessageFrom(new byte[3], 0, 3, ref flags, ref from, out _);
            return $"{n} {flags}";
        }));
        Suite.Case("looked at", () => With((c, s) =>
        {
            c.Send("abc"u8);
            return $"{s.Receive(new byte[2], SocketFlags.Peek)} {s.Receive(new byte[9], SocketFlags.Peek)} {s.Receive(new byte[9])}";
        }));
        Suite.Case("empty message", () => With((c, s) =>
        {
            int sent = c.Send(Array.Empty<byte>());
            c.Send("x"u8);
            return $"{sent} {s.Receive(new byte[5])} {s.Receive(new byte[5])}";
        }));
        Suite.Case("how much is there", () => With((c, s) =>
        {
            c.Send("abc"u8);
            c.Send("defgh"u8);
            string all = $"{s.Available}";
            s.Receive(new byte[10]);
            return all + $" {s.Available}";
        }));
        Suite.Case("many buffers", () => With((c, s) =>
        {
            c.Send((ArraySegment<byte>[])[new("ab"u8.ToArray()), new("cd"u8.ToArray())]);
            byte[] first = new byte[3], second = new byte[3];
            return $"{s.Receive((ArraySegment<byte>[])[new(first), new(second)])} {(char)first[2]}{(char)second[0]}";
        }));
        Suite.Case("large", () => With((c, s) =>
        {
            byte[] data = Pair.Pattern(100_000), b = new byte[150_000];
            c.Send(data);
            return $"{s.Receive(b)} {b.AsSpan(0, 100_000).SequenceEqual(data)}";
        }));
        Suite.Case("too large", () => With((c, _) => Pair.Error(() => c.Send(new byte[4_000_000]))));
        Suite.Case("end", () => With((c, s) =>
        {
            c.Send("last"u8);
            c.Dispose();
            return $"{s.Receive(new byte[9])} {s.Receive(new byte[9])} {s.Receive(new byte[9])}";
        }));
        Suite.Case("half close", () => With((c, s) =>
        {
            c.Shutdown(SocketShutdown.Send);
            int end = s.Receive(new byte[1]);
            s.Send([1, 2]);
            return $"{end} {c.Receive(new byte[3])} {Pair.Error(() => c.Send([1]))}";
        }));
        Suite.Case("receiving shut", () => With((c, s) =>
        {
            s.Shutdown(SocketShutdown.Receive);
            return $"{s.Receive(new byte[1])} {Pair.Error(() => c.Send([1]))}";
        }));
        Suite.Case("send to the gone", () => With((c, s) =>
        {
            s.Dispose();
            return Pair.Error(() => c.Send([1]));
        }));
        Suite.Case("reset by what was not read", () => With((c, s) =>
        {
            c.Send([1]);
            s.Dispose();
            return $"{Pair.Error(() => c.Receive(new byte[1]))} {c.Receive(new byte[1])}";
        }));
        Suite.Case("full", () => With((c, _) =>
        {
            c.Blocking = false;
            int count = 0;
            string error;
            while ((error = Pair.Error(() => c.Send(new byte[1000]))) == "no error")
            {
                count++;
            }

            return $"{error} {count > 10} {c.Poll(0, SelectMode.SelectWrite)}";
        }));
        Suite.Case("full, then read", () => With((c, s) =>
        {
            Task send = Task.Run(() =>
            {
                for (int i = 0; i < 2000; i++)
                {
                    c.Send(new byte[500]);
                }
            });
            int all = 0;
            byte[] b = new byte[600];
            for (int i = 0; i < 2000; i++)
            {
                all += s.Receive(b);
            }

            send.Wait();
            return all;
        }));
        Suite.Case("asynchronous", () => With((c, s) =>
        {
            Task<int> receive = s.ReceiveAsync(new byte[10]);
            Thread.Sleep(10);
            int sent = c.SendAsync(new byte[] { 1, 2, 3 }).Result;
            return $"{sent} {receive.Result}";
        }));
        Suite.Case("asynchronous end", () => With((c, s) =>
        {
            Task<int> receive = s.ReceiveAsync(new byte[10]);
            Thread.Sleep(10);
            c.Dispose();
            return receive.Result;
        }));
        Suite.Case("non-blocking", () => With((c, _) =>
        {
            c.Blocking = false;
            return Pair.Error(() => c.Receive(new byte[1]));
        }));
        Suite.Case("receive timeout", () => With((c, _) =>
        {
            c.ReceiveTimeout = 20;
            return Pair.Error(() => c.Receive(new byte[1]));
        }));
        Suite.Case("poll", () => With((c, s) =>
        {
            string all = $"{s.Poll(0, SelectMode.SelectRead)}";
            c.Send([1]);
            all += $" {s.Poll(1_000_000, SelectMode.SelectRead)} {c.Poll(0, SelectMode.SelectWrite)}";
            s.Receive(new byte[1]);
            c.Dispose();
            return all + $" {s.Poll(1_000_000, SelectMode.SelectRead)} {s.Poll(0, SelectMode.SelectWrite)}";
        }));
        Suite.Case("send to a name", () => With((c, s) =>
        {
            int sent = c.SendTo("x"u8, new UnixDomainSocketEndPoint("/tmp/nobody-listens"));
            return $"{sent} {s.Receive(new byte[5])}";
        }));
        Suite.Case("not connected", () =>
        {
            using Socket s = New();
            return $"{Pair.Error(() => s.Send([1]))}, {Pair.Error(() => s.Receive(new byte[1]))}, {Pair.Error(() => s.Shutdown(SocketShutdown.Both))}";
        });
        Suite.Case("listener", () =>
        {
            string name = Name();
            using Socket s = New();
            string unbound = Pair.Error(() => s.Listen());
            s.Bind(new UnixDomainSocketEndPoint(name));
            s.Listen();
            return $"{unbound}, {Pair.Error(() => s.Send([1]))}, {Pair.Error(() => s.Receive(new byte[1]))}, {s.Poll(0, SelectMode.SelectRead)}";
        });
        Suite.Case("stream to seqpacket", () =>
        {
            string name = Name();
            using Socket s = New(), c = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            s.Bind(new UnixDomainSocketEndPoint(name));
            s.Listen();
            return Pair.Error(() => c.Connect(new UnixDomainSocketEndPoint(name)));
        });
        Suite.Case("nobody listens", () =>
        {
            string name = Name();
            using Socket s = New(), c = New();
            s.Bind(new UnixDomainSocketEndPoint(name));
            return Pair.Error(() => c.Connect(new UnixDomainSocketEndPoint(name)));
        });
        Suite.Case("connected twice", () => With((c, s) => Pair.Error(() => c.Connect(s.LocalEndPoint!))));
        Suite.Case("urgent", () => With((c, s) =>
        {
            c.Send([1]);
            return $"{Pair.Error(() => c.Send([1], SocketFlags.OutOfBand))}, {Pair.Error(() => s.Receive(new byte[1], SocketFlags.OutOfBand))}";
        }));
        Suite.Case("urgent datagrams", () =>
        {
            string name = Name();
            using Socket a = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified), b = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
            a.Bind(new UnixDomainSocketEndPoint(name));
            b.Connect(new UnixDomainSocketEndPoint(name));
            b.Send([1]);
            return $"{Pair.Error(() => b.Send([1], SocketFlags.OutOfBand))}, {Pair.Error(() => a.Receive(new byte[1], SocketFlags.OutOfBand))}";
        });
        Suite.Case("network stream", () => With((c, s) => Pair.Error(() => _ = new NetworkStream(s))));
    }

    private static string Name() => $"/tmp/unikernel-{Environment.ProcessId}-{Guid.NewGuid():N}";

    private static Socket New() => new(AddressFamily.Unix, SocketType.Seqpacket, ProtocolType.Unspecified);

    private static T With<T>(Func<Socket, Socket, T> body)
    {
        string name = Name();
        using Socket listener = New();
        listener.Bind(new UnixDomainSocketEndPoint(name));
        listener.Listen();
        using Socket c = New();
        c.Connect(new UnixDomainSocketEndPoint(name));
        using Socket s = listener.Accept();
        s.ReceiveTimeout = 5000;
        try
        {
            return body(c, s);
        }
        finally
        {
            File.Delete(name);
        }
    }
}
