// Sockets over loopback inside one program: what .NET promises, and the errors that Linux gives.

using Unikernel.Guest;

// By name only: not every machine that runs the rest lets a program ping, or have raw sockets.
if (args is ["ping"] or ["raw"])
{
    return Suite.Run(args, ("ping", PingCases.Run), ("raw", RawCases.Run));
}

return Suite.Run(
    args,
    ("tcp", TcpCases.Run),
    ("errors", ErrorCases.Run),
    ("options", OptionCases.Run),
    ("async", AsyncCases.Run),
    ("udp", UdpCases.Run),
    ("poll", PollCases.Run),
    ("streams", StreamCases.Run),
    ("local", LocalCases.Run),
    ("names", NameCases.Run),
    ("network", NetworkCases.Run),
    ("more", MoreCases.Run),
    ("load", LoadCases.Run),
    ("urgent", UrgentCases.Run),
    ("fastopen", FastOpenCases.Run),
    ("localurgent", LocalUrgentCases.Run),
    ("seqpacket", SeqpacketCases.Run));
