using System.Security.Cryptography;
using Org.BouncyCastle.Crypto;

namespace Unikernel.Cryptography;

/// <summary>HMAC (RFC 2104) over any of the hash functions, with states that can be copied.</summary>
internal sealed class HmacState
{
    private const byte InnerPad = 0x36, OuterPad = 0x5C;

    private readonly DigestKind _kind;
    private readonly IDigest _keyedInner; // after the padded key; a message continues a copy
    private readonly IDigest _keyedOuter;
    private IDigest _inner;

    public HmacState(DigestKind kind, ReadOnlySpan<byte> key)
    {
        _kind = kind;
        Span<byte> block = stackalloc byte[kind.BlockSize];
        block.Clear();
        if (key.Length > kind.BlockSize)
        {
            IDigest shortener = kind.Create();
            shortener.BlockUpdate(key);
            shortener.DoFinal(block);
        }
        else
        {
            key.CopyTo(block);
        }

        _keyedInner = Keyed(kind, block, InnerPad);
        _keyedOuter = Keyed(kind, block, OuterPad);
        _inner = kind.Copy(_keyedInner);
        CryptographicOperations.ZeroMemory(block);
    }

    private HmacState(HmacState other)
    {
        (_kind, _keyedInner, _keyedOuter) = (other._kind, other._keyedInner, other._keyedOuter);
        _inner = _kind.Copy(other._inner);
    }

    public int Size => _kind.Size;

    public void Append(ReadOnlySpan<byte> data) => _inner.BlockUpdate(data);

    public void Reset() => _inner = _kind.Copy(_keyedInner);

    public HmacState Copy() => new(this);

    /// <summary>The code of what was appended so far; the state goes on.</summary>
    public void GetCurrent(Span<byte> destination)
    {
        Span<byte> hash = stackalloc byte[_kind.Size];
        _kind.Copy(_inner).DoFinal(hash);
        IDigest outer = _kind.Copy(_keyedOuter);
        outer.BlockUpdate(hash);
        outer.DoFinal(destination);
    }

    private static IDigest Keyed(DigestKind kind, ReadOnlySpan<byte> key, byte pad)
    {
        Span<byte> block = stackalloc byte[key.Length];
        for (int i = 0; i < key.Length; i++)
            block[i] = (byte)(key[i] ^ pad);
        IDigest digest = kind.Create();
        digest.BlockUpdate(block);
        CryptographicOperations.ZeroMemory(block);
        return digest;
    }
}
