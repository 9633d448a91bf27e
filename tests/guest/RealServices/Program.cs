// ASP.NET Core with HTTP/1.1, HTTP/2 in cleartext, WebSockets, a reverse proxy and protected cookies; an MQTT broker with two
// clients; a DNS client. Both ends of everything are in this program.
using System;
using System.Net.Http;
using Microsoft.AspNetCore.Builder;
using RealServices;

await using WebApplication web = await WebServer.StartAsync();
await WebClient.RunAsync();
await Broker.RunAsync();
await Names.RunAsync();
try
{
    using HttpClient client = new();
    await client.GetStringAsync("https://localhost:18443/");
}
catch (HttpRequestException e)
{
    // On Linux nobody listens there, and a unikernel has no TLS: either way it is an exception, and the program goes on.
    Console.WriteLine($"https: {e.GetType().Name}");
}

await web.StopAsync();
Console.WriteLine("stopped");
