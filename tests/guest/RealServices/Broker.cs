using System;
using System.Buffers;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using System.Threading.Tasks;
using MQTTnet;
using MQTTnet.Formatter;
using MQTTnet.Protocol;
using MQTTnet.Server;

namespace RealServices;

/// <summary>A broker and two clients: thirty messages with the three qualities of service.</summary>
internal static class Broker
{
    private const int Messages = 30;

    public static async Task RunAsync()
    {
        using MqttServer server = new MqttServerFactory().CreateMqttServer(new MqttServerOptionsBuilder().WithDefaultEndpoint().WithDefaultEndpointPort(18830).Build());
        await server.StartAsync();
        using IMqttClient sender = new MqttClientFactory().CreateMqttClient(), receiver = new MqttClientFactory().CreateMqttClient();
        List<string> received = [];
        TaskCompletionSource all = new();
        receiver.ApplicationMessageReceivedAsync += message =>
        {
            lock (received)
            {
                received.Add($"{message.ApplicationMessage.Topic}={Encoding.UTF8.GetString(message.ApplicationMessage.Payload.ToArray())}");
                if (received.Count == Messages)
                {
                    all.SetResult();
                }
            }

            return Task.CompletedTask;
        };
        await receiver.ConnectAsync(new MqttClientOptionsBuilder().WithTcpServer("127.0.0.1", 18830).WithProtocolVersion(MqttProtocolVersion.V500).Build());
        await receiver.SubscribeAsync("topic/#", MqttQualityOfServiceLevel.ExactlyOnce);
        await sender.ConnectAsync(new MqttClientOptionsBuilder().WithTcpServer("127.0.0.1", 18830).Build());
        for (int i = 0; i < Messages; i++)
        {
            await sender.PublishStringAsync($"topic/{i % 3}", $"message {i}", (MqttQualityOfServiceLevel)(i % 3));
        }

        await all.Task.WaitAsync(TimeSpan.FromSeconds(60));
        Console.WriteLine(string.Join('\n', received.Order(StringComparer.Ordinal)));
        await sender.DisconnectAsync();
        await receiver.DisconnectAsync();
        await server.StopAsync();
    }
}
