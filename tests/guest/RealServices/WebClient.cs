using System;
using System.Linq;
using System.Net;
using System.Net.Http;
using System.Net.WebSockets;
using System.Threading;
using System.Threading.Tasks;

namespace RealServices;

internal static class WebClient
{
    public static async Task RunAsync()
    {
        using HttpClient http1 = new() { BaseAddress = new Uri($"http://127.0.0.1:{WebServer.Port}") };
        using HttpClient http2 = new()
        {
            BaseAddress = new Uri($"http://127.0.0.1:{WebServer.Http2Port}"),
            DefaultRequestVersion = HttpVersion.Version20,
            DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        Console.WriteLine(await http1.GetStringAsync("/"));
        Console.WriteLine(await http2.GetStringAsync("/"));
        Console.WriteLine(await http1.GetStringAsync("/proxy/"));
        Console.WriteLine(await http2.GetStringAsync("/proxy/"));

        byte[] large = new byte[300_000];
        new Random(1).NextBytes(large);
        foreach (HttpClient client in (HttpClient[])[http1, http2])
        {
            using HttpResponseMessage response = await client.PostAsync("/echo", new ByteArrayContent(large));
            byte[] back = await response.Content.ReadAsByteArrayAsync();
            Console.WriteLine($"{response.Version}: {large.AsSpan().SequenceEqual(back)}");
        }

        string[] streams = await Task.WhenAll(Enumerable.Range(0, 50).Select(async i =>
            await (await http2.PostAsync("/echo", new StringContent(i.ToString()))).Content.ReadAsStringAsync()));
        Console.WriteLine(string.Join(' ', streams));

        string ciphertext = await http1.GetStringAsync("/protect/secret");
        Console.WriteLine($"{ciphertext.Length} {await http1.GetStringAsync("/unprotect/" + ciphertext)}");
        using HttpResponseMessage forged = await http1.GetAsync("/unprotect/" + ciphertext[..^8] + "AAAAAAAA");
        Console.WriteLine((int)forged.StatusCode);
        await SocketAsync();
    }

    private static async Task SocketAsync()
    {
        using ClientWebSocket socket = new() { Options = { DangerousDeflateOptions = new WebSocketDeflateOptions() } };
        await socket.ConnectAsync(new Uri($"ws://127.0.0.1:{WebServer.Port}/socket"), CancellationToken.None);
        byte[] answer = new byte[70_000];
        foreach (int length in (int[])[0, 1, 125, 126, 65535, 65536])
        {
            byte[] message = [.. Enumerable.Range(0, length).Select(i => (byte)(i * 7))];
            await socket.SendAsync(message, WebSocketMessageType.Binary, true, CancellationToken.None);
            int received = 0;
            ValueWebSocketReceiveResult part;
            do
            {
                part = await socket.ReceiveAsync(answer.AsMemory(received), CancellationToken.None);
                received += part.Count;
            }
            while (!part.EndOfMessage);
            Console.WriteLine($"socket {length}: {answer.AsSpan(0, received).SequenceEqual(message)}");
        }

        await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, "enough", CancellationToken.None);
        Console.WriteLine($"socket: {socket.CloseStatus} {socket.CloseStatusDescription}");
    }
}
