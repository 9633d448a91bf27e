using System.IO.Pipes;
using System.Net.Sockets;

namespace Unikernel.Guest;

/// <summary>Unix domain sockets and anonymous pipes inside the program.</summary>
internal static class LocalCases
{
    public static void Run()
    {
        Suite.Case("stream echo", () => With((c, s) =>
        {
            c.Send("local"u8);
            byte[] b = new byte[10];
            return $"{s.Receive(b)} {b[0]}";
        }));
        Suite.Case("large", () => With((c, s) =>
        {
            byte[] data = Pair.Pattern(500_000);
            Task send = Pair.SendAll(c, data).ContinueWith(_ => c.Shutdown(SocketShutdown.Send));
            bool same = Pair.ReceiveAll(s).AsSpan().SequenceEqual(data);
            send.Wait();
            return same;
        }));
        Suite.Case("end points", () => With((c, _) => c.RemoteEndPoint is UnixDomainSocketEndPoint));
        Suite.Case("end", () => With((c, s) =>
        {
            c.Dispose();
            return s.Receive(new byte[1]);
        }));
        Suite.Case("connect to nothing", () => Pair.Error(() => new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified).Connect(new UnixDomainSocketEndPoint("/tmp/nobody-listens"))));
        Suite.Case("bind twice to one name", () =>
        {
            string name = $"/tmp/twice-{Environment.ProcessId}";
            using Socket a = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified), b = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            a.Bind(new UnixDomainSocketEndPoint(name));
            string error = Pair.Error(() => b.Bind(new UnixDomainSocketEndPoint(name)));
            File.Delete(name);
            return error;
        });
        Suite.Throws("name too long", () => _ = new UnixDomainSocketEndPoint(new string('x', 200)));
        Suite.Case("anonymous pipe", () =>
        {
            using AnonymousPipeServerStream server = new(PipeDirection.Out);
            using AnonymousPipeClientStream client = new(PipeDirection.In, server.ClientSafePipeHandle);
            server.Write([1, 2, 3]);
            byte[] b = new byte[5];
            return $"{client.Read(b, 0, 5)} {b[2]}";
        });
        Suite.Case("pipe larger than its buffer", () =>
        {
            using AnonymousPipeServerStream server = new(PipeDirection.Out);
            using AnonymousPipeClientStream client = new(PipeDirection.In, server.ClientSafePipeHandle);
            byte[] data = Pair.Pattern(300_000);
            Task write = Task.Run(() =>
            {
                server.Write(data);
                server.Dispose();
            });
            MemoryStream all = new();
            client.CopyTo(all);
            write.Wait();
            return all.ToArray().AsSpan().SequenceEqual(data);
        });
        Suite.Case("pipe end of reader", () => Pair.Error(() =>
        {
            using AnonymousPipeServerStream server = new(PipeDirection.Out);
            server.ClientSafePipeHandle.Dispose();
            server.Write([1]);
        }));
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
