namespace Unikernel.Guest.Tests;

/// <summary>Each program behaves as on Linux. One class for each machine type, so that two guests run at a time.</summary>
public sealed class MicrovmComparisonTests
{
    public static TheoryData<string> Library => Cases.Names(Cases.Library);

    public static TheoryData<string> Lifecycle => Cases.Names(Cases.Lifecycle);

    public static TheoryData<string> Sockets => Cases.Names(Cases.Sockets);

    [Theory]
    [MemberData(nameof(Sockets))]
    public void Sockets_behave_as_on_Linux(string name) => Cases.Named(name).Compare("microvm");

    [Theory]
    [MemberData(nameof(Library))]
    public void The_library_behaves_as_on_Linux(string name) => Cases.Named(name).Compare("microvm");

    [Theory]
    [MemberData(nameof(Lifecycle))]
    public void A_program_begins_and_ends_as_on_Linux(string name) => Cases.Named(name).Compare("microvm");
}

/// <inheritdoc cref="MicrovmComparisonTests"/>
public sealed class Q35ComparisonTests
{
    public static TheoryData<string> Library => Cases.Names(Cases.Library);

    public static TheoryData<string> Lifecycle => Cases.Names(Cases.Lifecycle);

    public static TheoryData<string> Sockets => Cases.Names(Cases.Sockets);

    [Theory]
    [MemberData(nameof(Sockets))]
    public void Sockets_behave_as_on_Linux(string name) => Cases.Named(name).Compare("q35");

    [Theory]
    [MemberData(nameof(Library))]
    public void The_library_behaves_as_on_Linux(string name) => Cases.Named(name).Compare("q35");

    [Theory]
    [MemberData(nameof(Lifecycle))]
    public void A_program_begins_and_ends_as_on_Linux(string name) => Cases.Named(name).Compare("q35");
}
