// An authoritative DNS server: one zone from a file in the image, over UDP and TCP.
using System.Net;
using System.Net.Sockets;
using DnsServer;

string path = Path.Combine(AppContext.BaseDirectory, Environment.GetEnvironmentVariable("DNS_ZONE") ?? "zones/example.zone");
Zone zone = ZoneFile.Parse(File.ReadAllBytes(path));
if (zone.Soa is null)
{
    Console.Error.WriteLine(path + ": the zone has no SOA record");
    return 1;
}

if (!ushort.TryParse(Environment.GetEnvironmentVariable("DNS_PORT") ?? "53", out ushort port))
{
    Console.Error.WriteLine("DNS_PORT is not a port");
    return 2;
}

Responder responder = new(zone);
IPEndPoint endpoint = new(IPAddress.Any, port);
using Socket udp = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
udp.Bind(endpoint);
TcpServer tcp = new(responder, endpoint);
new Thread(tcp.Run, 256 * 1024) { IsBackground = true }.Start();
Console.WriteLine("DNS server on port " + port.ToString());

byte[] query = new byte[4096];
byte[] response = new byte[Responder.MaxUdpSize];
SocketAddress client = new(AddressFamily.InterNetwork);
while (true)
{
    int length;
    try
    {
        length = udp.ReceiveFrom(query, SocketFlags.None, client);
    }
    catch (SocketException error) when (error.SocketErrorCode is SocketError.ConnectionReset or SocketError.MessageSize)
    {
        // An ICMP error for an earlier answer, or a datagram that is longer than any query.
        continue;
    }

    int size = responder.Respond(query.AsSpan(0, length), response, udp: true);
    if (size > 0)
    {
        try
        {
            udp.SendTo(response.AsSpan(0, size), SocketFlags.None, client);
        }
        catch (SocketException)
        {
            // The client can not be reached; it asks again or does not.
        }
    }
}
