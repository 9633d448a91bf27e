using System;
using System.Collections.Generic;
using System.Net;
using System.Net.WebSockets;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Yarp.ReverseProxy.Configuration;

namespace RealServices;

internal static class WebServer
{
    public const int Port = 18080, Http2Port = 18081;

    public static async Task<WebApplication> StartAsync()
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(options =>
        {
            options.Listen(IPAddress.Loopback, Port, listen => listen.Protocols = HttpProtocols.Http1);
            options.Listen(IPAddress.Loopback, Http2Port, listen => listen.Protocols = HttpProtocols.Http2);
        });
        builder.Services.AddSingleton<IDataProtectionProvider>(new EphemeralDataProtectionProvider());
        builder.Services.AddReverseProxy().LoadFromMemory(
            [new RouteConfig { RouteId = "all", ClusterId = "self", Match = new RouteMatch { Path = "/proxy/{**rest}" }, Transforms = [new Dictionary<string, string> { ["PathRemovePrefix"] = "/proxy" }] }],
            [new ClusterConfig { ClusterId = "self", Destinations = new Dictionary<string, DestinationConfig> { ["self"] = new() { Address = $"http://127.0.0.1:{Port}/" } } }]);
        WebApplication app = builder.Build();
        app.UseWebSockets();
        app.MapGet("/", (HttpContext context) => $"hello by {context.Request.Protocol}");
        app.MapPost("/echo", async (HttpContext context) => await context.Request.Body.CopyToAsync(context.Response.Body));
        app.MapGet("/protect/{text}", (string text, IDataProtectionProvider provider) => provider.CreateProtector("cookies").Protect(text));
        app.MapGet("/unprotect/{text}", (string text, IDataProtectionProvider provider) => provider.CreateProtector("cookies").Unprotect(text));
        app.Map("/socket", EchoAsync);
        app.MapReverseProxy();
        await app.StartAsync();
        return app;
    }

    private static async Task EchoAsync(HttpContext context)
    {
        using WebSocket socket = await context.WebSockets.AcceptWebSocketAsync(new WebSocketAcceptContext { DangerousEnableCompression = true });
        byte[] buffer = new byte[4096];
        while (true)
        {
            WebSocketReceiveResult message = await socket.ReceiveAsync(buffer, CancellationToken.None);
            if (message.MessageType == WebSocketMessageType.Close)
            {
                await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, "bye", CancellationToken.None);
                return;
            }

            await socket.SendAsync(buffer.AsMemory(0, message.Count), message.MessageType, message.EndOfMessage, CancellationToken.None);
        }
    }
}
