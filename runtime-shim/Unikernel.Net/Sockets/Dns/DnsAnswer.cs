using System.Buffers.Binary;
using Unikernel.Net.Wire;

namespace Unikernel.Net.Sockets.Dns;

/// <summary>What a response came to.</summary>
public enum DnsVerdict : byte
{
    /// <summary>Not an answer to our question: another identifier, question or kind of message. Someone guesses, or an old answer is late.</summary>
    NotOurs,

    /// <summary>Ours, but it can not be read.</summary>
    Malformed,
    Truncated,
    Addresses,

    /// <summary>Only an alias, whose addresses must be asked for.</summary>
    Alias,

    /// <summary>The name exists without addresses of this type.</summary>
    NoData,
    NameError,

    /// <summary>The server can not or does not want to.</summary>
    ServerFailed,

    /// <summary>The server does not understand EDNS.</summary>
    FormatError,
}

/// <summary>Reads a response to one question for addresses (RFC 1034 section 5.3.3, RFC 2308).</summary>
public sealed class DnsAnswer
{
    /// <summary>Aliases followed for one question.</summary>
    public const int MaximumAliases = 8;

    /// <summary>Addresses kept of one answer.</summary>
    public const int MaximumAddresses = 32;

    /// <summary>Longest time that an answer is kept, whatever it says.</summary>
    public const uint MaximumTimeToLive = 86_400;

    /// <summary>Records looked at in one response.</summary>
    private const int MaximumRecords = 256;

    public List<IpAddress> Addresses { get; } = [];

    /// <summary>Where the chain of aliases ended, in wire form.</summary>
    public byte[] FinalName { get; private set; } = [];

    /// <summary>Seconds that this may be kept; 0: not at all.</summary>
    public uint TimeToLive { get; private set; }

    /// <summary>
    /// Judges a response. Believed are only records whose owner is the name asked for, or an alias of it in the same answer:
    /// anything else a server volunteers is ignored.
    /// </summary>
    public DnsVerdict Read(ReadOnlySpan<byte> bytes, ushort id, ReadOnlySpan<byte> name, DnsType type)
    {
        Addresses.Clear();
        TimeToLive = 0;
        FinalName = name.ToArray();
        Span<byte> owner = stackalloc byte[DnsMessage.MaximumNameLength];
        if (!DnsMessage.TryParse(bytes, out DnsMessage message) || message.Id != id || !message.IsResponse || message.Opcode != 0) return DnsVerdict.NotOurs;
        // A server that does not understand may leave the question out.
        if (message.QuestionCount == 0 && message.ResponseCode == DnsResponseCode.FormatError) return DnsVerdict.FormatError;
        if (!message.TryReadQuestion(owner, out int length, out DnsType asked, out ushort dnsClass, out int position)) return DnsVerdict.NotOurs;
        if (asked != type || dnsClass != 1 || !owner[..length].SequenceEqual(name)) return DnsVerdict.NotOurs;
        if (message.IsTruncated) return DnsVerdict.Truncated;
        switch (message.ResponseCode)
        {
            case DnsResponseCode.NoError or DnsResponseCode.NameError:
                break;
            case DnsResponseCode.FormatError:
                return DnsVerdict.FormatError;
            default:
                return DnsVerdict.ServerFailed;
        }

        if (message.AnswerCount > MaximumRecords) return DnsVerdict.Malformed;
        uint shortest = MaximumTimeToLive;
        int answers = position;
        // One pass per alias: their order in the answer is not prescribed.
        for (int aliases = 0; ; aliases++)
        {
            byte[]? alias = null;
            position = answers;
            for (int i = 0; i < message.AnswerCount; i++)
            {
                if (!message.TryReadRecord(ref position, owner, out length, out DnsRecord record)) return DnsVerdict.Malformed;
                if (record.Class != 1 || !owner[..length].SequenceEqual(FinalName)) continue;
                if (record.Type == type && record.DataLength == (type == DnsType.A ? 4 : 16))
                {
                    var address = new IpAddress(bytes.Slice(record.DataOffset, record.DataLength));
                    // A mapped address in an AAAA record would be an IPv4 address in disguise.
                    if (Addresses.Count < MaximumAddresses && address.IsV4 == (type == DnsType.A)) Addresses.Add(address);
                    shortest = Math.Min(shortest, Clamp(record.TimeToLive));
                }
                else if (record.Type == DnsType.Cname && alias is null)
                {
                    int at = record.DataOffset;
                    if (!DnsName.TryRead(bytes, ref at, owner, out length)) return DnsVerdict.Malformed;
                    alias = owner[..length].ToArray();
                    shortest = Math.Min(shortest, Clamp(record.TimeToLive));
                }
            }

            if (Addresses.Count > 0)
            {
                TimeToLive = shortest;
                return DnsVerdict.Addresses;
            }

            if (alias is null) break;
            if (aliases == MaximumAliases) return DnsVerdict.ServerFailed; // a cycle, or as good as one
            FinalName = alias;
        }

        TimeToLive = Math.Min(shortest, NegativeTimeToLive(message, bytes, position));
        if (message.ResponseCode == DnsResponseCode.NameError) return DnsVerdict.NameError;
        return FinalName.AsSpan().SequenceEqual(name) ? DnsVerdict.NoData : DnsVerdict.Alias;
    }

    // RFC 2181 section 8: the highest bit set means zero.
    private static uint Clamp(uint timeToLive) => timeToLive > int.MaxValue ? 0 : Math.Min(timeToLive, MaximumTimeToLive);

    // RFC 2308 section 5: the smaller of the SOA's own time and its last field; without an SOA nothing is kept.
    private static uint NegativeTimeToLive(DnsMessage message, ReadOnlySpan<byte> bytes, int position)
    {
        Span<byte> owner = stackalloc byte[DnsMessage.MaximumNameLength];
        for (int i = 0; i < message.AuthorityCount; i++)
        {
            if (!message.TryReadRecord(ref position, owner, out _, out DnsRecord record)) return 0;
            if (record.Type != DnsType.Soa || record.DataLength < 22) continue;
            uint minimum = BinaryPrimitives.ReadUInt32BigEndian(bytes[(record.DataOffset + record.DataLength - 4)..]);
            return Math.Min(Clamp(record.TimeToLive), Math.Min(Clamp(minimum), 3600));
        }

        return 0;
    }
}
