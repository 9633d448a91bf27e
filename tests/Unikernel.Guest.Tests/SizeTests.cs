using Unikernel.Testing;

namespace Unikernel.Guest.Tests;

/// <summary>The size report of every program that the suite publishes.</summary>
public class SizeTests
{
    public static TheoryData<string> Programs => [.. Cases.All.Select(c => c.Program).Distinct()];

    [Theory]
    [MemberData(nameof(Programs))]
    public void Each_byte_of_the_image_is_in_the_report(string program) =>
        WholeReport.Check(Path.Combine(GuestProgram.Named(program).Published(GuestProgram.UnikernelRid), program + ".elf"));
}
