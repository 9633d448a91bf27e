namespace Unikernel.Net.Wire;

/// <summary>Arithmetic of sequence numbers modulo 2^32 (RFC 9293 section 3.4).</summary>
public static class TcpSequence
{
    public static bool Less(uint left, uint right) => (int)(left - right) < 0;
    public static bool LessOrEqual(uint left, uint right) => (int)(left - right) <= 0;
    public static uint Max(uint left, uint right) => Less(left, right) ? right : left;
    public static uint Min(uint left, uint right) => Less(left, right) ? left : right;

    /// <summary>first &lt;= value &lt; end.</summary>
    public static bool InRange(uint value, uint first, uint end) => value - first < end - first;
}
