// A server to be put under load: HTTP/1.1 with keep-alive over asynchronous sockets on TCP 8080, an echo on UDP 8080.
//   GET /          a page of 612 bytes
//   GET /bytes/N   N bytes
//   GET /memory    bytes of live objects, and of the machine's memory in use, after a full collection
using System.Net;
using System.Net.Sockets;
using Unikernel.Guest;

using Socket listener = new(AddressFamily.InterNetworkV6, SocketType.Stream, ProtocolType.Tcp) { DualMode = true };
listener.Bind(new IPEndPoint(IPAddress.IPv6Any, 8080));
listener.Listen(1024);
using Socket udp = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
udp.Bind(new IPEndPoint(IPAddress.Any, 8080));
_ = EchoAsync(udp);
Console.WriteLine("ready");
while (true)
{
    _ = new HttpSession(await listener.AcceptAsync()).RunAsync();
}

static async Task EchoAsync(Socket udp)
{
    byte[] buffer = new byte[2048];
    SocketAddress peer = new(AddressFamily.InterNetwork);
    while (true)
    {
        int length = await udp.ReceiveFromAsync(buffer, SocketFlags.None, peer);
        await udp.SendToAsync(buffer.AsMemory(0, length), SocketFlags.None, peer);
    }
}
