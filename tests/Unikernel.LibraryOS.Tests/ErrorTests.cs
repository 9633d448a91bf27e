using System.Text;
using Xunit;

namespace Unikernel.LibraryOS.Tests;

public unsafe class ErrorTests
{
    [Theory]
    [InlineData(0, 0)]
    [InlineData(Errno.EPERM, 0x10042)]
    [InlineData(Errno.ENOENT, 0x1002D)]
    [InlineData(Errno.EAGAIN, 0x10006)]
    [InlineData(Errno.ETIMEDOUT, 0x1004D)]
    [InlineData(Errno.EOPNOTSUPP, 0x1003D)]
    [InlineData(9999, 0x1FFFF)]
    [InlineData(-5, 0x1FFFF)]
    public void Linux_numbers_become_portable_ones(int errno, int pal) => Assert.Equal(pal, PalError.FromErrno(errno));

    [Fact]
    public void Every_portable_error_survives_the_way_to_Linux_and_back()
    {
        for (int errno = 1; errno < 134; errno++)
        {
            int pal = PalError.FromErrno(errno);
            if (pal != 0x1FFFF)
                Assert.Equal(errno, PalError.ToErrno(pal));
        }
    }

    [Fact]
    public void An_error_that_Linux_lacks_has_no_number() => Assert.Equal(-1, PalError.ToErrno(0x100FE));

    [Fact]
    public void Host_not_found_crosses_unharmed() => Assert.Equal(0x20001, PalError.FromErrno(PalError.ToErrno(0x20001)));

    /// <summary>The oracle is the C library below the test process.</summary>
    [Fact]
    public void Texts_are_those_of_the_host()
    {
        for (int errno = 0; errno < 140; errno++)
            Assert.Equal(System.Runtime.InteropServices.Marshal.GetPInvokeErrorMessage(errno), Text(errno, 200));
    }

    [Fact]
    public void A_text_is_cut_to_the_buffer_and_terminated() => Assert.Equal("No suc", Text(Errno.ENOENT, 7));

    [Fact]
    public void No_room_gives_no_text() => Assert.True(ErrorMessages.StrErrorR(2, null, 0) == null);

    private static string Text(int errno, int room)
    {
        byte[] buffer = new byte[room];
        fixed (byte* p = buffer)
            Assert.True(ErrorMessages.StrErrorR(errno, p, room) == p);
        return Encoding.UTF8.GetString(buffer, 0, Array.IndexOf(buffer, (byte)0));
    }
}
