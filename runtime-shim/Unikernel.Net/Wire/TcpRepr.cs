using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Unikernel.Net.Wire;

/// <summary>A range of sequence numbers, the end exclusive (RFC 2018 section 3).</summary>
public readonly record struct TcpSackBlock(uint Start, uint End);

/// <summary>The blocks that fit into one header.</summary>
[InlineArray(Capacity)]
public struct TcpSackBlocks
{
    public const int Capacity = 4;
    private TcpSackBlock _first;
}

/// <summary>The meaning of a TCP header: what the state machine reads, and what it sends.</summary>
public struct TcpRepr
{
    public ushort SourcePort;
    public ushort DestinationPort;
    public uint SequenceNumber;
    public uint AcknowledgmentNumber;
    public TcpFlags Flags;

    /// <summary>The field as it stands in the header, not scaled.</summary>
    public ushort Window;

    /// <summary>From the sequence number to the octet after the urgent one; only with <see cref="TcpFlags.Urg"/>.</summary>
    public ushort UrgentPointer;

    /// <summary>0: no such option.</summary>
    public ushort MaximumSegmentSize;

    /// <summary>Shift count, or -1: no such option (RFC 7323 section 2.2).</summary>
    public sbyte WindowScale;

    public bool SackPermitted;
    public bool HasTimestamps;
    public uint TimestampValue;
    public uint TimestampEcho;
    public byte SackCount;

    /// <summary>With a SYN: 1 and the length of <see cref="FastOpenCookie"/>, so that 1 asks for one; 0: no such option (RFC 7413 section 4.1.1).</summary>
    public byte FastOpen;

    /// <summary>It has, or is to have, the form from before the RFC: the experiments' option with a magic number (RFC 6994, RFC 7413 section 7).</summary>
    public bool FastOpenExperimental;

    public TcpSackBlocks Sacks;

    /// <summary>Bytes of text behind the header.</summary>
    public int PayloadLength;

    // The appendix A of RFC 7323 recommends this padding, so that most segments have exactly these four bytes here.
    private const uint PaddedTimestampHeader = 0x0101_080a;
    private const int MaximumWindowScale = 14;
    private const ushort FastOpenMagic = 0xf989;

    /// <summary>Length in sequence space: text, SYN and FIN.</summary>
    public readonly int SequenceLength => PayloadLength + (int)(Flags & TcpFlags.Fin) + ((int)(Flags & TcpFlags.Syn) >> 1);

    /// <summary>The cookie of <see cref="FastOpen"/>. A SYN has no blocks, whose place it takes.</summary>
    [UnscopedRef]
    public Span<byte> FastOpenCookie => MemoryMarshal.CreateSpan(ref Unsafe.As<TcpSackBlocks, byte>(ref Sacks), FastOpen - 1);

    /// <summary>Cookies are of 4 to 16 bytes (RFC 7413 section 4.1.1); beside the other options of a SYN there is room for this many.</summary>
    public const int MaximumFastOpenCookie = 12;

    public readonly bool Has(TcpFlags flags) => (Flags & flags) != 0;

    /// <summary>
    /// Reads header and options. Options that are malformed end the list, as everywhere (RFC 9293 section 3.1 asks to be liberal);
    /// what was read until then counts. False: the header itself is not one.
    /// </summary>
    public static bool TryParse(ReadOnlySpan<byte> bytes, int totalLength, out TcpRepr repr)
    {
        repr = default;
        if (!TcpPacket.TryParse(bytes, out TcpPacket packet)) return false;
        repr.SourcePort = packet.SourcePort;
        repr.DestinationPort = packet.DestinationPort;
        repr.SequenceNumber = packet.SequenceNumber;
        repr.AcknowledgmentNumber = packet.AcknowledgmentNumber;
        repr.Flags = packet.Flags;
        repr.Window = packet.Window;
        if (repr.Has(TcpFlags.Urg)) repr.UrgentPointer = packet.UrgentPointer;
        repr.WindowScale = -1;
        repr.PayloadLength = totalLength - packet.HeaderLength;
        ReadOnlySpan<byte> options = packet.Options;
        if (options.Length == 12 && BinaryPrimitives.ReadUInt32BigEndian(options) == PaddedTimestampHeader)
            repr.ReadTimestamps(options[4..]);
        else if (options.Length > 0)
            repr.ReadOptions(options);
        return true;
    }

    private void ReadTimestamps(ReadOnlySpan<byte> value)
    {
        HasTimestamps = true;
        TimestampValue = BinaryPrimitives.ReadUInt32BigEndian(value);
        TimestampEcho = BinaryPrimitives.ReadUInt32BigEndian(value[4..]);
    }

    private void ReadOptions(ReadOnlySpan<byte> options)
    {
        while (options.Length > 0)
        {
            byte kind = options[0];
            if (kind == OptionKind.End) return;
            if (kind == OptionKind.NoOperation)
            {
                options = options[1..];
                continue;
            }

            if (options.Length < 2) return;
            int length = options[1];
            if (length < 2 || length > options.Length) return;
            ReadOnlySpan<byte> value = options[2..length];
            switch (kind)
            {
                case OptionKind.MaximumSegmentSize when length == 4 && Has(TcpFlags.Syn):
                    MaximumSegmentSize = BinaryPrimitives.ReadUInt16BigEndian(value);
                    break;
                case OptionKind.WindowScale when length == 3 && Has(TcpFlags.Syn):
                    WindowScale = (sbyte)Math.Min((int)value[0], MaximumWindowScale);
                    break;
                case OptionKind.SackPermitted when length == 2 && Has(TcpFlags.Syn):
                    SackPermitted = true;
                    break;
                case OptionKind.FastOpen when length <= 2 + MaximumFastOpenCookie && (length & 1) == 0 && length != 4 && Has(TcpFlags.Syn):
                    FastOpen = (byte)(length - 1);
                    value.CopyTo(FastOpenCookie);
                    break;
                case OptionKind.Experiment when FastOpen == 0 && length is >= 4 and <= 4 + MaximumFastOpenCookie && (length & 1) == 0 && length != 6 && Has(TcpFlags.Syn) &&
                    BinaryPrimitives.ReadUInt16BigEndian(value) == FastOpenMagic:
                    FastOpenExperimental = true;
                    FastOpen = (byte)(length - 3);
                    value[2..].CopyTo(FastOpenCookie);
                    break;
                case OptionKind.Timestamps when length == 10:
                    ReadTimestamps(value);
                    break;
                case OptionKind.Sack when (length & 7) == 2 && !Has(TcpFlags.Syn):
                    for (SackCount = 0; SackCount < TcpSackBlocks.Capacity && value.Length >= 8; value = value[8..])
                        Sacks[SackCount++] = new(BinaryPrimitives.ReadUInt32BigEndian(value), BinaryPrimitives.ReadUInt32BigEndian(value[4..]));
                    break;
            }

            options = options[length..];
        }
    }

    /// <summary>Bytes of the header with its options, a multiple of four.</summary>
    public readonly int HeaderLength
    {
        get
        {
            int length = TcpPacket.MinimumHeaderLength;
            if (HasTimestamps) length += 12;
            if (Has(TcpFlags.Syn))
                length += (MaximumSegmentSize != 0 ? 4 : 0) + (WindowScale >= 0 ? 4 : 0) + (SackPermitted ? 4 : 0) + (FastOpen != 0 ? FastOpenLength + 3 & ~3 : 0);
            else if (SackCount > 0)
                length += 4 + 8 * SackCount;
            return length;
        }
    }

    /// <summary>Writes the header; the checksum is left zero for the IP layer (<see cref="PacketBuffer.RequestChecksum"/>).</summary>
    public readonly void Emit(Span<byte> header)
    {
        BinaryPrimitives.WriteUInt16BigEndian(header[18..], UrgentPointer);
        BinaryPrimitives.WriteUInt16BigEndian(header[16..], 0);
        BinaryPrimitives.WriteUInt16BigEndian(header, SourcePort);
        BinaryPrimitives.WriteUInt16BigEndian(header[2..], DestinationPort);
        BinaryPrimitives.WriteUInt32BigEndian(header[4..], SequenceNumber);
        BinaryPrimitives.WriteUInt32BigEndian(header[8..], AcknowledgmentNumber);
        header[12] = (byte)(HeaderLength << 2);
        header[13] = (byte)Flags;
        BinaryPrimitives.WriteUInt16BigEndian(header[14..], Window);
        Span<byte> options = header[TcpPacket.MinimumHeaderLength..];
        if (Has(TcpFlags.Syn)) options = EmitSynOptions(options);
        if (HasTimestamps)
        {
            BinaryPrimitives.WriteUInt32BigEndian(options[8..], TimestampEcho);
            BinaryPrimitives.WriteUInt32BigEndian(options, PaddedTimestampHeader);
            BinaryPrimitives.WriteUInt32BigEndian(options[4..], TimestampValue);
            options = options[12..];
        }

        if (SackCount > 0 && !Has(TcpFlags.Syn)) EmitSacks(options);
    }

    private readonly Span<byte> EmitSynOptions(Span<byte> options)
    {
        if (MaximumSegmentSize != 0)
        {
            BinaryPrimitives.WriteUInt32BigEndian(options, (uint)(OptionKind.MaximumSegmentSize << 24 | 4 << 16 | MaximumSegmentSize));
            options = options[4..];
        }

        if (SackPermitted)
        {
            BinaryPrimitives.WriteUInt32BigEndian(options, OptionKind.NoOperation << 24 | OptionKind.NoOperation << 16 | OptionKind.SackPermitted << 8 | 2);
            options = options[4..];
        }

        if (WindowScale >= 0)
        {
            BinaryPrimitives.WriteUInt32BigEndian(options, (uint)(OptionKind.NoOperation << 24 | OptionKind.WindowScale << 16 | 3 << 8 | (byte)WindowScale));
            options = options[4..];
        }

        return FastOpen != 0 ? EmitFastOpen(options) : options;
    }

    private readonly int FastOpenLength => FastOpen + (FastOpenExperimental ? 3 : 1);

    private readonly Span<byte> EmitFastOpen(Span<byte> options)
    {
        TcpRepr copy = this;
        int length = FastOpenLength, padded = length + 3 & ~3;
        options[0] = FastOpenExperimental ? OptionKind.Experiment : OptionKind.FastOpen;
        options[1] = (byte)length;
        if (FastOpenExperimental) BinaryPrimitives.WriteUInt16BigEndian(options[2..], FastOpenMagic);
        copy.FastOpenCookie.CopyTo(options[(length - FastOpen + 1)..]);
        options[length..padded].Fill(OptionKind.NoOperation);
        return options[padded..];
    }

    private readonly void EmitSacks(Span<byte> options)
    {
        BinaryPrimitives.WriteUInt32BigEndian(options, (uint)(OptionKind.NoOperation << 24 | OptionKind.NoOperation << 16 | OptionKind.Sack << 8 | (2 + 8 * SackCount)));
        for (int i = 0; i < SackCount; i++)
        {
            BinaryPrimitives.WriteUInt32BigEndian(options[(8 + 8 * i)..], Sacks[i].End);
            BinaryPrimitives.WriteUInt32BigEndian(options[(4 + 8 * i)..], Sacks[i].Start);
        }
    }

    /// <summary>IANA's option kinds.</summary>
    private static class OptionKind
    {
        public const byte End = 0, NoOperation = 1, MaximumSegmentSize = 2, WindowScale = 3, SackPermitted = 4, Sack = 5, Timestamps = 8, FastOpen = 34, Experiment = 254;
    }
}
