using System.Net;
using System.Net.Sockets;

namespace Unikernel.Guest;

/// <summary>Urgent data (RFC 9293 section 3.8.5, RFC 6093): out of band, in line, the mark, and who is told.</summary>
internal static class UrgentCases
{
    private const SocketFlags Urgent = SocketFlags.OutOfBand;

    public static void Run()
    {
        Suite.Case("one byte", () => With(p => $"{p.Client.Send("!"u8, Urgent)} {Take(p)}"));
        Suite.Case("the last byte of a send", () => With(p =>
        {
            p.Client.Send("abc"u8, Urgent);
            return $"{Take(p)} {Text(p)}";
        }));
        Suite.Case("twice taken", () => With(p =>
        {
            p.Client.Send("!"u8, Urgent);
            return $"{Take(p)} {Take(p)}";
        }));
        Suite.Case("none there", () => With(Take));
        Suite.Case("none there, not blocking", () => With(p =>
        {
            p.Server.Blocking = false;
            return Take(p);
        }));
        Suite.Case("ordinary text stops at the mark", () => With(p =>
        {
            SendAround(p);
            return $"{Text(p)} {AtMark(p)} {Text(p)} {AtMark(p)}";
        }));
        Suite.Case("taken before the text", () => With(p =>
        {
            SendAround(p);
            return $"{Take(p)} {Text(p)} {AtMark(p)} {Text(p)} {AtMark(p)}";
        }));
        Suite.Case("taken at the mark", () => With(p =>
        {
            SendAround(p);
            return $"{Text(p)} {Take(p)} {AtMark(p)} {Text(p)} {Take(p)}";
        }));
        Suite.Case("taken too late", () => With(p =>
        {
            SendAround(p);
            return $"{Text(p)} {Text(p)} {Take(p)}";
        }));
        Suite.Each("buffers of", [1, 2, 3, 4, 5], size => With(p =>
        {
            SendAround(p);
            return string.Join(' ', Enumerable.Range(0, 5).Select(_ => p.Server.Poll(0, SelectMode.SelectRead) ? Text(p, size) : "-"));
        }));
        Suite.Case("looked at and taken", () => With(p =>
        {
            SendAround(p);
            return $"{Take(p, SocketFlags.Peek)} {Take(p, SocketFlags.Peek)} {Take(p)} {Take(p)}";
        }));
        Suite.Case("text looked at", () => With(p =>
        {
            SendAround(p);
            return $"{Text(p, 100, SocketFlags.Peek)} {Text(p)} {Text(p, 100, SocketFlags.Peek)} {AtMark(p)} {Text(p)}";
        }));
        Suite.Case("how much is there", () => With(p =>
        {
            SendAround(p);
            string all = $"{p.Server.Available}";
            Text(p, 2);
            all += $" {p.Server.Available}";
            Text(p, 2);
            all += $" {p.Server.Available}";
            Take(p);
            all += $" {p.Server.Available}";
            Text(p, 1);
            return all + $" {p.Server.Available}";
        }));
        Suite.Case("two, the first not taken", () => With(p =>
        {
            p.Client.Send("a"u8, Urgent);
            p.Client.Send("b"u8, Urgent);
            p.Client.Send("c"u8);
            Arrived(p);
            return $"{Take(p)} {Text(p)} {Text(p)}";
        }));
        Suite.Case("two, the first taken", () => With(p =>
        {
            p.Client.Send("a"u8, Urgent);
            string all = Take(p);
            p.Client.Send("b"u8, Urgent);
            p.Client.Send("c"u8);
            Arrived(p);
            return $"{all} {Take(p)} {Text(p)}";
        }));
        Suite.Case("two with text between", () => With(p =>
        {
            p.Client.Send("1A"u8, Urgent);
            p.Client.Send("2B"u8, Urgent);
            p.Client.Send("3"u8);
            Arrived(p);
            return $"{Text(p)} {Take(p)} {Text(p)}";
        }));
        Suite.Case("in line", () => With(p =>
        {
            p.Server.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.OutOfBandInline, true);
            SendAround(p);
            return $"{p.Server.Available} {Take(p)} {Text(p)} {AtMark(p)} {Text(p)} {AtMark(p)} {p.Server.GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.OutOfBandInline)}";
        }));
        Suite.Case("in line after it came", () => With(p =>
        {
            SendAround(p);
            p.Server.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.OutOfBandInline, true);
            return $"{Text(p)} {AtMark(p)} {Text(p)}";
        }));
        Suite.Case("in line, of the listener", () =>
        {
            using Socket listener = Pair.Listen();
            listener.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.OutOfBandInline, true);
            using Socket c = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            c.Connect(listener.LocalEndPoint!);
            using Socket s = listener.Accept();
            c.Send("!"u8, Urgent);
            byte[] b = new byte[4];
            return $"{s.GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.OutOfBandInline)} {s.Receive(b)} {(char)b[0]}";
        });
        Suite.Case("in line, looked at", () => With(p =>
        {
            p.Server.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.OutOfBandInline, true);
            SendAround(p);
            return $"{Text(p, 100, SocketFlags.Peek)} {Text(p, 3)} {Text(p, 100, SocketFlags.Peek)} {Text(p)}";
        }));
        Suite.Case("poll", () => With(p =>
        {
            string all = Ready(p);
            p.Client.Send("!"u8, Urgent);
            all += " " + p.Server.Poll(5_000_000, SelectMode.SelectError) + " " + Ready(p);
            Take(p);
            all += " " + Ready(p);
            p.Client.Send("x"u8);
            all += " " + p.Server.Poll(5_000_000, SelectMode.SelectRead) + " " + Ready(p);
            Text(p);
            return all + " " + Ready(p);
        }));
        Suite.Case("poll in line", () => With(p =>
        {
            p.Server.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.OutOfBandInline, true);
            p.Client.Send("!"u8, Urgent);
            string all = p.Server.Poll(5_000_000, SelectMode.SelectError) + " " + Ready(p);
            Text(p);
            return all + " " + Ready(p);
        }));
        Suite.Case("poll of text before it", () => With(p =>
        {
            SendAround(p);
            string all = Ready(p);
            Text(p, 3);
            all += " " + Ready(p);
            Text(p, 3);
            return all + " " + Ready(p);
        }));
        Suite.Case("poll is woken", () => With(p =>
        {
            Task<bool> poll = Task.Run(() => p.Server.Poll(5_000_000, SelectMode.SelectError));
            Thread.Sleep(20);
            p.Client.Send("!"u8, Urgent);
            return poll.Result;
        }));
        Suite.Each("select of", [1, 100], count => With(p =>
        {
            Socket[] others = [.. Enumerable.Range(1, count - 1).Select(_ => new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp))];
            p.Client.Send("!"u8, Urgent);
            p.Server.Poll(5_000_000, SelectMode.SelectError);
            List<Socket> error = [p.Server, .. others], read = [p.Server];
            Socket.Select(read, null, error, 100_000);
            string all = $"{read.Count} {error.Count} {(error.Count > 0 ? ReferenceEquals(error[0], p.Server) : "-")}";
            Array.ForEach(others, s => s.Dispose());
            return all;
        }));
        Suite.Case("blocked receive of text passes over it", () => With(p =>
        {
            Task<string> receive = Task.Run(() => Text(p));
            Thread.Sleep(20);
            p.Client.Send("!"u8, Urgent);
            Thread.Sleep(20);
            bool early = receive.IsCompleted;
            p.Client.Send("text"u8);
            return $"{early} {receive.Result}";
        }));
        Suite.Case("asynchronous", () => With(p =>
        {
            int sent = p.Client.SendAsync("ab!"u8.ToArray(), Urgent).Result;
            Arrived(p);
            byte[] b = new byte[4];
            int taken = p.Server.ReceiveAsync(b, Urgent).Result;
            return $"{sent} {taken} {(char)b[0]} {Text(p)}";
        }));
        Suite.Case("asynchronous, none there", () => With(p => Pair.Error(() => p.Server.ReceiveAsync(new byte[1], Urgent).Wait())));
        Suite.Case("many buffers", () => With(p =>
        {
            p.Client.Send((ArraySegment<byte>[])[new("ab"u8.ToArray()), new("cd"u8.ToArray())], Urgent);
            Arrived(p);
            byte[] first = new byte[1], second = new byte[10];
            int taken = p.Server.Receive((ArraySegment<byte>[])[new(first), new(second)], Urgent);
            int text = p.Server.Receive((ArraySegment<byte>[])[new(first), new(second)]);
            return $"{taken} {text} {(char)first[0]}{(char)second[0]}{(char)second[1]}";
        }));
        Suite.Case("no room", () => With(p =>
        {
            p.Client.Send("!"u8, Urgent);
            Arrived(p);
            return $"{Pair.Error(() => p.Server.Receive(Array.Empty<byte>(), Urgent))} {Take(p)}";
        }));
        Suite.Case("nothing sent", () => With(p =>
        {
            int sent = p.Client.Send(Array.Empty<byte>(), Urgent);
            p.Client.Send("x"u8);
            Arrived(p);
            return $"{sent} {Take(p)} {Text(p)}";
        }));
        Suite.Case("then the end", () => With(p =>
        {
            p.Client.Send("ab!"u8, Urgent);
            p.Client.Dispose();
            Arrived(p);
            return $"{Text(p)} {Text(p)} {Take(p)} {Text(p)}";
        }));
        Suite.Case("only that, then the end", () => With(p =>
        {
            p.Client.Send("!"u8, Urgent);
            p.Client.Dispose();
            Arrived(p);
            return $"{p.Server.Available} {Text(p)} {Take(p)} {Text(p)}";
        }));
        Suite.Case("after the end", () => With(p =>
        {
            p.Client.Dispose();
            Arrived(p);
            return $"{Text(p)} {Take(p)}";
        }));
        Suite.Case("not taken at close", () => With(p =>
        {
            p.Client.Send("!"u8, Urgent);
            Arrived(p);
            p.Server.Dispose();
            p.Client.Poll(5_000_000, SelectMode.SelectRead);
            return Pair.Error(() => p.Client.Receive(new byte[1]));
        }));
        Suite.Case("receiving shut", () => With(p =>
        {
            p.Server.Shutdown(SocketShutdown.Receive);
            return Take(p);
        }));
        Suite.Case("sending shut", () => With(p =>
        {
            p.Client.Shutdown(SocketShutdown.Send);
            return Pair.Error(() => p.Client.Send("!"u8, Urgent));
        }));
        Suite.Case("in the middle of a large transfer", () => With(p =>
        {
            byte[] before = Pair.Pattern(300_000), after = Pair.Pattern(200_000);
            Task send = Task.Run(async () =>
            {
                await Pair.SendAll(p.Client, before);
                p.Client.Send("!"u8, Urgent);
                await Pair.SendAll(p.Client, after);
                p.Client.Shutdown(SocketShutdown.Send);
            });
            MemoryStream all = new();
            byte[] buffer = new byte[7777];
            long mark = -1;
            char urgent = ' ';
            while (true)
            {
                if (mark < 0 && p.Server.Poll(5_000_000, SelectMode.SelectRead) && AtMark(p))
                {
                    mark = all.Length;
                    p.Server.Receive(buffer, Urgent);
                    urgent = (char)buffer[0];
                }

                int n = p.Server.Receive(buffer);
                if (n == 0)
                {
                    break;
                }

                all.Write(buffer, 0, n);
            }

            send.Wait();
            return $"{mark} {urgent} {all.Length} {all.ToArray().AsSpan(0, 300_000).SequenceEqual(before)} {all.ToArray().AsSpan(300_000).SequenceEqual(after)}";
        }));
        Suite.Case("not connected", () =>
        {
            using Socket s = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            return $"{Pair.Error(() => s.Send("!"u8, Urgent))}, {Pair.Error(() => s.Receive(new byte[1], Urgent))}";
        });
        Suite.Case("listener", () =>
        {
            using Socket s = Pair.Listen();
            return $"{Pair.Error(() => s.Send("!"u8, Urgent))}, {Pair.Error(() => s.Receive(new byte[1], Urgent))}";
        });
        Suite.Case("IPv6", () =>
        {
            using Pair p = new(AddressFamily.InterNetworkV6);
            SendAround(p);
            return $"{Text(p)} {Take(p)} {Text(p)}";
        });
        Suite.Case("datagrams", () =>
        {
            using Socket a = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp), b = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
            a.Bind(new IPEndPoint(IPAddress.Loopback, 0));
            b.Connect(a.LocalEndPoint!);
            b.Send("text"u8);
            byte[] buffer = new byte[10];
            return $"{Pair.Error(() => b.Send("!"u8, Urgent))} {a.Receive(buffer, Urgent)}";
        });
        Suite.Case("mark of a datagram socket", () =>
        {
            using Socket a = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
            return Pair.Error(() => a.IOControl(IOControlCode.OobDataRead, null, new byte[4]));
        });
        Suite.Case("mark of a listener", () =>
        {
            using Socket a = Pair.Listen();
            byte[] answer = new byte[4];
            return Pair.Error(() => a.IOControl(IOControlCode.OobDataRead, null, answer)) + answer[0];
        });
        Suite.Case("flags of a message", () => With(p =>
        {
            SendAround(p);
            SocketFlags flags = Urgent;
            EndPoint from = new IPEndPoint(IPAddress.Any, 0);
            int n = p.Server.ReceiveMessageFrom(new byte[10], 0, 10, ref flags, ref from, out _);
            return $"{n} {flags}";
        }));
        Suite.Case("network stream", () => With(p =>
        {
            SendAround(p);
            using NetworkStream stream = new(p.Server);
            byte[] b = new byte[6];
            stream.ReadExactly(b);
            return b;
        }));
    }

    private static string With(Func<Pair, object> body)
    {
        using Pair p = new();
        p.Client.NoDelay = true;
        p.Server.ReceiveTimeout = 5000;
        return Suite.Format(body(p));
    }

    // Three bytes, an urgent one, three bytes; all there.
    private static void SendAround(Pair p)
    {
        p.Client.Send("abc"u8);
        p.Client.Send("!"u8, Urgent);
        p.Client.Send("def"u8);
        Arrived(p);
    }

    // Loopback is quick, but not a promise.
    private static void Arrived(Pair p)
    {
        p.Server.Poll(5_000_000, SelectMode.SelectRead);
        Thread.Sleep(10);
    }

    private static string Take(Pair p) => Take(p, SocketFlags.None);

    private static string Take(Pair p, SocketFlags flags)
    {
        Thread.Sleep(5);
        byte[] b = new byte[4];
        int n = 0;
        string error = Pair.Error(() => n = p.Server.Receive(b, Urgent | flags));
        return error == "no error" ? $"{n}:{(n > 0 ? (char)b[0] : '-')}" : error;
    }

    private static string Text(Pair p, int size = 100, SocketFlags flags = SocketFlags.None)
    {
        byte[] b = new byte[size];
        int n = 0;
        string error = Pair.Error(() => n = p.Server.Receive(b, flags));
        return error == "no error" ? '\'' + System.Text.Encoding.ASCII.GetString(b, 0, n) + '\'' : error;
    }

    private static bool AtMark(Pair p)
    {
        byte[] answer = new byte[4];
        p.Server.IOControl(IOControlCode.OobDataRead, null, answer);
        return BitConverter.ToInt32(answer) != 0;
    }

    private static string Ready(Pair p) =>
        (p.Server.Poll(0, SelectMode.SelectRead) ? "R" : "") + (p.Server.Poll(0, SelectMode.SelectWrite) ? "W" : "") + (p.Server.Poll(0, SelectMode.SelectError) ? "E" : "");
}
