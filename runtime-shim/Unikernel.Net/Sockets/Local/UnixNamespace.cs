namespace Unikernel.Net.Sockets.Local;

/// <summary>
/// The names that Unix domain sockets of this program are bound to. There is one program on the machine, so no file stands for a name: it
/// lives as long as its socket, or until <see cref="Unlink"/> takes it away. Under the stack's lock.
/// </summary>
public sealed class UnixNamespace
{
    private readonly Dictionary<string, UnixSocket> _names = new(StringComparer.Ordinal);
    private int _automatic;

    // A name is bytes; each becomes one character.
    private static string Key(byte[] path) => string.Create(path.Length, path, static (text, bytes) =>
    {
        for (int i = 0; i < text.Length; i++) text[i] = (char)bytes[i];
    });

    internal bool TryAdd(byte[] path, UnixSocket socket) => _names.TryAdd(Key(path), socket);

    internal UnixSocket? Find(byte[] path) => _names.GetValueOrDefault(Key(path));

    internal void Remove(byte[] path, UnixSocket socket)
    {
        if (Find(path) == socket) _names.Remove(Key(path));
    }

    /// <summary>unlink(2) of a socket's file: the name is free again; connections stay. False: there is no such name.</summary>
    public bool Unlink(ReadOnlySpan<byte> path) => _names.Remove(Key(path.ToArray()));

    /// <summary>An abstract name for a socket that binds without one (unix(7), autobind).</summary>
    internal byte[] NextAutomatic()
    {
        var name = new byte[6];
        int number = _automatic++ & 0xfffff;
        for (int i = 5; i > 0; i--, number >>= 4) name[i] = (byte)"0123456789abcdef"[number & 15];
        return name;
    }
}
