using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Xunit;

namespace Unikernel.Samples.Tests;

public class DnsServerTests
{
    private const ushort A = 1, Ns = 2, Soa = 6, Mx = 15, Txt = 16, Aaaa = 28;

    [Theory]
    [InlineData("microvm")]
    [InlineData("q35")]
    public async Task Answers_as_an_authoritative_server(string machine)
    {
        using Sample server = await Sample.BootAsync("DnsServer", machine, 53, "DNS server on port 53");
        using UdpClient udp = new();
        udp.Connect(IPAddress.Loopback, server.Port);

        Assert.Equal((0, 1, 0), await AskAsync(udp, "example.com", Soa));
        Assert.Equal((0, 1, 0), await AskAsync(udp, "EXAMPLE.com", A));
        Assert.Equal((0, 1, 0), await AskAsync(udp, "example.com", Aaaa));
        Assert.Equal((0, 2, 0), await AskAsync(udp, "example.com", Ns));
        Assert.Equal((0, 2, 0), await AskAsync(udp, "example.com", Mx));
        Assert.Equal((0, 3, 0), await AskAsync(udp, "docs.example.com", A)); // two CNAMEs and the address
        Assert.Equal((0, 1, 0), await AskAsync(udp, "x.y.wild.example.com", A)); // wildcard
        Assert.Equal((0, 0, 1), await AskAsync(udp, "host.wild.example.com", Txt)); // the name is there: no wildcard
        Assert.Equal((3, 0, 1), await AskAsync(udp, "nope.example.com", A)); // NXDOMAIN with the SOA
        Assert.Equal((0, 0, 1), await AskAsync(udp, "c.deep.example.com", A)); // an empty non-terminal exists
        Assert.Equal((0, 0, 1), await AskAsync(udp, "host.sub.example.com", A)); // a referral
        Assert.Equal((5, 0, 0), await AskAsync(udp, "example.net", A)); // not ours
    }

    [Fact]
    public async Task What_does_not_fit_is_truncated_and_whole_over_tcp()
    {
        using Sample server = await Sample.BootAsync("DnsServer", "microvm", 53, "DNS server on port 53");
        using UdpClient udp = new();
        udp.Connect(IPAddress.Loopback, server.Port);
        byte[] query = Query(7, "big.example.com", Txt);
        byte[] truncated = await ExchangeAsync(udp, query);
        Assert.True((truncated[2] & 2) != 0, "TC is not set");
        Assert.True(truncated.Length <= 512);

        using TcpClient tcp = new();
        await tcp.ConnectAsync(IPAddress.Loopback, server.Port);
        NetworkStream stream = tcp.GetStream();

        // Two queries in one go, the second in pieces.
        byte[] framed = [.. Framed(query), .. Framed(Query(8, "example.com", A))];
        await stream.WriteAsync(framed.AsMemory(0, framed.Length - 5));
        await Task.Delay(50);
        await stream.WriteAsync(framed.AsMemory(framed.Length - 5));
        byte[] whole = await ReadFramedAsync(stream);
        Assert.Equal(12, BinaryPrimitives.ReadUInt16BigEndian(whole.AsSpan(6)));
        Assert.True((whole[2] & 2) == 0, "TC is set over TCP");
        Assert.Equal(8, BinaryPrimitives.ReadUInt16BigEndian(await ReadFramedAsync(stream)));
    }

    [Fact]
    public async Task Malformed_queries_do_not_hurt()
    {
        using Sample server = await Sample.BootAsync("DnsServer", "microvm", 53, "DNS server on port 53");
        using UdpClient udp = new();
        udp.Connect(IPAddress.Loopback, server.Port);
        Random random = new(1);
        for (int i = 0; i < 500; i++)
        {
            byte[] query = Query((ushort)i, "docs.example.com", A);
            for (int edits = random.Next(1, 8); edits > 0; edits--)
            {
                query[random.Next(query.Length)] = (byte)random.Next(256);
            }

            await udp.SendAsync(query.AsMemory(0, random.Next(query.Length + 1)));
        }

        Assert.Equal((0, 1, 0), await AskAsync(udp, "example.com", Soa));
    }

    private static async Task<(int Code, int Answers, int Authorities)> AskAsync(UdpClient udp, string name, ushort type)
    {
        ushort id = (ushort)Random.Shared.Next(0x8000, 0xffff);
        byte[] query = Query(id, name, type);
        byte[] response = await ExchangeAsync(udp, query);
        Assert.True(response.AsSpan(12, query.Length - 12).SequenceEqual(query.AsSpan(12)), "the question is not repeated as it was asked");
        return (response[3] & 15, BinaryPrimitives.ReadUInt16BigEndian(response.AsSpan(6)), BinaryPrimitives.ReadUInt16BigEndian(response.AsSpan(8)));
    }

    /// <summary>The response to a query; asked again after a second, because QEMU's user network may lose a datagram.</summary>
    private static async Task<byte[]> ExchangeAsync(UdpClient udp, byte[] query)
    {
        for (int attempt = 0; attempt < 10; attempt++)
        {
            await udp.SendAsync(query);
            using CancellationTokenSource timeout = new(TimeSpan.FromSeconds(1));
            try
            {
                while (true)
                {
                    UdpReceiveResult result = await udp.ReceiveAsync(timeout.Token);
                    if (result.Buffer.AsSpan(0, 2).SequenceEqual(query.AsSpan(0, 2)))
                    {
                        return result.Buffer;
                    }
                }
            }
            catch (OperationCanceledException)
            {
                // Lost, or late: once more.
            }
        }

        throw new TimeoutException("no answer to ten queries");
    }

    private static byte[] Query(ushort id, string name, ushort type)
    {
        List<byte> query = [(byte)(id >> 8), (byte)id, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0];
        foreach (string label in name.Split('.'))
        {
            query.Add((byte)label.Length);
            query.AddRange(Encoding.ASCII.GetBytes(label));
        }

        query.AddRange([0, (byte)(type >> 8), (byte)type, 0, 1]);
        return [.. query];
    }

    private static byte[] Framed(byte[] message) => [(byte)(message.Length >> 8), (byte)message.Length, .. message];

    private static async Task<byte[]> ReadFramedAsync(NetworkStream stream)
    {
        byte[] length = new byte[2];
        await stream.ReadExactlyAsync(length);
        byte[] message = new byte[BinaryPrimitives.ReadUInt16BigEndian(length)];
        await stream.ReadExactlyAsync(message);
        return message;
    }
}
