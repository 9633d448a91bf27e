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
        Suite.Case("name is a file", () => With((_, s) => File.Exists(s.LocalEndPoint!.ToString())));
        Suite.Case("dispose takes the name away", () =>
        {
            string name = Name();
            using (Socket a = Unix())
            {
                a.Bind(new UnixDomainSocketEndPoint(name));
            }

            return File.Exists(name);
        });
        Suite.Case("bind where there is no folder", () => Pair.Error(() => Unix().Bind(new UnixDomainSocketEndPoint("/tmp/no-such-folder/name"))));
        Suite.Case("bind to a file", () =>
        {
            string name = Name();
            File.WriteAllText(name, "a file");
            string error = Pair.Error(() => Unix().Bind(new UnixDomainSocketEndPoint(name))) + ", " + Pair.Error(() => Unix().Connect(new UnixDomainSocketEndPoint(name)));
            File.Delete(name);
            return error;
        });
        Suite.Case("connect to a name that nobody listens to", () =>
        {
            string name = Name();
            using Socket a = Unix();
            a.Bind(new UnixDomainSocketEndPoint(name));
            return Pair.Error(() => Unix().Connect(new UnixDomainSocketEndPoint(name)));
        });
        Suite.Case("abstract name", () =>
        {
            UnixDomainSocketEndPoint name = new("\0unikernel-" + Guid.NewGuid().ToString("N"));
            using Socket listener = Unix();
            listener.Bind(name);
            listener.Listen();
            using Socket c = Unix();
            c.Connect(name);
            using Socket s = listener.Accept();
            c.Send("abstract"u8);
            return s.Receive(new byte[20]);
        });
        Suite.Case("datagrams", () =>
        {
            string name = Name();
            using Socket a = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified), b = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
            a.Bind(new UnixDomainSocketEndPoint(name));
            b.Connect(new UnixDomainSocketEndPoint(name));
            b.Send([1, 2, 3]);
            b.Send([4]);
            byte[] buffer = new byte[10];
            return $"{a.Receive(buffer)} {a.Receive(buffer)}";
        });
        Suite.Case("asynchronous", () => With((c, s) =>
        {
            Task<int> receive = s.ReceiveAsync(new byte[10]);
            c.SendAsync(new byte[] { 1, 2, 3 }).Wait();
            return receive.Result;
        }));
        Suite.Case("non-blocking", () => With((c, _) =>
        {
            c.Blocking = false;
            return Pair.Error(() => c.Receive(new byte[1]));
        }));
        Suite.Case("half close", () => With((c, s) =>
        {
            c.Shutdown(SocketShutdown.Send);
            int end = s.Receive(new byte[1]);
            s.Send([1]);
            return $"{end} {c.Receive(new byte[1])}";
        }));
        Suite.Case("send to the gone", () => With((c, s) =>
        {
            s.Dispose();
            return Pair.Error(() => c.Send([1]));
        }));
        Suite.Case("poll", () => With((c, s) =>
        {
            bool before = s.Poll(0, SelectMode.SelectRead);
            c.Send([1]);
            return $"{before} {s.Poll(1_000_000, SelectMode.SelectRead)} {c.Poll(0, SelectMode.SelectWrite)}";
        }));
        Suite.Case("named pipe", () =>
        {
            string name = "unikernel-" + Guid.NewGuid().ToString("N");
            using NamedPipeServerStream server = new(name, PipeDirection.InOut, 1, PipeTransmissionMode.Byte, PipeOptions.Asynchronous);
            using NamedPipeClientStream client = new(".", name, PipeDirection.InOut, PipeOptions.Asynchronous);
            Task accept = server.WaitForConnectionAsync();
            client.Connect(5000);
            accept.Wait();
            client.Write("through a pipe"u8);
            byte[] buffer = new byte[20];
            int n = server.Read(buffer);
            server.Write(buffer, 0, 3);
            return $"{n} {client.Read(buffer)} {server.IsConnected} {client.IsConnected}";
        });
        Suite.Throws("named pipe that is not there", () =>
        {
            using NamedPipeClientStream client = new(".", "unikernel-nobody", PipeDirection.InOut);
            client.Connect(10);
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

    private static string Name() => $"/tmp/unikernel-{Environment.ProcessId}-{Guid.NewGuid():N}";

    private static Socket Unix() => new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);

    private static T With<T>(Func<Socket, Socket, T> body)
    {
        string name = Name();
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
