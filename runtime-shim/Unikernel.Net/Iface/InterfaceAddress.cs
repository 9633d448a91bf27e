namespace Unikernel.Net.Iface;

/// <summary>Where an address came from; what made it also takes it away.</summary>
public enum AddressOrigin : byte
{
    Static,
    Dhcp,
    LinkLocal,
    Autoconfigured,
    Loopback,
}

/// <summary>
/// The life of an address. It is usable from the first moment (optimistic, RFC 4429; for IPv4 the same), so that a start is not
/// a second slower for a check that nearly never finds anything; a conflict found later takes it away.
/// </summary>
public enum AddressState : byte
{
    /// <summary>Duplicate detection is running.</summary>
    Optimistic,
    Preferred,

    /// <summary>Preferred lifetime over: not chosen for new connections (RFC 4862 section 5.5.4).</summary>
    Deprecated,

    /// <summary>Someone else has it. Kept in the list so that the fault can be seen, never used.</summary>
    Duplicate,
}

/// <summary>One address of an interface.</summary>
public sealed class InterfaceAddress
{
    internal InterfaceAddress(IpCidr cidr, AddressOrigin origin) => (Cidr, Origin) = (cidr, origin);

    public IpCidr Cidr { get; }
    public IpAddress Address => Cidr.Address;
    public AddressOrigin Origin { get; }
    public AddressState State { get; internal set; } = AddressState.Optimistic;
    public Instant ValidUntil { get; internal set; } = Instant.Never;
    public Instant PreferredUntil { get; internal set; } = Instant.Never;
    public bool IsUsable => State != AddressState.Duplicate;

    /// <summary>Probes of duplicate detection that are still to be sent, and when the next step is due.</summary>
    internal int ProbesLeft;
    internal Instant NextStep;

    /// <summary>When a conflict was last answered (RFC 5227 section 2.4 (b): at most once in ten seconds).</summary>
    internal Instant LastDefence = new(long.MinValue / 2);
}
