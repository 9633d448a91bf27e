using System.Numerics;
using System.Runtime.InteropServices;

namespace Unikernel.Net.Sockets.Tcp;

/// <summary>
/// A keyed hash of connections (SipHash-2-4, Aumasson and Bernstein): initial sequence numbers, timestamp offsets, SYN cookies and the place
/// in the table are functions of it that nobody outside can predict.
/// </summary>
public sealed class TcpSecret
{
    private readonly ulong _key0, _key1;

    public TcpSecret(IEntropySource entropy)
    {
        Span<byte> key = stackalloc byte[16];
        entropy.Fill(key);
        _key0 = MemoryMarshal.Read<ulong>(key);
        _key1 = MemoryMarshal.Read<ulong>(key[8..]);
    }

    /// <summary>A key that others have too.</summary>
    internal TcpSecret(ReadOnlySpan<byte> key)
    {
        _key0 = MemoryMarshal.Read<ulong>(key);
        _key1 = MemoryMarshal.Read<ulong>(key[8..]);
    }

    /// <summary>What a hash is for: the same connection gets unrelated values.</summary>
    public enum Purpose : byte
    {
        SequenceNumber,
        TimestampOffset,
        Cookie,
        EphemeralPort,
        Table,
        FastOpen,
    }

    public ulong Hash(Purpose purpose, IpAddress local, ushort localPort, IpAddress remote, ushort remotePort, uint extra = 0)
    {
        ulong v0 = _key0 ^ 0x736f6d6570736575, v1 = _key1 ^ 0x646f72616e646f6d, v2 = _key0 ^ 0x6c7967656e657261, v3 = _key1 ^ 0x7465646279746573;
        Absorb(ref v0, ref v1, ref v2, ref v3, local.High);
        Absorb(ref v0, ref v1, ref v2, ref v3, local.Low);
        Absorb(ref v0, ref v1, ref v2, ref v3, remote.High);
        Absorb(ref v0, ref v1, ref v2, ref v3, remote.Low);
        Absorb(ref v0, ref v1, ref v2, ref v3, (ulong)extra << 32 | (uint)localPort << 16 | remotePort);
        Absorb(ref v0, ref v1, ref v2, ref v3, (ulong)purpose);
        v2 ^= 0xff;
        for (int i = 0; i < 4; i++) Round(ref v0, ref v1, ref v2, ref v3);
        return v0 ^ v1 ^ v2 ^ v3;
    }

    /// <summary>SipHash-2-4 of whole words.</summary>
    internal ulong Hash(ReadOnlySpan<byte> words)
    {
        ulong v0 = _key0 ^ 0x736f6d6570736575, v1 = _key1 ^ 0x646f72616e646f6d, v2 = _key0 ^ 0x6c7967656e657261, v3 = _key1 ^ 0x7465646279746573, length = (ulong)words.Length;
        for (; words.Length >= 8; words = words[8..]) Absorb(ref v0, ref v1, ref v2, ref v3, MemoryMarshal.Read<ulong>(words));
        Absorb(ref v0, ref v1, ref v2, ref v3, length << 56);
        v2 ^= 0xff;
        for (int i = 0; i < 4; i++) Round(ref v0, ref v1, ref v2, ref v3);
        return v0 ^ v1 ^ v2 ^ v3;
    }

    private static void Absorb(ref ulong v0, ref ulong v1, ref ulong v2, ref ulong v3, ulong word)
    {
        v3 ^= word;
        Round(ref v0, ref v1, ref v2, ref v3);
        Round(ref v0, ref v1, ref v2, ref v3);
        v0 ^= word;
    }

    private static void Round(ref ulong v0, ref ulong v1, ref ulong v2, ref ulong v3)
    {
        v0 += v1;
        v1 = BitOperations.RotateLeft(v1, 13) ^ v0;
        v0 = BitOperations.RotateLeft(v0, 32);
        v2 += v3;
        v3 = BitOperations.RotateLeft(v3, 16) ^ v2;
        v0 += v3;
        v3 = BitOperations.RotateLeft(v3, 21) ^ v0;
        v2 += v1;
        v1 = BitOperations.RotateLeft(v1, 17) ^ v2;
        v2 = BitOperations.RotateLeft(v2, 32);
    }

    /// <summary>
    /// The place of a connection in the table: called for each packet, so cheaper than SipHash. Keyed multiplication keeps an
    /// attacker from filling one chain, which is all that is at stake there.
    /// </summary>
    public uint TableHash(IpAddress remote, uint ports)
    {
        ulong mixed = (remote.Low ^ _key0) * 0x9e37_79b9_7f4a_7c15 ^ (remote.High + ports ^ _key1) * 0xbf58_476d_1ce4_e5b9;
        ulong high = Math.BigMul(mixed, _key0 | 1, out ulong low);
        return (uint)(high ^ low >> 32);
    }
}
