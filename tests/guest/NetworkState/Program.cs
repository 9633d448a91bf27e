// Does what the lines of its input say to the network (and the files) that the machine has; each answer ends with a line of one dot.

using System.Globalization;
using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using System.Security.Cryptography;

Console.WriteLine("ready");
while (Console.ReadLine() is { } line)
{
    string answer;
    try
    {
        answer = Answer(line.Split(' '));
    }
    catch (SocketException e)
    {
        answer = e.SocketErrorCode.ToString();
    }
    catch (IOException e)
    {
        answer = $"{e.GetType().Name}: {e.Message}";
    }

    Console.WriteLine($"{answer}\n.");
}

static string Answer(string[] words) => words[0] switch
{
    "interfaces" => Interfaces(),
    "loopback" => Exchange(null, 64 * 1024),
    "exchange" => Exchange(new IPEndPoint(IPAddress.Parse(words[1]), Number(words[2])), Number(words[3])),
    "serve" => Serve(Number(words[1])),
    "burst" => Burst(new IPEndPoint(IPAddress.Parse(words[1]), Number(words[2])), Number(words[3])),
    "burst-async" => BurstAsync(new IPEndPoint(IPAddress.Parse(words[1]), Number(words[2])), Number(words[3])).Result,
    "connect" => Connect(new IPEndPoint(IPAddress.Parse(words[1]), Number(words[2]))),
    "resolve" => string.Join(' ', Dns.GetHostAddresses(words[1]).Select(a => a.ToString())),
    "name" => Dns.GetHostEntry(IPAddress.Parse(words[1])).HostName,
    "random" => Convert.ToHexString(RandomNumberGenerator.GetBytes(16)),
    "files" => Files(),
    "fill" => Fill(),
    _ => "?",
};

static int Number(string word) => int.Parse(word, CultureInfo.InvariantCulture);

static string Interfaces() => string.Join('\n',
    from card in NetworkInterface.GetAllNetworkInterfaces()
    where card.NetworkInterfaceType != NetworkInterfaceType.Loopback
    let properties = card.GetIPProperties()
    let addresses = properties.UnicastAddresses.Where(a => a.Address.AddressFamily == AddressFamily.InterNetwork).Select(a => $" {a.Address}/{a.PrefixLength}")
    select $"{card.Name} {card.OperationalStatus} mtu {properties.GetIPv4Properties().Mtu}{string.Concat(addresses)}");

static string Connect(IPEndPoint to)
{
    using Socket socket = new(to.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
    socket.Connect(to);
    return "connected";
}

// An echo server for as many as come, and a socket of datagrams that nobody reads.
static string Serve(int port)
{
    Socket datagrams = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp), listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    datagrams.Bind(new IPEndPoint(IPAddress.Any, port));
    listener.Bind(new IPEndPoint(IPAddress.Any, port));
    listener.Listen(64);
    _ = AcceptAsync(listener, datagrams);
    return "serving";

    static async Task AcceptAsync(Socket listener, Socket unread)
    {
        while (true)
        {
            _ = EchoAsync(await listener.AcceptAsync());
            GC.KeepAlive(unread);
        }
    }

    static async Task EchoAsync(Socket peer)
    {
        using (peer)
        {
            byte[] buffer = new byte[4096];
            int count;
            while ((count = await peer.ReceiveAsync(buffer)) > 0)
            {
                for (int sent = 0; sent < count;)
                {
                    sent += await peer.SendAsync(buffer.AsMemory(sent, count - sent));
                }
            }
        }
    }
}

// Numbered datagrams as fast as the socket takes them.
static string Burst(IPEndPoint to, int count)
{
    using Socket socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
    byte[] datagram = new byte[32];
    for (int i = 0; i < count; i++)
    {
        BitConverter.TryWriteBytes(datagram, i);
        if (socket.SendTo(datagram, to) != datagram.Length)
        {
            return $"datagram {i} was cut";
        }
    }

    return $"{count} sent";
}

static async Task<string> BurstAsync(IPEndPoint to, int count)
{
    using Socket socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
    int late = 0;
    byte[] datagram = new byte[32];
    for (int i = 0; i < count; i++)
    {
        BitConverter.TryWriteBytes(datagram, i);
        Task<int> sending = socket.SendToAsync(datagram, SocketFlags.None, to);
        if (!sending.IsCompleted)
        {
            late++;
        }

        if (await sending != datagram.Length)
        {
            return $"datagram {i} was cut";
        }
    }

    return late > 0 ? $"{count} sent" : $"{count} sent, and none of them waited";
}

// To an echo server, or to one of our own on the loopback.
static string Exchange(IPEndPoint? to, int length)
{
    byte[] sent = new byte[length], received = new byte[length];
    for (int i = 0; i < length; i++)
    {
        sent[i] = (byte)(i * 31 >> 3);
    }

    using Socket listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    if (to is null)
    {
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        to = (IPEndPoint)listener.LocalEndPoint!;
        new Thread(() =>
        {
            using Socket peer = listener.Accept();
            byte[] buffer = new byte[4096];
            int count;
            while ((count = peer.Receive(buffer)) > 0)
            {
                peer.Send(buffer, count, SocketFlags.None);
            }
        })
        { IsBackground = true }.Start();
    }

    using Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    socket.Connect(to);
    Thread sender = new(() =>
    {
        socket.Send(sent);
        socket.Shutdown(SocketShutdown.Send);
    });
    sender.Start();
    for (int at = 0; at < length;)
    {
        int count = socket.Receive(received, at, length - at, SocketFlags.None);
        if (count == 0)
        {
            break;
        }

        at += count;
    }

    sender.Join();
    return sent.AsSpan().SequenceEqual(received) ? $"{length} bytes came back" : "what came back differs";
}

static string Files()
{
    string root = Path.Combine(AppContext.BaseDirectory, "names");
    return string.Join('\n',
        from file in Directory.EnumerateFiles(root, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
        select $"{Path.GetRelativePath(root, file)}: {File.ReadAllText(file)}");
}

static string Fill()
{
    string file = Path.Combine(Path.GetTempPath(), "filling");
    byte[] piece = new byte[64 * 1024];
    string end = "never full";
    long length = 0;
    try
    {
        using FileStream stream = File.Create(file, bufferSize: 0);
        for (; length < 1L << 30; length += piece.Length)
        {
            stream.Write(piece);
        }
    }
    catch (IOException e)
    {
        end = $"{e.GetType().Name} 0x{e.HResult:x}: {e.Message}";
    }

    bool some = length > 0;
    File.Delete(file);
    File.WriteAllBytes(file, piece);
    bool again = new FileInfo(file).Length == piece.Length;
    File.Delete(file);
    return $"{end}; something fitted: {some}; deleted, it is free again: {again}";
}
