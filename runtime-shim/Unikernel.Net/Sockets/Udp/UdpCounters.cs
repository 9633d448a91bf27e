namespace Unikernel.Net.Sockets.Udp;

/// <summary>What UDP counted.</summary>
public sealed class UdpCounters : ICounterGroup
{
    public long Received, Sent, Malformed, ChecksumErrors, NoPort, QueueFull, SendErrors, ErrorsReceived;

    public void Visit(ICounterVisitor visitor)
    {
        visitor.Visit("udp", nameof(Received), Received);
        visitor.Visit("udp", nameof(Sent), Sent);
        visitor.Visit("udp", nameof(Malformed), Malformed);
        visitor.Visit("udp", nameof(ChecksumErrors), ChecksumErrors);
        visitor.Visit("udp", nameof(NoPort), NoPort);
        visitor.Visit("udp", nameof(QueueFull), QueueFull);
        visitor.Visit("udp", nameof(SendErrors), SendErrors);
        visitor.Visit("udp", nameof(ErrorsReceived), ErrorsReceived);
    }
}
