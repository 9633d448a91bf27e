namespace Unikernel.Net.Sockets.Local;

/// <summary>Where the names of Unix domain sockets are that have a path: the file tree, which outlives the sockets.</summary>
public interface IUnixPaths
{
    /// <summary>Makes the name; a negated errno (EADDRINUSE: it exists).</summary>
    int Bind(byte[] path, UnixSocket socket);

    /// <summary>Finds the socket of a name; a negated errno (ENOENT; ECONNREFUSED: it is not a socket).</summary>
    int Find(byte[] path, out UnixSocket? socket);
}

/// <summary>
/// The names that Unix domain sockets of this program are bound to: those with a path are in <see cref="IUnixPaths"/>, abstract ones
/// (unix(7): they begin with a zero) live here as long as their socket. Under the sockets' lock.
/// </summary>
public sealed class UnixNamespace(IUnixPaths paths)
{
    private readonly Dictionary<string, UnixSocket> _abstract = new(StringComparer.Ordinal);
    private int _automatic;

    private static bool IsAbstract(byte[] name) => name is [0, ..];

    // A name is bytes; each becomes one character.
    private static string Key(byte[] name) => string.Create(name.Length, name, static (text, bytes) =>
    {
        for (int i = 0; i < text.Length; i++) text[i] = (char)bytes[i];
    });

    internal int Bind(byte[] name, UnixSocket socket)
    {
        if (!IsAbstract(name)) return paths.Bind(name, socket);
        return _abstract.TryAdd(Key(name), socket) ? 0 : -SocketErrno.EADDRINUSE;
    }

    internal int Find(byte[] name, out UnixSocket? socket)
    {
        if (!IsAbstract(name)) return paths.Find(name, out socket);
        return _abstract.TryGetValue(Key(name), out socket) ? 0 : -SocketErrno.ECONNREFUSED;
    }

    /// <summary>The socket is closed: an abstract name is free again, one with a path stays.</summary>
    internal void Release(byte[] name, UnixSocket socket)
    {
        if (IsAbstract(name) && _abstract.GetValueOrDefault(Key(name)) == socket) _abstract.Remove(Key(name));
    }

    /// <summary>An abstract name for a socket that binds without one (unix(7), autobind).</summary>
    internal byte[] NextAutomatic()
    {
        var name = new byte[6];
        int number = _automatic++ & 0xfffff;
        for (int i = 5; i > 0; i--, number >>= 4) name[i] = (byte)"0123456789abcdef"[number & 15];
        return name;
    }
}
