using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Unikernel.Guest;

/// <summary>NetworkStream, TcpClient, TcpListener.</summary>
internal static class StreamCases
{
    public static void Run()
    {
        Suite.Case("lines over TcpClient", () =>
        {
            using TcpListener listener = new(IPAddress.Loopback, 0);
            listener.Start();
            using TcpClient client = new();
            client.Connect((IPEndPoint)listener.LocalEndpoint);
            using TcpClient server = listener.AcceptTcpClient();
            using StreamWriter writer = new(client.GetStream(), new UTF8Encoding(false)) { AutoFlush = true };
            using StreamReader reader = new(server.GetStream());
            writer.WriteLine("první");
            writer.WriteLine("druhý");
            return reader.ReadLine() + reader.ReadLine();
        });
        Suite.Case("stream properties", () => With((s, _) => $"{s.CanRead} {s.CanWrite} {s.CanSeek} {s.CanTimeout} {s.DataAvailable}"));
        Suite.Throws("stream length", () => With((s, _) => s.Length));
        Suite.Throws("stream seek", () => With((s, _) => s.Seek(0, SeekOrigin.Begin)));
        Suite.Case("read timeout", () => With((s, _) =>
        {
            s.ReadTimeout = 30;
            return Pair.Error(() => s.ReadByte());
        }));
        Suite.Case("copy to", () => With((s, other) =>
        {
            byte[] data = Pair.Pattern(100_000);
            Task send = Task.Run(() =>
            {
                other.Write(data);
                other.Socket.Shutdown(SocketShutdown.Send);
            });
            MemoryStream all = new();
            s.CopyTo(all);
            send.Wait();
            return all.ToArray().AsSpan().SequenceEqual(data);
        }));
        Suite.Case("async read write", () => With((s, other) =>
        {
            other.WriteAsync(new byte[] { 1, 2, 3 }).AsTask().Wait();
            byte[] b = new byte[3];
            s.ReadExactlyAsync(b).AsTask().Wait();
            return b;
        }));
        Suite.Case("cancel read", () => With((s, _) =>
        {
            using CancellationTokenSource source = new(20);
            try
            {
                s.ReadAsync(new byte[1], source.Token).AsTask().GetAwaiter().GetResult();
                return "read";
            }
            catch (OperationCanceledException)
            {
                return "cancelled";
            }
        }));
        Suite.Case("end of stream", () => With((s, other) =>
        {
            other.Dispose();
            return s.ReadByte();
        }));
        Suite.Case("write after the other closed", () => With((s, other) =>
        {
            other.Socket.LingerState = new LingerOption(true, 0);
            other.Dispose();
            return Pair.Error(() =>
            {
                for (int i = 0; i < 100; i++)
                {
                    s.WriteByte(1);
                    Thread.Sleep(1);
                }
            });
        }));
        Suite.Throws("stream of an unconnected client", () => new TcpClient().GetStream());
        Suite.Case("listener pending", () =>
        {
            using TcpListener listener = new(IPAddress.Loopback, 0);
            listener.Start();
            bool before = listener.Pending();
            using TcpClient client = new();
            client.Connect((IPEndPoint)listener.LocalEndpoint);
            SpinWait.SpinUntil(listener.Pending, 5000);
            return $"{before} {listener.Pending()}";
        });
        Suite.Throws("accept of a stopped listener", () => new TcpListener(IPAddress.Loopback, 0).AcceptTcpClient());
        Suite.Case("client by host name", () =>
        {
            using TcpListener listener = new(IPAddress.Loopback, 0);
            listener.Start();
            using TcpClient client = new("localhost", ((IPEndPoint)listener.LocalEndpoint).Port);
            return client.Connected;
        });
        Suite.Case("owns the socket", () =>
        {
            using Pair p = new();
            new NetworkStream(p.Client, ownsSocket: true).Dispose();
            return Pair.Error(() => p.Client.Send([1]));
        });
        Suite.Case("a small HTTP exchange", () =>
        {
            using Socket listener = Pair.Listen();
            Task server = Task.Run(() =>
            {
                using Socket s = listener.Accept();
                using StreamReader reader = new(new NetworkStream(s), leaveOpen: true);
                while (reader.ReadLine() is { Length: > 0 })
                {
                }

                s.Send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello"u8);
                s.Shutdown(SocketShutdown.Both);
            });
            using Socket c = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            c.Connect(listener.LocalEndPoint!);
            c.Send("GET / HTTP/1.1\r\nHost: x\r\n\r\n"u8);
            string answer = Encoding.ASCII.GetString(Pair.ReceiveAll(c));
            server.Wait();
            return answer;
        });
    }

    private static T With<T>(Func<NetworkStream, NetworkStream, T> body)
    {
        using Pair p = new();
        using NetworkStream a = new(p.Client, true), b = new(p.Server, true);
        return body(a, b);
    }
}
