using System.Diagnostics;
using System.Text;

namespace Unikernel.Guest.Tests;

/// <summary>DHCP and DNS servers that lie, in front of a real machine: what is wrong is passed over, what is right afterwards counts, and nothing hangs.</summary>
public abstract class LyingServerTests(string machine)
{
    private const ushort Dns = 53;

    [Fact]
    public void A_DHCP_server_that_lies_is_not_believed_and_the_true_answer_is()
    {
        using LyingNetwork network = new() { Dhcp = request => [.. Lies(request), request.Answer()] };
        using NetworkMachine guest = new(machine, network.Devices);
        guest.AskUntil("interfaces", "eth0 Up mtu 1500 10.9.9.15/24");
        Assert.Equal("65536 bytes came back", guest.Ask("loopback"));
    }

    // Each is wrong in one way; the first that was believed would be the address.
    private static IEnumerable<byte[]> Lies(DhcpRequest request)
    {
        byte[] stranger = [10, 66, 66, 66], other = [10, 9, 9, 66];
        bool discovers = request.Type == DhcpRequest.Discover;
        yield return request.Answer(address: stranger, change: a => a[4] ^= 0xff);                       // another transaction
        yield return request.Answer(address: stranger, change: a => a[30] ^= 0xff);                      // to another card
        yield return request.Answer(address: stranger, change: a => a[0] = 1);                           // a question
        yield return request.Answer(address: stranger, change: a => a[239] ^= 0xff);                     // without the cookie
        yield return request.Answer(address: stranger, change: a => a[241] = 200);                       // a type of 200 bytes
        yield return [.. request.Answer(address: stranger).AsSpan(0, 100)];                              // cut
        yield return [];
        yield return request.Answer(type: 99, address: stranger);
        foreach (byte[] impossible in (byte[][])[[0, 0, 0, 0], [127, 0, 0, 1], [224, 0, 0, 1], [255, 255, 255, 255], [240, 1, 2, 3]])
        {
            yield return request.Answer(address: impossible);
        }

        yield return request.Answer(address: stranger, mask: [255, 0, 255, 0]);
        if (discovers)
        {
            yield return request.Answer(address: stranger, server: []);                                  // an offer of nobody
            yield return request.Answer(type: DhcpRequest.Ack, address: stranger);                       // not asked for
            yield return request.Answer(type: DhcpRequest.Nak);
        }
        else
        {
            yield return request.Answer(address: other);                                                 // not what was offered
            yield return request.Answer(server: other, address: stranger);                               // not who offered
            yield return request.Answer(type: DhcpRequest.Nak, server: other);                           // not who may refuse
            yield return request.Answer(lease: null);                                                    // for no time
        }
    }

    [Fact]
    public void A_DHCP_server_that_refuses_for_ever_keeps_nobody_busy_and_an_honest_one_is_taken()
    {
        bool honest = false;
        using LyingNetwork network = new();
        network.Dhcp = request => honest || request.Type == DhcpRequest.Discover ? [request.Answer()] : [.. Enumerable.Range(0, 50).Select(_ => request.Answer(type: DhcpRequest.Nak))];
        using NetworkMachine guest = new(machine, network.Devices);
        Assert.EndsWith("NetworkUnreachable", guest.Ask("connect 10.9.9.1 9"), StringComparison.Ordinal); // after the time for configuration
        Assert.Equal("65536 bytes came back", guest.Ask("loopback"));
        Assert.InRange(network.DhcpMessages, 2, 40); // an emulated machine may be slow; a busy one would have sent thousands
        honest = true;
        guest.AskUntil("interfaces", "eth0 Up mtu 1500 10.9.9.15/24");
    }

    [Theory]
    [InlineData(0u)]
    [InlineData(1u)]
    public void A_lease_of_no_time_is_used_and_does_not_make_a_flood(uint lease)
    {
        using LyingNetwork network = new() { Dhcp = request => [request.Answer(lease: lease)] };
        using NetworkMachine guest = new(machine, network.Devices);
        guest.AskUntil("interfaces", "eth0 Up mtu 1500 10.9.9.15/24");
        int before = network.DhcpMessages;
        Thread.Sleep(3000);
        Assert.InRange(network.DhcpMessages - before, 0, 2);
    }

    [Theory]
    [InlineData(0, 1500)]
    [InlineData(60, 1500)]
    [InlineData(600, 600)]
    [InlineData(65535, 1500)]
    public void An_MTU_of_the_server_is_held_within_what_can_be(int said, int used)
    {
        using LyingNetwork network = new() { Dhcp = request => [request.Answer(more: [26, 2, (byte)(said >> 8), (byte)said])] };
        using NetworkMachine guest = new(machine, network.Devices);
        guest.AskUntil("interfaces", $"eth0 Up mtu {used} 10.9.9.15/24");
    }

    [Fact]
    public void A_DNS_server_that_lies_misleads_nobody_and_holds_nobody_up()
    {
        using LyingNetwork network = new() { Dns = question => Answers(question) };
        using NetworkMachine guest = new(machine, network.Devices);
        Assert.Equal("192.0.2.1", guest.Ask("resolve true.example"));
        Assert.Equal("192.0.2.1", guest.Ask("resolve forged.example"));
        Assert.Equal("192.0.2.1", guest.Ask("resolve stranger.example"));
        Assert.Equal("192.0.2.1", guest.Ask("resolve fragments.example"));
        Assert.Equal("192.0.2.1", guest.Ask("resolve lifetime.example"));
        Assert.Equal(32, guest.Ask("resolve many.example").Split(' ').Length); // the rest is not kept

        // What ends without an address ends at once: no answer of these is waited for.
        Stopwatch clock = Stopwatch.StartNew();
        Assert.Equal("TryAgain", guest.Ask("resolve pointer.example"));
        Assert.Equal("TryAgain", guest.Ask("resolve self.example"));
        Assert.Equal("TryAgain", guest.Ask("resolve count.example"));
        Assert.Equal("TryAgain", guest.Ask("resolve cycle.example"));
        Assert.Equal("TryAgain", guest.Ask("resolve fails.example"));
        Assert.Equal("TryAgain", guest.Ask("resolve flood.example"));
        Assert.InRange(clock.Elapsed.TotalSeconds, 0, 40); // one silent exchange alone would be 20

        // Others' records are not this name's.
        Assert.NotEqual("192.0.2.66", guest.Ask("resolve another.example"));
        Assert.NotEqual("192.0.2.66", guest.Ask("resolve mapped.example"));
        Assert.Equal("192.0.2.1", guest.Ask("resolve true.example"));
        Assert.Equal("65536 bytes came back", guest.Ask("loopback"));
    }

    private static IEnumerable<(byte[] Answer, byte[] From, ushort Port)> Answers(DnsQuestion question)
    {
        byte[] server = LyingNetwork.Server, lie = DnsQuestion.Address(192, 0, 2, 66), truth = DnsQuestion.Address(192, 0, 2, 1);
        if (!question.IsForV4 && question.Name != "mapped.example")
        {
            return [(question.Answer([]), server, Dns)];
        }

        (byte[], byte[], ushort) true_ = (question.Answer([truth]), server, Dns);
        byte[] self = [.. "\u0004self\u0007example\0"u8];
        return question.Name switch
        {
            "forged.example" =>
            [
                (question.Answer([lie], change: a => a[0] ^= 0xff), server, Dns),          // another number
                (question.Answer([lie], change: a => a[13] ^= 0x01), server, Dns),         // another question
                (question.Answer([lie], change: a => a[2] = 0x01), server, Dns),           // a question
                (question.Answer([lie], change: a => a[5] = 0), server, Dns),              // to none
                ([1, 2, 3], server, Dns),
                ([], server, Dns),
                true_,
            ],
            "stranger.example" => [(question.Answer([lie]), [10, 9, 9, 77], Dns), (question.Answer([lie]), server, 5353), true_],
            "fragments.example" => [(question.Answer([truth, lie[..7]], count: 1), server, Dns)],
            "lifetime.example" => [(question.Answer([[.. truth[..6], 0xff, 0xff, 0xff, 0xff, .. truth[10..]]]), server, Dns)],
            "many.example" => [(question.Answer([.. Enumerable.Range(1, 80).Select(i => DnsQuestion.Address(192, 0, 2, (byte)i))]), server, Dns)],
            "pointer.example" => [(question.Answer([[0xc0, 0xff, .. lie[2..]]]), server, Dns)],                                  // beyond the end
            "self.example" => [(question.Answer([[0xc0, (byte)(12 + self.Length + 4), .. lie[2..]]]), server, Dns)],              // to itself
            "count.example" => [(question.Answer([lie], count: 65535), server, Dns)],
            "cycle.example" => [(question.Answer([[0xc0, 12, 0, 5, 0, 1, 0, 0, 0, 60, 0, 2, 0xc0, 12]]), server, Dns)],           // an alias of itself
            "fails.example" => [(question.Answer([], code: 2), server, Dns)],
            "flood.example" => [.. Enumerable.Range(0, 100).Select(i => (question.Answer([lie], change: a => a[0] ^= (byte)(i | 1)), server, Dns))],
            "another.example" => [(question.Answer([[.. Encoding.ASCII.GetBytes("\u0005other\u0007example\0"), .. lie[2..]]]), server, Dns)],
            "mapped.example" => [(question.IsForV4 ? question.Answer([]) : question.Answer([[0xc0, 12, 0, 28, 0, 1, 0, 0, 0, 60, 0, 16, .. new byte[10], 0xff, 0xff, 192, 0, 2, 66]]), server, Dns)],
            _ => [true_],
        };
    }
}

/// <inheritdoc/>
public sealed class MicrovmLyingServerTests() : LyingServerTests("microvm");

/// <inheritdoc/>
public sealed class Q35LyingServerTests() : LyingServerTests("q35");
