using System.Net.Sockets;
using System.Text;

namespace Unikernel.Guest;

/// <summary>Urgent data of Unix domain streams: scripts of what both ends do, each with everything that the receiver can see of it.</summary>
internal static class LocalUrgentCases
{
    private const SocketFlags Urgent = SocketFlags.OutOfBand;

    public static void Run()
    {
        // s: send so many bytes; o: the same with the last one urgent. r, p: receive, peek at so many. t, k: take, peek out of band. m: at the mark? a: how much is
        // there? e: poll for urgent, f: for text. i, n: in line, not. c: the sender closes, z: shuts its direction.
        Suite.Each("script", [
            "o1 e f a m t m a e f r9", "o3 r9 m t r9 m", "o3 t r9 m r9", "o3 r2 m t m r9", "o3 r2 r9 t", "s2 o1 s2 r9 m r9", "s2 o1 s2 t r9 m r9", "s2 o1 s2 r2 m r9 m",
            "o1 o1 t t r9", "o1 o1 r9 r9", "o1 t o1 t s1 r9 r9", "o1 t o1 m r9 m r9", "o1 t s1 o1 m r9 m r9 t", "o2 t s2 o1 r9 m r9", "o2 o2 o2 t r9 m r9", "i o1 t r9", "i s2 o1 s2 m r9 m r9 m",
            "s2 o1 s2 i r9 r9", "i s2 o1 s2 n r9 m r9", "o3 p9 p9 k k t p9 r9", "o1 p9 r9 s1 r9", "o1 t p9 a s1 p9 r9", "o1 c t r9", "o1 t c r9 t", "s1 o1 c r9 r9", "o1 z r9 m t", "o1 z t r9",
            "t k m a e f", "s5 t", "o1 k i k t", "s1 o1 s1 a t a r1 a r9 a", "s3 o1 r2 r2 r2 r2", "o1 s3 r1 r9", "o1 s3 p1 p9 r1 r9", "i o1 s3 r1 m r9", "o0", "s0 t",
            "o5 r1 o5 r1 t r9 m r9", "o2 t o2 t o2 t r9 r9 r9 r9", "o2 t o2 t p9 r9 p9 r9", "o2 t o2 p9 r9 m p9 r9",
        ], Script);
        Random random = new(42);
        const string Operations = "sssooorrrpptttkmmefin"; // how much is there Linux 6.18 says wrongly once a read dropped an urgent byte
        Suite.Each("random script", Enumerable.Range(0, 120).Select(_ => string.Join(' ', Enumerable.Range(0, 14).Select(_ =>
        {
            char operation = Operations[random.Next(Operations.Length)];
            return "sorp".Contains(operation, StringComparison.Ordinal) ? $"{operation}{random.Next(1, 5)}" : $"{operation}";
        }))), Script);
        Suite.Case("urgent without a peer", () =>
        {
            using Socket s = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            return $"{Pair.Error(() => s.Send([1], Urgent))}, {Pair.Error(() => s.Receive(new byte[1], Urgent))}";
        });
        Suite.Case("large", () => With((c, s) =>
        {
            byte[] data = Pair.Pattern(500_000), last = new byte[1];
            Task send = Task.Run(() => c.Send(data, Urgent));
            byte[] all = new byte[data.Length];
            int count = 0;
            while (count < data.Length - 1)
            {
                count += s.Receive(all, count, all.Length - count, SocketFlags.None);
            }

            send.Wait();
            return $"{count} {s.Receive(last, Urgent)} {last[0] == data[^1]} {all.AsSpan(0, count).SequenceEqual(data.AsSpan(0, count))}";
        }));
        Suite.Case("poll is woken", () => With((c, s) =>
        {
            Task<bool> poll = Task.Run(() => s.Poll(5_000_000, SelectMode.SelectError));
            Thread.Sleep(20);
            c.Send("!"u8, Urgent);
            return poll.Result;
        }));
    }

    private static string Script(string script) => With((c, s) =>
    {
        s.Blocking = false;
        StringBuilder seen = new();
        char next = 'a';
        foreach (string word in script.Split(' '))
        {
            int count = word.Length > 1 ? word[1] - '0' : 0;
            byte[] bytes = new byte[count];
            seen.Append(word[0] switch
            {
                's' or 'o' => Send(c, bytes, word[0] == 'o' ? Urgent : SocketFlags.None, ref next),
                'r' => Receive(s, bytes, SocketFlags.None),
                'p' => Receive(s, bytes, SocketFlags.Peek),
                't' => Receive(s, new byte[1], Urgent),
                'k' => Receive(s, new byte[1], Urgent | SocketFlags.Peek),
                'm' => AtMark(s) ? "M" : "m",
                'a' => $"a{s.Available}",
                'e' => s.Poll(0, SelectMode.SelectError) ? "E" : "e",
                'f' => s.Poll(0, SelectMode.SelectRead) ? "F" : "f",
                'i' or 'n' => Pair.Error(() => s.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.OutOfBandInline, word[0] == 'i')),
                'c' => Pair.Error(c.Dispose),
                'z' => Pair.Error(() => c.Shutdown(SocketShutdown.Send)),
                _ => throw new ArgumentException(word),
            });
            seen.Append(' ');
        }

        return seen.ToString();
    });

    private static string Send(Socket socket, byte[] bytes, SocketFlags flags, ref char next)
    {
        for (int i = 0; i < bytes.Length; i++)
        {
            bytes[i] = (byte)next;
            next = next == 'z' ? 'a' : (char)(next + 1);
        }

        int sent = 0;
        string error = Pair.Error(() => sent = socket.Send(bytes, flags));
        return error == "no error" ? $"{sent}" : error;
    }

    private static string Receive(Socket socket, byte[] bytes, SocketFlags flags)
    {
        int received = 0;
        string error = Pair.Error(() => received = socket.Receive(bytes, flags));
        return error == "no error" ? $"'{Encoding.ASCII.GetString(bytes, 0, received)}'" : error;
    }

    private static bool AtMark(Socket socket)
    {
        byte[] answer = new byte[4];
        socket.IOControl(IOControlCode.OobDataRead, null, answer);
        return BitConverter.ToInt32(answer) != 0;
    }

    private static T With<T>(Func<Socket, Socket, T> body)
    {
        string name = $"/tmp/unikernel-{Environment.ProcessId}-{Guid.NewGuid():N}";
        using Socket listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(name));
        listener.Listen();
        using Socket c = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        c.Connect(new UnixDomainSocketEndPoint(name));
        using Socket s = listener.Accept();
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
