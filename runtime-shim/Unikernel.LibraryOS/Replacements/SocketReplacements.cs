using Unikernel.Binding;
using Unikernel.Net.Sockets;

namespace Unikernel.LibraryOS;

/// <summary>Kinds of sockets that a program cannot have: which kind one is to be is a number, and so every program with sockets would have the code of all.</summary>
internal static class SocketReplacements
{
    [Replaces("Unikernel.LibraryOS", "Unikernel.LibraryOS.SocketCreation", "MakeLocal",
        Unless = ["System.Net.Sockets!System.Net.Sockets.UnixDomainSocketEndPoint::.ctor(System.String)", "*!System.Net.EndPoint::.ctor"],
        Why = "a program that makes no name of a Unix domain socket, and has no class of names of its own, has none of these sockets")]
    public static int MakeLocal(int type, out NetSocket? socket)
    {
        socket = null;
        return Errno.EAFNOSUPPORT;
    }
}
