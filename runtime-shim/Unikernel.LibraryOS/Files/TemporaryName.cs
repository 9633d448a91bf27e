using System.Runtime.InteropServices;
using System.Text;

namespace Unikernel.LibraryOS;

/// <summary>Unused names (mkstemps(3), mkdtemp(3)): the six X of a template become letters and digits.</summary>
internal static unsafe class TemporaryName
{
    private const int MarkLength = 6;
    private const int Attempts = 100;

    private static ReadOnlySpan<byte> Letters => "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"u8;

    /// <summary>Tries names until one can be made; the template holds it then.</summary>
    public static int Fill(byte* template, int suffixLength, Func<string, int> make)
    {
        int length = MemoryMarshal.CreateReadOnlySpanFromNullTerminated(template).Length;
        if (suffixLength < 0 || length < MarkLength + suffixLength)
            return -Errno.EINVAL;
        var mark = new Span<byte>(template + length - suffixLength - MarkLength, MarkLength);
        if (mark.ContainsAnyExcept((byte)'X'))
            return -Errno.EINVAL;

        Span<byte> random = stackalloc byte[MarkLength];
        for (int attempt = 0; attempt < Attempts; attempt++)
        {
            Core.FillEntropy(random);
            for (int i = 0; i < MarkLength; i++)
                mark[i] = Letters[random[i] % Letters.Length];
            int error = make(Encoding.UTF8.GetString(template, length));
            if (error != -Errno.EEXIST)
                return error;
        }

        return -Errno.EEXIST;
    }
}
