using System.Net;
using System.Net.Sockets;

namespace Unikernel.Guest;

/// <summary>Two connected sockets, and the small things that every case needs.</summary>
internal sealed class Pair : IDisposable
{
    public Socket Client { get; }

    public Socket Server { get; }

    public Pair(AddressFamily family = AddressFamily.InterNetwork)
    {
        using Socket listener = Listen(family);
        Client = new Socket(family, SocketType.Stream, ProtocolType.Tcp);
        Client.Connect(listener.LocalEndPoint!);
        Server = listener.Accept();
    }

    /// <summary>A listener on a free port of the loopback address.</summary>
    public static Socket Listen(AddressFamily family = AddressFamily.InterNetwork, int backlog = 16)
    {
        Socket listener = new(family, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(Loopback(family), 0));
        listener.Listen(backlog);
        return listener;
    }

    public static IPAddress Loopback(AddressFamily family) => family == AddressFamily.InterNetwork ? IPAddress.Loopback : IPAddress.IPv6Loopback;

    /// <summary>A port on which nobody listens.</summary>
    public static IPEndPoint Closed()
    {
        using Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return (IPEndPoint)socket.LocalEndPoint!;
    }

    /// <summary>Sends everything, while nobody may be reading yet.</summary>
    public static Task SendAll(Socket socket, byte[] data) => Task.Run(() =>
    {
        for (int sent = 0; sent < data.Length;)
        {
            sent += socket.Send(data.AsSpan(sent));
        }
    });

    /// <summary>Receives until the other side has finished.</summary>
    public static byte[] ReceiveAll(Socket socket)
    {
        MemoryStream all = new();
        byte[] buffer = new byte[8192];
        int n;
        while ((n = socket.Receive(buffer)) > 0)
        {
            all.Write(buffer, 0, n);
        }

        return all.ToArray();
    }

    /// <summary>Bytes in which every position matters.</summary>
    public static byte[] Pattern(int length)
    {
        byte[] data = new byte[length];
        for (int i = 0; i < length; i++)
        {
            data[i] = (byte)(i * 31 + (i >> 8) * 7);
        }

        return data;
    }

    /// <summary>The error of a failing socket call, without texts that hold ports.</summary>
    public static string Error(Action body)
    {
        try
        {
            body();
            return "no error";
        }
        catch (SocketException e)
        {
            return $"{e.SocketErrorCode} {e.NativeErrorCode}";
        }
        catch (AggregateException e) when (e.InnerException is SocketException inner)
        {
            return $"{inner.SocketErrorCode} {inner.NativeErrorCode}";
        }
        catch (IOException e) when (e.InnerException is SocketException inner)
        {
            return $"IOException {inner.SocketErrorCode}";
        }
        catch (Exception e)
        {
            return e.GetType().Name;
        }
    }

    public void Dispose()
    {
        Client.Dispose();
        Server.Dispose();
    }
}
