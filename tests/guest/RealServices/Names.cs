using System;
using System.Linq;
using System.Net;
using System.Net.Sockets;
using System.Threading.Tasks;
using DnsClient;

namespace RealServices;

/// <summary>DnsClient.NET against a server that answers every question with one address, and a resolver that does not answer.</summary>
internal static class Names
{
    public static async Task RunAsync()
    {
        using UdpClient server = new(new IPEndPoint(IPAddress.Loopback, 15353));
        Task serving = ServeAsync(server, 2);
        LookupClient client = new(new LookupClientOptions(new IPEndPoint(IPAddress.Loopback, 15353)) { UseCache = false, Timeout = TimeSpan.FromSeconds(30) });
        foreach (string name in (string[])["www.example.com", "another.example.net"])
        {
            IDnsQueryResponse response = await client.QueryAsync(name, QueryType.A);
            Console.WriteLine($"{response.Header.ResponseCode}: {string.Join(", ", response.Answers.Select(a => a.ToString()))}");
        }

        await serving;
        LookupClient deaf = new(new LookupClientOptions(new IPEndPoint(IPAddress.Loopback, 15353)) { Retries = 0, Timeout = TimeSpan.FromMilliseconds(200) });
        try
        {
            await deaf.QueryAsync("nobody.example.com", QueryType.A);
        }
        catch (DnsResponseException e)
        {
            Console.WriteLine($"no answer: {e.Code}");
        }
    }

    private static async Task ServeAsync(UdpClient server, int questions)
    {
        for (int i = 0; i < questions; i++)
        {
            UdpReceiveResult query = await server.ReceiveAsync();
            byte[] question = query.Buffer;
            int end = 12;
            while (question[end] != 0)
            {
                end += question[end] + 1;
            }

            // The question, and a pointer to its name with an address behind it (RFC 1035 section 4.1).
            byte[] answer = [question[0], question[1], 0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 0, .. question[12..(end + 5)], 0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, (byte)(i + 1)];
            await server.SendAsync(answer, query.RemoteEndPoint);
        }
    }
}
