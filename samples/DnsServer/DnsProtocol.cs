namespace DnsServer;

/// <summary>Record types that the sample knows (RFC 1035 section 3.2.2, RFC 3596, RFC 6891).</summary>
internal static class RecordType
{
    public const ushort A = 1;
    public const ushort NS = 2;
    public const ushort CNAME = 5;
    public const ushort SOA = 6;
    public const ushort MX = 15;
    public const ushort TXT = 16;
    public const ushort AAAA = 28;
    public const ushort OPT = 41;
    public const ushort AXFR = 252;
    public const ushort ANY = 255;
}

/// <summary>Response codes (RFC 1035 section 4.1.1, RFC 6891 section 9).</summary>
internal static class ResponseCode
{
    public const int NoError = 0;
    public const int FormErr = 1;
    public const int NXDomain = 3;
    public const int NotImp = 4;
    public const int Refused = 5;
    public const int BadVers = 16;
}

/// <summary>Bits of the second 16-bit word of a header (RFC 1035 section 4.1.1).</summary>
internal static class HeaderFlags
{
    public const int QR = 0x8000;
    public const int OpcodeMask = 0x7800;
    public const int AA = 0x0400;
    public const int TC = 0x0200;
    public const int RD = 0x0100;
    public const int CD = 0x0010;
}
