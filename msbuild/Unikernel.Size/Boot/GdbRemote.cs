using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace Unikernel.Size.Boot;

/// <summary>
/// The client's side of GDB's remote serial protocol, as far as one stop needs it (GDB manual, appendix E): packets `$DATA#CHECKSUM`, each answered
/// by `+`. QEMU's stub (gdbstub.c) speaks it on a Unix socket.
/// </summary>
public sealed class GdbRemote : IDisposable
{
    /// <summary>QEMU's packets have at most 4,096 characters (MAX_PACKET_LENGTH), two for a byte.</summary>
    private const int LargestRead = 1024;

    private readonly Socket _socket;
    private readonly byte[] _buffer = new byte[4096];
    private int _at, _end;

    private GdbRemote(Socket socket) => _socket = socket;

    /// <summary>Connects to a stub; false: nobody listens there yet.</summary>
    public static bool TryConnect(string path, out GdbRemote? remote)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            socket.Connect(new UnixDomainSocketEndPoint(path));
        }
        catch (SocketException)
        {
            socket.Dispose();
            remote = null;
            return false;
        }

        remote = new GdbRemote(socket);
        return true;
    }

    /// <summary>Stops the machine before the instruction at the address, by a breakpoint register: nothing is written to its memory.</summary>
    public void BreakAt(ulong address)
    {
        string reply = Command($"Z1,{address:x},1");
        if (reply != "OK")
            throw new IOException($"the emulator took no breakpoint: '{reply}'");
    }

    /// <summary>Lets the machine run until it stops.</summary>
    /// <exception cref="IOException">It ended, or did not stop in time.</exception>
    public void Continue(TimeSpan timeout)
    {
        Send("c");
        _socket.ReceiveTimeout = (int)timeout.TotalMilliseconds;
        string reply = Receive();
        _socket.ReceiveTimeout = 0;
        if (!reply.StartsWith('T') && !reply.StartsWith('S'))
            throw new IOException($"the machine ended: '{reply}'");
    }

    /// <summary>Memory of the machine, by virtual address.</summary>
    public byte[] Read(ulong address, int length)
    {
        byte[] bytes = new byte[length];
        for (int at = 0; at < length; at += LargestRead)
        {
            int part = Math.Min(LargestRead, length - at);
            string reply = Command($"m{address + (ulong)at:x},{part:x}");
            if (reply.Length != part * 2)
                throw new IOException($"the machine has no memory at {address + (ulong)at:x}: '{reply}'");
            Convert.FromHexString(reply, bytes.AsSpan(at, part), out _, out _);
        }

        return bytes;
    }

    public void Dispose() => _socket.Dispose();

    private string Command(string text)
    {
        Send(text);
        return Receive();
    }

    private void Send(string text)
    {
        int sum = Encoding.ASCII.GetBytes(text).Sum(b => b) & 0xff;
        _socket.Send(Encoding.ASCII.GetBytes($"${text}#{sum:x2}"));
    }

    private string Receive()
    {
        while (Next() != '$')
        {
            // the `+` for what was sent
        }

        var text = new StringBuilder();
        char c;
        while ((c = Next()) != '#')
            text.Append(c);
        if (!byte.TryParse([Next(), Next()], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out _))
            throw new IOException("the emulator's answer has no checksum");
        _socket.Send("+"u8);
        return text.ToString();
    }

    private char Next()
    {
        if (_at == _end)
        {
            try
            {
                (_at, _end) = (0, _socket.Receive(_buffer));
            }
            catch (SocketException e)
            {
                throw new IOException(e.SocketErrorCode == SocketError.TimedOut || e.SocketErrorCode == SocketError.WouldBlock ? "it took too long" : e.Message, e);
            }

            if (_end == 0)
                throw new IOException("the machine ended");
        }

        return (char)_buffer[_at++];
    }
}
