using System.Text.Encodings.Web;
using System.Text.Unicode;
using Xunit;

namespace Unikernel.LibraryOS.Tests;

/// <summary>The replacements whose class is the host's as well, against the host's own code.</summary>
public sealed class FastPathTests
{
    [Theory]
    [InlineData(0, 0)]
    [InlineData(0, 1)]
    [InlineData(0, 0x10000)]
    [InlineData(31, 2)]
    [InlineData(32, 32)]
    [InlineData(33, 30)]
    [InlineData(65, 1000)]
    [InlineData(0xffff, 1)]
    public void Ranges_of_characters(int first, int length)
    {
        var range = new UnicodeRange(first, length);
        TextEncoderSettings expected = new(UnicodeRanges.Hebrew), actual = new(UnicodeRanges.Hebrew);
        expected.AllowRange(range);
        FastPathReplacements.AllowRange(actual, range);
        Assert.Equal(expected.GetAllowedCodePoints(), actual.GetAllowedCodePoints());
        Assert.Throws<ArgumentNullException>("range", () => FastPathReplacements.AllowRange(actual, null!));
    }
}
