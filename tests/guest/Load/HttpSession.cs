using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace Unikernel.Guest;

/// <summary>One connection: requests one after another, pipelined or not, until the client closes.</summary>
internal sealed class HttpSession(Socket socket)
{
    private const int PageLength = 612;
    private static readonly byte[] s_page = Response(Filling(PageLength));
    private static readonly byte[] s_filling = Filling(1 << 16);

    private readonly byte[] _buffer = new byte[4096];

    public async Task RunAsync()
    {
        using (socket)
        {
            try
            {
                int length = 0;
                while (true)
                {
                    int read = await socket.ReceiveAsync(_buffer.AsMemory(length));
                    if (read == 0)
                    {
                        return;
                    }

                    length += read;
                    int end;
                    while ((end = _buffer.AsSpan(0, length).IndexOf("\r\n\r\n"u8)) >= 0)
                    {
                        await AnswerAsync(Encoding.ASCII.GetString(_buffer, 0, end).Split(' ')[1]);
                        _buffer.AsSpan(end + 4, length - end - 4).CopyTo(_buffer);
                        length -= end + 4;
                    }

                    if (length == _buffer.Length)
                    {
                        return; // a request that is too long
                    }
                }
            }
            catch (SocketException)
            {
                // The client went away: so does its connection.
            }
        }
    }

    private async Task AnswerAsync(string path)
    {
        if (path == "/memory")
        {
            await SendAsync(Response(Encoding.ASCII.GetBytes(Memory())));
        }
        else if (path.StartsWith("/bytes/", StringComparison.Ordinal))
        {
            long left = long.Parse(path.AsSpan(7), CultureInfo.InvariantCulture);
            await SendAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 200 OK\r\nContent-Length: {left}\r\n\r\n"));
            for (; left > 0; left -= Math.Min(left, s_filling.Length))
            {
                await SendAsync(s_filling.AsMemory(0, (int)Math.Min(left, s_filling.Length)));
            }
        }
        else
        {
            await SendAsync(s_page);
        }
    }

    private async Task SendAsync(ReadOnlyMemory<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            bytes = bytes[await socket.SendAsync(bytes)..];
        }
    }

    private static string Memory()
    {
        for (int i = 0; i < 3; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        GC.Collect();
        return string.Create(CultureInfo.InvariantCulture, $"{GC.GetTotalMemory(forceFullCollection: true)} {GC.GetGCMemoryInfo().MemoryLoadBytes}");
    }

    private static byte[] Filling(int length)
    {
        byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++)
        {
            bytes[i] = (byte)('a' + i % 26);
        }

        return bytes;
    }

    private static byte[] Response(byte[] body) => [.. Encoding.ASCII.GetBytes($"HTTP/1.1 200 OK\r\nContent-Length: {body.Length}\r\n\r\n"), .. body];
}
