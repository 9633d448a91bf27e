// Unix domain sockets by the names of a class of the program's own, which says their addresses itself: UnixDomainSocketEndPoint is not in it.

using System.Net;
using System.Net.Sockets;
using System.Text;
using Unikernel.Guest;

return Suite.Run(args, ("own", OwnCases.Run));

internal static class OwnCases
{
    public static void Run()
    {
        Suite.Case("a stream", () =>
        {
            LocalName name = new("/tmp/own-stream");
            using Socket listener = New(SocketType.Stream), client = New(SocketType.Stream);
            listener.Bind(name);
            listener.Listen();
            client.Connect(name);
            using Socket server = listener.Accept();
            client.Send("ask"u8);
            byte[] buffer = new byte[16];
            string asked = Encoding.ASCII.GetString(buffer, 0, server.Receive(buffer));
            server.Send("answer"u8);
            return $"{asked} {Encoding.ASCII.GetString(buffer, 0, client.Receive(buffer))}, {listener.LocalEndPoint}, {client.RemoteEndPoint}, '{client.LocalEndPoint}'";
        });
        Suite.Case("asynchronously", () =>
        {
            LocalName name = new("\0own-abstract");
            using Socket listener = New(SocketType.Stream), client = New(SocketType.Stream);
            listener.Bind(name);
            listener.Listen();
            Task<Socket> accepting = listener.AcceptAsync();
            client.ConnectAsync(name).Wait();
            using Socket server = accepting.Result;
            client.SendAsync("ask"u8.ToArray()).Wait();
            byte[] buffer = new byte[16];
            return Encoding.ASCII.GetString(buffer, 0, server.ReceiveAsync(buffer).Result);
        });
        Suite.Case("datagrams", () =>
        {
            LocalName a = new("/tmp/own-a"), b = new("/tmp/own-b");
            using Socket first = New(SocketType.Dgram), second = New(SocketType.Dgram);
            first.Bind(a);
            second.Bind(b);
            first.SendTo("ask"u8.ToArray(), b);
            byte[] buffer = new byte[16];
            EndPoint from = new LocalName("");
            int count = second.ReceiveFrom(buffer, ref from);
            return $"{Encoding.ASCII.GetString(buffer, 0, count)} from {from}";
        });
        Suite.Case("the name stays in the file system", () => File.Exists("/tmp/own-stream"));
        Suite.Case("bind to a name in use", () => Error(() => New(SocketType.Stream).Bind(new LocalName("/tmp/own-a"))));
        Suite.Case("connect to a name that nobody has", () => Error(() => New(SocketType.Stream).Connect(new LocalName("/tmp/nobody"))));
        Suite.Case("connect where nobody listens", () => Error(() => New(SocketType.Stream).Connect(new LocalName("/tmp/own-stream"))));
        foreach (string left in (string[])["/tmp/own-stream", "/tmp/own-a", "/tmp/own-b"])
            File.Delete(left);
    }

    private static Socket New(SocketType type) => new(AddressFamily.Unix, type, ProtocolType.Unspecified);

    private static string Error(Action action)
    {
        try
        {
            action();
            return "no error";
        }
        catch (SocketException e)
        {
            return e.SocketErrorCode.ToString();
        }
    }
}

/// <summary>struct sockaddr_un: the family, and the path with its end, or a name without.</summary>
internal sealed class LocalName(string path) : EndPoint
{
    private const int Family = 2;

    public override AddressFamily AddressFamily => AddressFamily.Unix;

    public override SocketAddress Serialize()
    {
        byte[] bytes = Encoding.UTF8.GetBytes(path);
        SocketAddress address = new(AddressFamily.Unix, Family + bytes.Length + (path.StartsWith('\0') ? 0 : 1));
        for (int i = 0; i < bytes.Length; i++)
            address[Family + i] = bytes[i];
        return address;
    }

    public override EndPoint Create(SocketAddress address)
    {
        StringBuilder text = new();
        for (int i = Family; i < address.Size && (address[i] != 0 || i == Family); i++)
            text.Append((char)address[i]);
        return new LocalName(text.ToString().TrimEnd('\0'));
    }

    public override string ToString() => path;
}
