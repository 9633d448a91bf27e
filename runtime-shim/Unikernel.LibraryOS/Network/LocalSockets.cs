using System.Text;
using Unikernel.FileSystem;
using Unikernel.Net;
using Unikernel.Net.Sockets;
using Unikernel.Net.Sockets.Local;

namespace Unikernel.LibraryOS;

/// <summary>
/// The Unix domain sockets of the program: a lock and a clock of their own, so that they need no network, and names in the file tree.
/// </summary>
internal sealed class LocalSockets : ISocketHost, IEntropySource, IUnixPaths
{
    private LocalSockets() => Names = new UnixNamespace(this);

    public static LocalSockets Instance { get; } = new();

    public UnixNamespace Names { get; }

    public Lock Lock { get; } = new();

    public Instant Now => Instant.FromNanoseconds(Core.MonotonicNanoseconds());

    public IEntropySource Entropy => this;

    public void Fill(Span<byte> bytes) => Core.FillEntropy(bytes);

    /// <summary>Nothing leaves the program and nothing has a timer.</summary>
    public void OperationEnded() { }

    public bool Wait(SocketWaiter waiter, Instant deadline) => waiter.SleepUntil(deadline, this);

    int IUnixPaths.Bind(byte[] path, UnixSocket socket)
    {
        int result = ProgramFiles.Tree.MakeSocket(Encoding.UTF8.GetString(path), socket);
        return result == -Errno.EEXIST ? -Errno.EADDRINUSE : result;
    }

    int IUnixPaths.Find(byte[] path, out UnixSocket? socket)
    {
        int result = ProgramFiles.Tree.Find(Encoding.UTF8.GetString(path), followLast: true, out Node? node);
        socket = (node as SocketNode)?.Owner as UnixSocket;
        return result < 0 ? result : socket is null ? -Errno.ECONNREFUSED : 0;
    }
}
