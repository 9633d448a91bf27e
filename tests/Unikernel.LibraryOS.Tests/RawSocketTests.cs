using Xunit;

namespace Unikernel.LibraryOS.Tests;

/// <summary>Raw sockets as Ping uses them, over the loopback: the calls of System.Net.Ping in their order.</summary>
public sealed unsafe class RawSocketTests
{
    private const int V4 = 2, V6 = 23, Raw = 3, Icmp = 1, IcmpV6 = 58;

    [Theory]
    [InlineData(V4, Icmp)]
    [InlineData(V6, IcmpV6)]
    public void An_echo_request_comes_back_as_a_reply(int family, int protocol)
    {
        nint descriptor;
        Assert.Equal(0, SocketCreation.Create(family, Raw, protocol, &descriptor));
        Assert.Equal(0, OptionEntryPoints.SetReceiveTimeout(descriptor, 2000));
        Assert.Equal(0, OptionEntryPoints.SetSendTimeout(descriptor, 2000));
        byte[] address = family == V4 ? [2, 0, 0, 0, 127, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0] : [10, 0, 0, 0, 0, 0, 0, 0, .. new byte[15], 1, 0, 0, 0, 0];
        byte[] request = [family == V4 ? (byte)8 : (byte)128, 0, 0, 0, 0x12, 0x34, 0, 1, 1, 2, 3, 4];
        if (family == V4)
        {
            uint sum = 0;
            for (int i = 0; i < request.Length; i += 2)
                sum += (uint)(request[i] << 8 | request[i + 1]);
            sum = ~((sum & 0xFFFF) + (sum >> 16));
            (request[2], request[3]) = ((byte)(sum >> 8), (byte)sum);
        }

        fixed (byte* a = address)
        fixed (byte* r = request)
        {
            Assert.Equal(0, ConnectionEntryPoints.Connect(descriptor, a, address.Length));
            var vector = new Net.Sockets.IoVector(r, (nuint)request.Length);
            var header = new TransferEntryPoints.MessageHeader { Address = a, AddressLength = address.Length, Vectors = &vector, VectorCount = 1 };
            long sent;
            Assert.Equal(0, TransferEntryPoints.SendMessage(descriptor, &header, 0, &sent));
            Assert.Equal(request.Length, sent);
        }

        // Our own request is seen first, as on Linux.
        byte[] reply = new byte[200];
        int offset = family == V4 ? 20 : 0;
        byte wanted = family == V4 ? (byte)0 : (byte)129;
        do
        {
            int received;
            fixed (byte* p = reply)
                Assert.Equal(0, TransferEntryPoints.Receive(descriptor, p, reply.Length, 0, &received));
            Assert.Equal(offset + request.Length, received);
        }
        while (reply[offset] != wanted);
        Assert.Equal(request[4..], reply[(offset + 4)..(offset + request.Length)]);
        DescriptorTable.Close(descriptor);
    }
}
