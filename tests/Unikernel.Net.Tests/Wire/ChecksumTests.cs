using System.Buffers.Binary;

namespace Unikernel.Net.Tests.Wire;

public class ChecksumTests
{
    private static ushort Reference(ReadOnlySpan<byte> data)
    {
        uint sum = 0;
        for (int i = 0; i < data.Length; i += 2)
        {
            sum += (uint)(data[i] << 8 | (i + 1 < data.Length ? data[i + 1] : 0));
            sum = (sum & 0xffff) + (sum >> 16);
        }

        return (ushort)~sum;
    }

    private static ushort Ours(ulong sum)
    {
        byte[] field = new byte[2];
        InternetChecksum.Write(field, sum);
        return BinaryPrimitives.ReadUInt16BigEndian(field);
    }

    [Fact]
    public void The_example_of_RFC_1071_section_3() =>
        Assert.Equal(0x220d, Ours(InternetChecksum.Add([0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7])));

    [Fact]
    public void Every_length_and_content_sums_like_the_definition()
    {
        var random = new Random(7);
        byte[] data = new byte[4000];
        for (int round = 0; round < 2000; round++)
        {
            random.NextBytes(data);
            if (round % 3 == 0) Array.Fill(data, (byte)0xff);
            ReadOnlySpan<byte> piece = data.AsSpan(random.Next(8), random.Next(round < 200 ? round : 3900));
            Assert.Equal(Reference(piece), Ours(InternetChecksum.Add(piece)));
        }
    }

    [Fact]
    public void A_chain_with_odd_pieces_sums_like_the_whole()
    {
        var random = new Random(9);
        var pool = new PacketPool(new ManagedPacketMemory());
        for (int round = 0; round < 300; round++)
        {
            byte[] whole = new byte[random.Next(1, 3000)];
            random.NextBytes(whole);
            PacketBuffer first = pool.Rent(0)!;
            PacketBuffer last = first;
            for (int at = 0; at < whole.Length;)
            {
                int count = Math.Min(random.Next(0, 700), whole.Length - at);
                last.Append(whole.AsSpan(at, count));
                at += count;
                last.Next = pool.Rent(0);
                last = last.Next!;
            }

            int skip = random.Next(whole.Length);
            Assert.Equal(Reference(whole.AsSpan(skip)), Ours(InternetChecksum.Add(first, skip, 0)));
            first.Release();
        }

        Assert.Equal(0, pool.Outstanding);
    }

    [Fact]
    public void The_pseudo_header_is_that_of_a_captured_UDP_datagram()
    {
        // A DNS query of a Linux host: 10.0.2.15:43252 to 10.0.2.3:53 (UDP checksum computed by hand from the definition).
        byte[] pseudo = [10, 0, 2, 15, 10, 0, 2, 3, 0, 17, 0, 12];
        byte[] datagram = [0xa8, 0xf4, 0x00, 0x35, 0x00, 0x0c, 0, 0, 1, 2, 3, 4];
        Assert.Equal(Reference([.. pseudo, .. datagram]),
            Ours(InternetChecksum.Add(datagram, InternetChecksum.PseudoHeader(new(10, 0, 2, 15), new(10, 0, 2, 3), IpProtocol.Udp, 12))));
    }

    [Fact]
    public void A_UDP_checksum_is_never_zero()
    {
        byte[] field = [0, 0];
        InternetChecksum.WriteUdp(field, 0xffff);
        Assert.Equal([0xff, 0xff], field);
    }
}
